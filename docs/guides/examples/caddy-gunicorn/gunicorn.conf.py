wsgi_app = "wsgi:app"
chdir = "/srv/shop"
bind = "unix:/srv/shop/gunicorn.sock"
workers = 2
threads = 4
