"""When soketi's call of a Lambda function throws, which nobody catches, so that the whole server shuts down.

`src/webhook-sender.ts:130-165` builds `new Lambda({region, ...client_options})` and calls `invoke` outside any `catch`.
The conditions were found by running aws-sdk 2.1692.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps_admin.domain.javascript import JavaScriptError, to_text, truthy

SIGNATURE_VERSIONS: Final = frozenset({"v2", "v3", "v3https", "v4", "s3", "s3v4"})
_OLDEST_API_VERSION: Final = "2014-11-11"


def lambda_crash(webhook: Mapping[str, Any]) -> str:
    """Why calling the function shuts the server down; empty when it does not."""
    options = webhook.get("lambda")
    if options is None:
        return "lambda_function without a lambda object"
    if not isinstance(options, dict):
        return ""
    client = options.get("client_options")
    client = client if isinstance(client, dict) else {}
    region = options.get("region")
    region = client.get("region", region if truthy(region) else "us-east-1")
    if truthy(region) and not isinstance(region, str) and not truthy(client.get("endpoint")):
        return "a region that is not text"
    return _client_crash(client)


def _client_crash(client: Mapping[str, Any]) -> str:
    if truthy(client.get("apiConfig")):
        return "client_options.apiConfig"
    if "apiVersions" in client and client["apiVersions"] is None:
        return "client_options.apiVersions that is null"
    versions = client.get("apiVersions")
    version = versions.get("lambda") if isinstance(versions, dict) else None
    for asked in (client.get("apiVersion"), version):
        if truthy(asked) and not _is_api_version(asked):
            return "a client_options.apiVersion that aws-sdk does not have"
    signature = client.get("signatureVersion")
    if truthy(signature) and not (isinstance(signature, str) and signature in SIGNATURE_VERSIONS):
        return "a client_options.signatureVersion that aws-sdk does not have"
    if client.get("endpointDiscoveryEnabled") is True and truthy(client.get("endpoint")):
        return "client_options.endpointDiscoveryEnabled together with an endpoint"
    return ""


def _is_api_version(version: Any) -> bool:
    if isinstance(version, bool | float):
        return False
    try:
        return to_text(version) >= _OLDEST_API_VERSION
    except JavaScriptError:
        return False
