"""Every URL of the product."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from apps_admin.api.reference import api_reference
from apps_admin.domain.app_path import SEGMENT_PATTERN, decode_app_id, encode_app_id
from apps_admin.views import health, home, patterns


class AppIdConverter:
    """An app's id in a path, as `domain/app_path.py` writes it."""

    regex = SEGMENT_PATTERN

    def to_python(self, value: str) -> str:
        """The id."""
        return decode_app_id(value)

    def to_url(self, value: str) -> str:
        """The segment."""
        return encode_app_id(value)


register_converter(AppIdConverter, "app_id")

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.health_live, name="health-live"),
    path("readyz", health.health_ready, name="health-ready"),
    # Before the pages: their patterns would be tried for every request of a program.
    path("api/v1/", include("apps_admin.api.urls")),
    path("", home.home, name="home"),
    path("", include("apps_admin.views.app_urls")),
    path("", include("apps_admin.views.connection_urls")),
    path("", include("apps_admin.views.doctor_urls")),
    path("", include("apps_admin.views.account_urls")),
    path("", include("apps_admin.views.people_urls")),
    path("", include("apps_admin.views.generator_urls")),
    path("", include("apps_admin.views.api_token_urls")),
    path("api-reference/", api_reference, name="api-reference"),
    path("", include("apps_admin.views.job_urls")),
    path("patterns/", patterns.pattern_list, name="pattern-list"),
]
