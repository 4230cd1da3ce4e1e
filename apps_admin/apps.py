"""The Django app of the product."""

from django.apps import AppConfig


class AppsAdminConfig(AppConfig):
    """Registers the product with Django."""

    name = "apps_admin"
    verbose_name = "soketi apps"
