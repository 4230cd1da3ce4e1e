"""The URLs of the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from apps_admin.api.application import api_urls
from apps_admin.api.document import openapi_document

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi_document, name="openapi"),
    *api_urls(),
]
