"""`check --deploy` as a server would run it: with nothing set but what a server must set. No warning is allowed."""

import os
import secrets
import sys
from pathlib import Path

from cryptography.fernet import Fernet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.update(
    DJANGO_SETTINGS_MODULE="dashboard.settings",
    LOCAL_RUN="false",
    SECRET_KEY=secrets.token_urlsafe(60),
    AUDIT_KEY=secrets.token_urlsafe(48),
    VAULT_KEYS=Fernet.generate_key().decode(),
    ALLOWED_HOSTS="console.example.com",
)

from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
