"""Settings of the project, secure by default.

Everything comes from the environment: FOO, or FOO_FILE naming a file that holds the value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env", overwrite=False)

# The local run (`make run`) sets this; it makes keys of its own under VAR_DIR and serves plain HTTP on loopback.
LOCAL_RUN = env.bool("LOCAL_RUN", default=False)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "apps_admin",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/console.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not LOCAL_RUN)
SECURE_HSTS_SECONDS = 0 if LOCAL_RUN else env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not LOCAL_RUN)

# The keyed hash of the audit chain, the revisions of items, and the vault's keys (newest first).
AUDIT_KEY = env.str("AUDIT_KEY", default="")
VAULT_KEYS: list[str] = env.list("VAULT_KEYS", default=[])

# The default connection, by the very names soketi uses (with its old prefixes, and without one).
SOKETI_PREFIXES = ("SOKETI_", "", "PWS_")


def soketi_variable(name: str) -> str | None:
    """The value of one of soketi's DynamoDB variables; None when it is set under none of its names."""
    for prefix in SOKETI_PREFIXES:
        value = env.str(f"{prefix}APP_MANAGER_DYNAMODB_{name}", default=None)
        if value is not None:
            return str(value)
    return None


DYNAMODB_TABLE = soketi_variable("TABLE")
DYNAMODB_REGION = soketi_variable("REGION")
DYNAMODB_ENDPOINT = soketi_variable("ENDPOINT")

# None of them set: the local run brings an engine of its own. Set but not working: the page says why.
EMBEDDED_ENGINE = LOCAL_RUN and not any(
    value is not None for value in (DYNAMODB_TABLE, DYNAMODB_REGION, DYNAMODB_ENDPOINT)
)
EMBEDDED_ENGINE_DIR = VAR_DIR / "engine"
