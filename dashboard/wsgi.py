"""The WSGI application that gunicorn serves. It does not start with keys that do not open what SQL holds."""

import os

from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

application = get_wsgi_application()

for found in run_checks(tags=[Tags.database], databases=["default"]):
    if found.is_serious():
        raise ImproperlyConfigured(str(found))
