"""The project's URLs: the product's, at the root."""

from django.urls import include, path

urlpatterns = [path("", include("apps_admin.urls"))]
