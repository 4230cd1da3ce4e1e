"""The project's settings for tests and linters: complete without any environment."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests-only-" * 6)
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("LOCAL_RUN", "true")
os.environ.setdefault("AUDIT_KEY", "tests-only-audit-key-" * 3)
os.environ.setdefault("VAULT_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=")

from dashboard.settings import *  # noqa: F403
from dashboard.settings import DATABASES, VAR_DIR

# The engine's binary is fetched once for all runs; everything else that tests write is their own.
EMBEDDED_ENGINE_DIR = VAR_DIR / "engine"
VAR_DIR = Path(tempfile.mkdtemp(prefix="console-tests-"))
atexit.register(shutil.rmtree, VAR_DIR, ignore_errors=True)

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["NAME"] = VAR_DIR / "console.sqlite3"

STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir()
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = False
