"""The OpenAPI document: what ninja makes of the operations, completed by what it does not know.

Making it takes seconds, in which a web process answers nobody, so it is a file of the product (`make golden` writes it;
a test holds it against the operations).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja.openapi import get_schema

from apps_admin.api.application import api
from apps_admin.api.problems import MEDIA_TYPE
from apps_admin.domain.app_path import SEGMENT_PATTERN

PREFIX = "api/v1/"
PATH_PATTERNS = {"app_id": f"^{SEGMENT_PATTERN}$", "connection": "^[-a-zA-Z0-9_]{1,100}$"}
_OTHER_PATTERN = "^[-a-zA-Z0-9_]{1,64}$"


FILE = Path(__file__).with_name("openapi.json")


@login_not_required
@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """The OpenAPI 3.1 document. It tells nothing about this installation, so nobody has to sign in."""
    return HttpResponse(FILE.read_bytes(), content_type="application/json")


@cache
def openapi() -> dict[str, Any]:
    """The document as plain values."""
    found: dict[str, Any] = json.loads(FILE.read_bytes())
    return found


def make_openapi() -> str:
    """The text of the file, made from the operations as they are now."""
    found: dict[str, Any] = {**get_schema(api, path_prefix=PREFIX)}
    for item in found["paths"].values():
        for operation in item.values():
            _complete(operation)
    _drop_defaults_of_models(found)
    return json.dumps(found, indent=1, sort_keys=True, cls=DjangoJSONEncoder) + "\n"


def _drop_defaults_of_models(node: Any) -> None:
    """An absent object means what its own fields default to; generators of clients know no other default."""
    if isinstance(node, list):
        for part in node:
            _drop_defaults_of_models(part)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("default"), dict) and ("allOf" in node or "$ref" in node):
        del node["default"]
    if [*node] == ["allOf"] and len(node["allOf"]) == 1:
        node["$ref"] = node.pop("allOf")[0]["$ref"]
    for part in node.values():
        _drop_defaults_of_models(part)


def _complete(operation: dict[str, Any]) -> None:
    operation["operationId"] = operation["operationId"].removeprefix("apps_admin_api_")
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            pattern = PATH_PATTERNS.get(parameter["name"], _OTHER_PATTERN)
            if parameter["schema"].get("type") == "string":
                parameter["schema"]["pattern"] = pattern
    operation["responses"] = dict(
        sorted(operation["responses"].items(), key=lambda each: int(each[0]))
    )
    has_tag = any(p["name"] == "If-Match" for p in operation["parameters"])
    for status, response in operation["responses"].items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
        elif has_tag:
            response["headers"] = {"ETag": {"schema": {"type": "string"}}}
        if int(status) in {429, 503}:
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
