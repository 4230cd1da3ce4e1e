"""The Django app of the product."""

from django.apps import AppConfig


class AppsAdminConfig(AppConfig):
    """Registers the product with Django."""

    name = "apps_admin"
    verbose_name = "soketi apps"

    def ready(self) -> None:
        """Register the checks, and listen to allauth's second factors."""
        from apps_admin import checks  # noqa: F401, PLC0415 - registers itself
        from apps_admin.services.second_factor import connect_receivers  # noqa: PLC0415

        connect_receivers()
