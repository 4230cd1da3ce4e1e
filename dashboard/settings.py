"""Settings of the project, secure by default.

Everything comes from the environment: FOO, or FOO_FILE naming a file that holds the value.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF

from dashboard.local_run import is_local_run, local_key

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env", overwrite=False)

# The console's own files: the SQLite database, collected static files, the local run's keys, the embedded engine.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

# `make run`: keys of its own under VAR_DIR, plain HTTP on loopback, an embedded engine when no table is named.
LOCAL_RUN = is_local_run(os.environ, VAR_DIR)

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
WEB_THREADS = env.int("WEB_THREADS", default=8)
WEB_WORKERS = env.int("WEB_WORKERS", default=1)

DEBUG = env.bool("DEBUG", default=False)
if LOCAL_RUN:
    SECRET_KEY = env.str("SECRET_KEY", default="") or local_key(VAR_DIR, "secret_key")
    ALLOWED_HOSTS: list[str] = env.list(
        "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", HOST, socket.gethostname()]
    )
else:
    SECRET_KEY = env.str("SECRET_KEY")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "apps_admin",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
]

MIDDLEWARE = [
    "apps_admin.middleware.RequestIdMiddleware",
    "apps_admin.middleware.PageCompressionMiddleware",
    "apps_admin.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps_admin.middleware.ResponseHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps_admin.middleware.ErrorMiddleware",
]

ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
GUNICORN_CONFIG = "python:dashboard.gunicorn"

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
                "apps_admin.context_processors.console",
            ],
        },
    },
]
FORM_RENDERER = "apps_admin.forms.renderer.ConsoleRenderer"

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/console.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 10,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_AGE", default=60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# People and sign-in. Every rate limit is counted in the cache, which all processes share.
AUTH_USER_MODEL = "apps_admin.Person"
AUTHENTICATION_BACKENDS = ["apps_admin.services.sign_in.PersonBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
CACHES = {"default": {"BACKEND": "apps_admin.models.cache.JsonDatabaseCache"}}

SESSION_ENGINE = "apps_admin.models.session"
SESSION_IDLE_TIME = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=60))
SESSION_COOKIE_AGE = env.int("SESSION_MAX_HOURS", default=12) * 3600
SESSION_COOKIE_SAMESITE = "Lax"  # "Strict" would lose the way back from an identity provider
CSRF_COOKIE_SAMESITE = "Strict"

ACCOUNT_ADAPTER = "apps_admin.services.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_FORMS = {"login": "apps_admin.forms.account.SignInForm"}
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
# Guesses of passwords are counted by the adapter; "login_failed" are the codes of a second factor.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "5/5m/key,50/d/key"}

MFA_ADAPTER = "apps_admin.services.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = env.str("TOTP_ISSUER", default="soketi console")
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}  # nothing to guess; a brake on floods
MFA_FORMS = {
    "authenticate": "apps_admin.forms.second_factor.CodeForm",
    "reauthenticate": "apps_admin.forms.second_factor.ConfirmCodeForm",
    "activate_totp": "apps_admin.forms.second_factor.AddAppForm",
    "add_webauthn": "apps_admin.forms.second_factor.AddKeyForm",
}
# Browsers treat loopback as a secure origin for passkeys; the check behind this knows only https.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL_RUN

# Sign-in by an identity provider (OpenID Connect), where OIDC_SERVER_URL is set.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
# "ops=operator@production;admins=administrator@*+secrets": a group, its role, where, and whether it reveals secrets.
OIDC_GROUP_ROLES = env.str("OIDC_GROUP_ROLES", default="")
# Whether the provider asks everybody for a second factor, so that its sign-in counts as one.
OIDC_HAS_SECOND_FACTOR = env.bool("OIDC_HAS_SECOND_FACTOR", default=False)
SOCIALACCOUNT_ADAPTER = "apps_admin.services.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}
}
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "sso",
            "name": env.str("OIDC_NAME", default="Single sign-on"),
            "client_id": env.str("OIDC_CLIENT_ID"),
            "secret": env.str("OIDC_CLIENT_SECRET", default=""),
            "settings": {"server_url": OIDC_SERVER_URL},
        }
    )

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "dashboard.static_storage.ConsoleStaticFilesStorage"},
}

# HTTPS everywhere but in the local run. TLS ends at a proxy: say how many stand in front, and their
# X-Forwarded-Proto and X-Forwarded-For are believed.
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=not LOCAL_RUN)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not LOCAL_RUN)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if LOCAL_RUN else env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
# Preloading is a promise for the whole domain, which is not this console's to give.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "apps_admin.views.errors.csrf_failed"
# A signed cookie, and what does not fit into it in the session: a change is not one more write of the session.
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

# The sign-in button is a form that leads to the provider; browsers count the redirect as the form's target.
OIDC_ORIGINS = (
    [
        env.str("OIDC_AUTHORIZATION_ORIGIN", default="")
        or "{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL))
    ]
    if OIDC_SERVER_URL
    else []
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *OIDC_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

LOG_FORMAT = env.str("LOG_FORMAT", default="text" if LOCAL_RUN else "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "dashboard.logs.JsonFormatter"},
        "text": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {
        "handlers": ["stderr"],
        "level": env.str("LOG_LEVEL", default="WARNING" if LOCAL_RUN else "INFO"),
    },
    "loggers": {
        # Django's own handlers would write everything a second time, and to e-mail.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # At DEBUG these write requests and answers, secrets included.
        "boto3": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # In the local run the ready line says it all.
        "gunicorn.error": {"level": "WARNING" if LOCAL_RUN else "INFO"},
    },
}

# The keyed hash of the audit chain and of revisions, and the vault's keys (newest first).
if LOCAL_RUN:
    AUDIT_KEY = env.str("AUDIT_KEY", default="") or local_key(VAR_DIR, "audit_key")
    VAULT_KEYS: list[str] = env.list("VAULT_KEYS", default=[]) or [local_key(VAR_DIR, "vault_key")]
else:
    AUDIT_KEY = env.str("AUDIT_KEY", default="")
    VAULT_KEYS = env.list("VAULT_KEYS", default=[])
# How many days the vault keeps each version of an app for undo and restore; 0 keeps none.
VERSION_DAYS = env.int("VERSION_DAYS", default=30)
# A file, best on another machine's disk, to which the head of the audit log is added every hour: a cut tail shows then.
AUDIT_HEAD_FILE = env.str("AUDIT_HEAD_FILE", default="")

# Networks (CIDR) that test deliveries of webhooks may reach besides the public internet, e.g. 10.20.0.0/16.
WEBHOOK_ALLOWED_NETWORKS: list[str] = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
# How many test deliveries one person may send in a minute, and how many days they are kept.
WEBHOOK_TESTS_PER_MINUTE = env.int("WEBHOOK_TESTS_PER_MINUTE", default=10)
WEBHOOK_DELIVERY_DAYS = env.int("WEBHOOK_DELIVERY_DAYS", default=30)

# The first administrator, when nobody is there yet. Without a password, a one-time one is made and shown once.
ADMIN_USERNAME = env.str("ADMIN_USERNAME", default="admin")
ADMIN_PASSWORD = env.str("ADMIN_PASSWORD", default="")

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

# A TOML file of further connections; its format is told in apps_admin/domain/connection_file.py.
CONNECTIONS_FILE = env.str("CONNECTIONS_FILE", default="")

# The app index. Unknown attributes whose value is shown and searched as an app's label: names only you know are safe.
INDEX_LABELS: list[str] = env.list("INDEX_LABELS", default=["Name"])
# A larger table's index is renewed in the background when a list is asked for and it is older than this.
INDEX_MAX_AGE = env.int("INDEX_MAX_AGE_SECONDS", default=300)
# Segments scanned at a time, and the share of a table's read capacity that a scan may take.
INDEX_SEGMENTS = env.int("INDEX_SEGMENTS", default=4)
INDEX_CAPACITY_SHARE = env.float("INDEX_CAPACITY_SHARE", default=0.25)

# How many requests one API token may send in a minute.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=1200)

# A worker that was not heard of for so long is dead, and its jobs go to another.
WORKER_LEASE_SECONDS = env.float("WORKER_LEASE_SECONDS", default=20)
# Files of apps hold secrets: what does not fit into memory is encrypted on its way to the disk.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "apps_admin.services.sealed_uploads.SealedUploads",
]
# Writes of bulk work and imports: at a time, and a second (endpoints that are not AWS's are not paced).
BULK_THREADS = env.int("BULK_THREADS", default=8)
BULK_WRITES_PER_SECOND = env.float("BULK_WRITES_PER_SECOND", default=500)
