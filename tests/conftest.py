"""Settings and fixtures that every test shares."""

from __future__ import annotations

import os

os.environ.setdefault("SECRET_KEY", "tests-only-tests-only-tests-only-tests-only-tests-only")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")
os.environ.setdefault("LOCAL_RUN", "true")
os.environ.setdefault("AUDIT_KEY", "tests-only-audit-key")
