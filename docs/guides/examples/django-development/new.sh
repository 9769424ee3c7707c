martlet run shop.wsgi:application --reload --bind 127.0.0.1:8000
