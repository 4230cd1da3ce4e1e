"""Reading what was sent: strictly JSON in UTF-8, so that no two readers of one body understand it differently."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from apps_admin.api.errors import (
    BodyTooLargeError,
    MalformedBodyError,
    MediaTypeError,
    NotAcceptableError,
)
from apps_admin.services.transfer_files import LARGEST_FILE

# A record has 400 KB at most; escapes may make its JSON a few times longer.
LARGEST_BODY: Final = 2_000_000
DEEPEST_BODY: Final = 40
FILE: Final = "application/octet-stream"
# By URL name and method: what takes a file instead of JSON, and what answers with one.
UPLOADS: Final = frozenset({("import-list", "POST")})
DOWNLOADS: Final = frozenset(
    {
        ("app-export", "POST"),
        ("finding-report", "GET"),
        ("audit-export-file", "GET"),
        ("audit-all-export-file", "GET"),
    }
)
_ACCEPTABLE = re.compile(
    r"\s*(?:application|\*)/(?:json|problem\+json|\*)\s*(?:;|$)", re.IGNORECASE
)
_ACCEPTABLE_FILE = re.compile(
    r"\s*(?:application/|\*/|text/(?:csv|plain|\*))[^;]*(?:;|$)", re.IGNORECASE
)
_JSON_TYPE = re.compile(
    r"\s*application/(?:json|merge-patch\+json)\s*(?:;\s*charset\s*=\s*\"?utf-8\"?\s*)?;?\s*",
    re.IGNORECASE,
)
_NO_WEIGHT = re.compile(r";\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)", re.IGNORECASE)


class StrictParser(Parser):
    """Ninja's parser, for bodies that are read once and strictly."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as plain values. Raises RequestError."""
        return read_body(request)


def require_readable(request: HttpRequest, operation: tuple[str, str]) -> None:
    """Raises RequestError for what cannot be read or answered. Never reads a body that is too large."""
    accept = request.headers.get("Accept", "")
    takes = _takes_file if operation in DOWNLOADS else _takes_json
    if accept and not any(takes(part) for part in accept.split(",")):
        raise NotAcceptableError(
            "The API answers in JSON alone.", hint="Send `Accept: application/json`."
        )
    length = request.headers.get("content-length") or "0"
    if not length.isdecimal() or int(length[:15]) == 0:
        return
    if operation in UPLOADS:
        _require_file(request, int(length[:15]))
        return
    if int(length[:15]) > LARGEST_BODY:
        raise BodyTooLargeError(
            f"A body has at most {LARGEST_BODY:,} bytes.", hint="DynamoDB keeps 400 KB of an app."
        )
    if not _JSON_TYPE.fullmatch(request.headers.get("Content-Type", "")):
        raise MediaTypeError(
            "The API reads JSON in UTF-8 alone.", hint="Send `Content-Type: application/json`."
        )


def read_body(request: HttpRequest) -> Any:
    """The body's JSON. Raises MalformedBodyError for what is no JSON, is ambiguous or nests too deep."""
    try:
        text = request.body.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8 at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise MalformedBodyError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise MalformedBodyError("A number in the body has too many digits.") from error
    _require_shallow(value)
    return value


def _require_file(request: HttpRequest, length: int) -> None:
    if length > LARGEST_FILE:
        raise BodyTooLargeError(
            f"A file has at most {LARGEST_FILE:,} bytes.", hint="Compress or split it."
        )
    if request.content_type != FILE:
        raise MediaTypeError(
            "A file is sent as it is, whatever its format.",
            hint=f"Send `Content-Type: {FILE}`.",
        )


def _takes_file(part: str) -> bool:
    return bool(_ACCEPTABLE_FILE.match(part)) and not _NO_WEIGHT.search(part)


def _takes_json(part: str) -> bool:
    return bool(_ACCEPTABLE.match(part)) and not _NO_WEIGHT.search(part)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise MalformedBodyError(f"The name {twice[:60]!r} stands twice in one object.")
    return members


def _refuse_constant(text: str) -> NoReturn:
    raise MalformedBodyError(f"{text} is not JSON.")


def _require_shallow(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST_BODY):
        level = [
            part
            for each in level
            if isinstance(each, dict | list)
            for part in (each.values() if isinstance(each, dict) else each)
            if isinstance(part, dict | list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> MalformedBodyError:
    return MalformedBodyError(f"The body nests deeper than {DEEPEST_BODY} levels.")
