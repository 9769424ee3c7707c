from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import path


def index(request):
    style = f'<link rel="stylesheet" href="{static("shop/style.css")}">'
    return HttpResponse(f'<!doctype html><title>Shop</title>{style}<p>This is Django. Open the <a href="/admin/">admin</a>.</p>')


# Django serves the admin's style sheets itself while DEBUG is on; the second list is empty otherwise.
urlpatterns = [path("", index), path("admin/", admin.site.urls)] + staticfiles_urlpatterns()
