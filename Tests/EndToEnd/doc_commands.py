"""The commands that the README, the tutorial and the guides show, found in their pages."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from program import ROOT

ELSEWHERE = {
    "docs/guides/install.md": "its steps are those of the packages, which have tests of their own",
}
"""Pages whose commands are run by other tests."""

PAGES = [
    str(page.relative_to(ROOT))
    for page in (ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted(ROOT.glob("docs/tutorial/*.md")), *sorted(ROOT.glob("docs/guides/*.md")))
    if str(page.relative_to(ROOT)) not in ELSEWHERE
]

NO_COMMANDS = {
    ("docs/guides/behind-other-servers.md", "scgi.server"): "a configuration of lighttpd's",
    ("docs/guides/behind-other-servers.md", "backend martlet"): "a configuration of HAProxy's",
    ("docs/guides/cgi.md", "Status: 404"): "what a script writes",
    ("docs/guides/cgi-programs.md", "#!/bin/sh"): "a script of the web server's folder; test_cgi_program.py has it started by Apache",
    ("docs/guides/framework.md", "error:"): "what the compiler says; MartletMacrosTests has it say so",
    ("docs/guides/templates.md", "templates/users.html"): "what the log says",
}
"""Blocks that are no commands, by the first words of the first line."""

A_PACKAGE = "builds a package for minutes; Examples/blog is the same application, built by `make build`"
NO_ENGINE = "no engine for containers runs where tests do; test_container_image.py does what the Dockerfile says"
NO_SYSTEMD = "systemd is not process 1 where tests run; test_systemd.py does what it does"
A_SETUP = "test_guides.py runs it, as a file of docs/guides/examples"
NOT_RUN = {
    ("README.md", "make run"): "test_examples.py runs it",
    ("README.md", "pip install"): "test_wheel.py and test_wheel_installs.py install it",
    ("README.md", "make test"): "is what runs this test",
    ("docs/tutorial.md", ".venv/bin/pip install"): "asks the network; the packages of the tests are taken instead",
    ("docs/tutorial/1-first-answer.md", "swift run"): A_PACKAGE,
    ("docs/tutorial/7-tests.md", "swift test"): A_PACKAGE,
    ("docs/tutorial/8-production.md", "swift build"): A_PACKAGE,
    ("docs/tutorial/8-production.md", "BLOG_DATABASE="): "`…` stands for a secret; test_blog.py starts the program with one",
    ("docs/guides/container.md", "docker"): NO_ENGINE,
    ("docs/guides/deploy.md", "systemctl"): NO_SYSTEMD,
    ("docs/guides/deploy.md", "journalctl"): NO_SYSTEMD,
    ("docs/guides/deploy.md", "martlet run shop.wsgi:application --bind :80 --user"): "needs a user of the system; test_server_user.py makes one",
    ("docs/guides/site.md", "martlet check && systemctl"): NO_SYSTEMD,
    ("docs/guides/framework.md", "martlet dev"): "builds a package for minutes; test_dev.py does it",
    ("docs/guides/from-caddy.md", "martlet serve"): A_SETUP,
    ("docs/guides/from-gunicorn.md", "martlet serve"): A_SETUP,
    ("docs/guides/from-mod-wsgi.md", "martlet serve"): A_SETUP,
    ("docs/guides/from-waitress.md", "martlet serve"): A_SETUP,
    ("docs/guides/from-nginx-and-uwsgi.md", "martlet serve"): "test_guide_nginx_uwsgi.py runs it, as a file of docs/guides/examples",
    ("docs/guides/from-development-servers.md", "flask"): A_SETUP,
    ("docs/guides/from-development-servers.md", "python manage.py"): A_SETUP,
    ("docs/guides/from-development-servers.md", "martlet run"): A_SETUP,
}
"""Commands that are not run, by their first words, and why."""

PROGRAMS = (
    "martlet", "swift-hello", "make", "mkdir", r"python3?", r"(?:\.venv/bin/)?pip", r"\.build/release/\w+", "curl", "openssl", "swift", "git", "systemctl",
    "journalctl", "gunicorn", "uwsgi", "flask", "waitress-serve", "docker", "kubectl",
)
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+ )*(?:{'|'.join(PROGRAMS)})(?: |$)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w./-]+\.(?:py|toml|ini))`[^`\n]*:\s*$")


@dataclass
class Step:
    """A command, or a file that a page has written before it."""

    page: str
    line: int
    text: str
    output: list[str] = field(default_factory=list)
    """What the page shows of its output; `…` stands for anything."""
    file: str | None = None

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    def reason(self) -> str | None:
        """Why it is not run."""
        return next((why for (page, start), why in NOT_RUN.items() if page == self.page and self.text.startswith(start)), None)


def steps(page: str) -> list[Step]:
    text = (ROOT / page).read_text()
    found = [step for fence in FENCE.finditer(text) for step in of_fence(page, text, fence)]
    covered = FENCE.sub(lambda fence: "\n" * fence[0].count("\n"), text)
    for line, block in indented(covered):
        found += of_block(page, line, block)
    found.sort(key=lambda step: step.line)
    return with_output(found)


def of_fence(page: str, text: str, fence: re.Match[str]) -> list[Step]:
    line = text.count("\n", 0, fence.start()) + 2
    if fence[1] in ("sh", "console", "shell"):
        return of_block(page, line, fence[2].splitlines())
    name = NAMED.search(text[: fence.start()].rstrip().splitlines()[-1]) if text[: fence.start()].strip() else None
    return [Step(page, line, fence[2], file=Path(name[1]).name)] if name and not fence[2].startswith("[unit]") else []


def indented(text: str) -> list[tuple[int, list[str]]]:
    """The blocks that Markdown takes as they are, with their lines."""
    blocks: list[tuple[int, list[str]]] = []
    former, inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("    ") and (inside or not former.strip()):
            if not inside:
                blocks.append((number, []))
            blocks[-1][1].append(line[4:])
            inside = True
        else:
            inside = inside and not line.strip()
        former = line
    return blocks


def of_block(page: str, line: int, block: list[str]) -> list[Step]:
    if any(of == page and block[0].startswith(start) for of, start in NO_COMMANDS):
        return []
    has_prompt = any(text.startswith("$ ") for text in block)
    found: list[Step] = []
    for number, text in enumerate(block, line):
        if not has_prompt:
            assert COMMAND.match(text), f"{page}:{number}: is this a command? Then name its program in COMMAND, else the block in NO_COMMANDS"
            # What stands apart behind it says what it is for.
            found.append(Step(page, number, re.split(r"\s{3,}|\s+#\s", text)[0]))
        elif text.startswith("$ "):
            found.append(Step(page, number, text[2:]))
        elif found:
            found[-1].output.append(text)
        else:
            found.append(Step(page, number, "", [text]))
    return found


def with_output(found: list[Step]) -> list[Step]:
    """What stands before the first prompt of a block is what the command before it says."""
    joined: list[Step] = []
    for step in found:
        if not step.text and joined:
            joined[-1].output += step.output
        else:
            joined.append(step)
    return joined
