from waitress import serve

from shop import app

serve(app, listen="*:8080", threads=8)
