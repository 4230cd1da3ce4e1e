"""The very request soketi makes for a webhook: body, headers and their order, from values as soketi reads them.

Follows `src/webhook-sender.ts:105-165`, axios 0.27.2 (`lib/core/dispatchRequest.js`, `lib/adapters/http.js`) and Node's
own `setHeader`. The tests hold every byte against the real ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from apps_admin.domain.javascript import JavaScriptError, number_text, to_text, truthy

PROCESS_AGENT: Final = "SoketiWebhooksAxiosClient/1.0 (Process: {process})"

_HEADER_NAME = re.compile(r"[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+\Z")
_NOT_IN_HEADER_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
_PLAIN_NAME = re.compile(r"X-(?!Pusher)[A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|Authorization", re.ASCII)
_PLAIN_VALUE = re.compile(r"[\x20-\x7e]*")
_ARRAY_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_AXIOS_METHODS: Final = ("common", "delete", "get", "head", "post", "put", "patch")


class HeaderError(ValueError):
    """Node refuses a header, so the request is never sent. The message names the header, never its value."""


def json_stringify(value: Any) -> str:
    """`JSON.stringify(value)`: compact, text as it is, numbers as JavaScript writes them. Ints are kept whole.

    Raises:
        RecursionError: nested too deep.
    """
    if isinstance(value, str):
        return _LONE_SURROGATE.sub(
            lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False)
        )
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float):
        text = number_text(value)
        return "null" if text.endswith(("NaN", "Infinity")) else text
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return json_stringify({"type": "Buffer", "data": list(value)})
    if isinstance(value, list | tuple):
        return f"[{','.join(json_stringify(part) for part in value)}]"
    if isinstance(value, Mapping):
        members = (
            f"{json_stringify(name)}:{json_stringify(value[name])}" for name in in_order(value)
        )
        return f"{{{','.join(members)}}}"
    return "{}"


def in_order(names: Mapping[str, Any]) -> list[str]:
    """The property names of a JavaScript object in its own order: array indexes first, ascending."""
    indexes = [name for name in names if _is_index(name)]
    return [*sorted(indexes, key=int), *(name for name in names if not _is_index(name))]


def request_body(events: Sequence[Mapping[str, Any]], *, time_ms: int) -> bytes:
    """What is signed and sent: `{"time_ms":…,"events":[…]}`."""
    return json_stringify({"time_ms": time_ms, "events": list(events)}).encode("utf-8")


def lambda_payload(body: bytes, headers: Mapping[str, Any]) -> bytes:
    """What a Lambda function is invoked with: `{"payload":…,"headers":{…}}`."""
    return b'{"payload":' + body + b',"headers":' + json_stringify(headers).encode("utf-8") + b"}"


def soketi_headers(
    webhook: Mapping[str, Any], *, key: str, signature: str, process: int
) -> dict[str, Any]:
    """The headers object that soketi builds: its own three, the webhook's, then the two of Pusher.

    What is named twice keeps its first place and its last value, as in a JavaScript object literal.
    """
    return {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": PROCESS_AGENT.format(process=process),
        **_spread(webhook.get("headers")),
        "X-Pusher-Key": key,
        "X-Pusher-Signature": signature,
    }


def http_headers(
    headers: Mapping[str, Any], *, host: str, length: int
) -> tuple[tuple[str, str], ...]:
    """The header lines of the POST, in order, from what soketi hands to axios.

    Raises:
        HeaderError: Node would refuse one, so nothing would be sent.
    """
    merged = _merge_as_axios(headers)
    if not any(name.lower() == "content-length" for name in merged):
        merged["Content-Length"] = str(length)
    stored: dict[str, tuple[str, Any]] = {}
    for name in in_order(merged):
        _check_header(name, merged[name])
        stored[name.lower()] = (name, merged[name])
    stored.setdefault("host", ("Host", host))
    stored.setdefault("connection", ("Connection", "keep-alive"))
    return tuple(line for name, value in stored.values() for line in _lines(name, value))


def header_problem(webhook: Mapping[str, Any]) -> str:
    """Why Node refuses the headers of a webhook, so that no POST ever leaves; empty when it does not."""
    headers = webhook.get("headers")
    if not headers or are_plain_headers(headers):
        return ""
    try:
        http_headers(soketi_headers(webhook, key="", signature="", process=0), host="", length=0)
    except HeaderError as exc:
        return str(exc)
    return ""


def are_plain_headers(headers: Any) -> bool:
    """Whether these are headers as almost all are, which nothing refuses or takes for something else."""
    return isinstance(headers, dict) and all(
        isinstance(value, str) and _PLAIN_NAME.fullmatch(name) and _PLAIN_VALUE.fullmatch(value)
        for name, value in headers.items()
    )


def _spread(headers: Any) -> dict[str, Any]:
    """`...headers`: objects by name, lists and text by index, everything else nothing."""
    if isinstance(headers, dict):
        return headers
    if isinstance(headers, str):
        return {str(index): char for index, char in enumerate(_utf16(headers))}
    if isinstance(headers, bytes):
        return {str(index): float(byte) for index, byte in enumerate(headers)}
    if isinstance(headers, list):
        return {str(index): part for index, part in enumerate(headers)}
    return {}


def _utf16(text: str) -> Iterator[str]:
    units = text.encode("utf-16-le", "surrogatepass")
    for at in range(0, len(units), 2):
        yield units[at : at + 2].decode("utf-16-le", "surrogatepass")


def _merge_as_axios(headers: Mapping[str, Any]) -> dict[str, Any]:
    """axios: its defaults (`common`, then `post`), then ours; one spelling of Accept and Content-Type."""
    ours = {name: headers[name] for name in in_order(headers)}
    for normal in ("Accept", "Content-Type"):
        for name in [name for name in ours if name.upper() == normal.upper() and name != normal]:
            ours[normal] = ours.pop(name)
    common = _own_defaults({"Accept": "application/json, text/plain, */*"}, ours.get("common"))
    post = _own_defaults({"Content-Type": "application/x-www-form-urlencoded"}, ours.get("post"))
    merged = {**common, **post, **ours}
    for name in _AXIOS_METHODS:
        merged.pop(name, None)
    agents = [name for name in in_order(merged) if name.lower() == "user-agent"]
    if agents and not truthy(merged[agents[-1]]):
        del merged[agents[-1]]
    return merged


def _own_defaults(defaults: dict[str, Any], value: Any) -> dict[str, Any]:
    """A header named `common` or `post` is taken for axios's own defaults of that name."""
    if value is None:
        return defaults
    if isinstance(value, dict):
        return {**defaults, **value}
    return {
        str(index): part for index, part in enumerate(value if isinstance(value, list) else [value])
    }


def _check_header(name: str, value: Any) -> None:
    if not _HEADER_NAME.match(name):
        raise HeaderError("A header name has characters that no header name may have")
    try:
        text = to_text(value)
    except JavaScriptError as exc:
        raise HeaderError(f"The value of the header {name} cannot be read as text") from exc
    if _NOT_IN_HEADER_VALUE.search(text):
        raise HeaderError(f"The value of the header {name} has characters that no header may have")


def _lines(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield name, to_text(value)
    elif name.lower() == "cookie" and len(value) > 1:
        yield name, "; ".join("" if part is None else to_text(part) for part in value)
    else:
        for part in value:
            yield name, to_text(part)


def _is_index(name: str) -> bool:
    return bool(_ARRAY_INDEX.match(name)) and int(name) < 2**32 - 1
