python manage.py runserver 8000
