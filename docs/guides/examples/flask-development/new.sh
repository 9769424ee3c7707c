martlet run shop:app --reload --env FLASK_DEBUG=1 --bind 127.0.0.1:5000
