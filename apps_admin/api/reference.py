"""The page that lists the API's operations, for people."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps_admin.api.document import openapi


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """Every operation: its method, its path, what it does."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in openapi()["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append(
                {
                    "method": method.upper(),
                    "path": path,
                    "text": operation["description"].partition("\n")[0],
                    "needs_revision": any(
                        each["name"] == "If-Match" for each in operation["parameters"]
                    ),
                }
            )
    return render(request, "api/reference.html", {"groups": groups.items()})
