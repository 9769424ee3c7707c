# Martlet with a Python, to build on: `docker build --tag martlet .` in a checkout. The image of an application begins with `FROM martlet`; see
# docs/guides/container.md. What follows the first stage is tested without an engine: test_container_image.py does the same in a root of Debian's.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make python3 zlib1g-dev libzstd-dev libbrotli-dev libcrypt-dev libsqlite3-dev
WORKDIR /martlet
COPY . .
RUN make install PREFIX=/opt/martlet

FROM python:3.13-slim-bookworm
# What it compresses with is Debian's; the rest is inside the program.
RUN apt-get update && apt-get install --yes --no-install-recommends libbrotli1 libzstd1 && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/martlet /usr/local
# A number, so that an orchestrator can tell that it is not root.
RUN useradd --system --uid 10001 --no-create-home --home-dir /srv --shell /usr/sbin/nologin martlet
# The root may be read-only: what is written, the control socket too, goes to /tmp, which is to be given to it.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 XDG_RUNTIME_DIR=/tmp
WORKDIR /srv
USER 10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["martlet"]
CMD ["serve"]
