"""Settings of the shop."""
import multiprocessing

bind = ["0.0.0.0:8000", 'unix:/run/shop.sock']
workers = multiprocessing.cpu_count() * 2 + 1
threads: int = 4
worker_class = "gthread"
timeout = 1_20; graceful_timeout = 30
keepalive = 5
max_requests = 1000
max_requests_jitter = 50
raw_env = [
    "DJANGO_SETTINGS_MODULE=shop.settings",  # which one
    "GREETING=a # b" " and ${more}",
]
forwarded_allow_ips = "10.0.0.1, 10.0.0.2"
accesslog = "-"
errorlog = '-'
loglevel = 'debug'
preload_app = True
chdir = r"app"
user = None
limit_request_line = 8190
access_log_format = '%(h)s %(l)s'
secure_scheme_headers = {"X-FORWARDED-PROTO": "https", 1: (2, [3.5, -4e2, True])}
logconfig_dict = dict(version=1)
greeting = f"hello"
custom = 5
worker_conections = 1000


def post_fork(server, worker):
    workers = 99
    server.log.info("Worker spawned")


if True:
    threads = 8

wsgi_app = "shop.wsgi:application"
bind += ["127.0.0.1:9000"]
