"""What every template can use."""

from __future__ import annotations

from django.http import HttpRequest


def csp_nonce(request: HttpRequest) -> dict[str, object]:
    """The nonce under the name django-htmx looks for; django-csp's own processor calls it CSP_NONCE."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}
