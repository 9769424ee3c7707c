workers = (2)
threads = 2,
bind = "8000"
bind = "127.0.0.1"
timeout = 0
umask = 0o007
worker_class = "uvicorn.workers.UvicornWorker"
daemon = True
certfile = "cert.pem"
keyfile = "key.pem"
reload_extra_files = ["templates/a.html", "templates/b.html"]
forwarded_allow_ips = "*"
keepalive = "text"
header_map = "dangerous"
max_requests = 99999999999999999999
proxy_protocol = True
raw_env = ["=x"]
x = b"bytes"
loglevel = "\x69nfo"
accesslog = "unterminated
pidfile = """long
text"""
