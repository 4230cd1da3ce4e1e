"""How gunicorn serves the console, under `make run` and in production (`gunicorn -c python:dashboard.gunicorn`).

One process with threads: the work is waiting for DynamoDB. More processes need PostgreSQL (see docs/production.md).
"""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

from django.conf import settings

wsgi_app = "dashboard.wsgi"
bind = f"{settings.HOST}:{settings.PORT}"
worker_class = "gthread"
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
timeout = 60
graceful_timeout = 5
keepalive = 15
control_socket_disable = True
logconfig_dict = settings.LOGGING


def post_worker_init(worker: object) -> None:  # noqa: ARG001 - gunicorn passes it
    """What is loaded by now stays: looking through it for garbage stopped every thread for 0.2 s now and then."""
    gc.collect()
    gc.freeze()
