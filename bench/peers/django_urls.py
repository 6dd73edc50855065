"""The addresses of the Django project that serves django-link-shortener."""

from django.urls import include, path

urlpatterns = [path("", include("shortener.urls"))]
