"""How an app's id stands in a path (pages and API).

An id of plain characters appears as it is; any other as `~` and the unpadded base64url of its UTF-8, because servers
decode `%2F` before they route.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from apps_admin.domain.credentials import is_identifier

# DynamoDB holds hash keys up to 2048 bytes.
_LONGEST_ID: Final = 2048
_MARK: Final = "~"
SEGMENT_PATTERN: Final = r"(?:[A-Za-z0-9_-]{1,64}|~[A-Za-z0-9_-]{1,2731})"
_SEGMENT = re.compile(SEGMENT_PATTERN, re.ASCII)


def encode_app_id(app_id: str) -> str:
    """The path segment of an id.

    Raises:
        ValueError: no item can have this id (empty, longer than 2048 bytes, or not encodable).
    """
    if is_identifier(app_id):
        return app_id
    encoded = app_id.encode("utf-8")
    if not encoded or len(encoded) > _LONGEST_ID:
        raise ValueError("an id has 1 to 2048 bytes")
    return _MARK + base64.urlsafe_b64encode(encoded).rstrip(b"=").decode("ascii")


def has_path(app_id: str) -> bool:
    """Whether an item can have this id, so that there is a page for it; a file may say anything."""
    try:
        encode_app_id(app_id)
    except ValueError:
        return False
    return True


def decode_app_id(segment: str) -> str:
    """The id of a path segment. Each id has exactly one segment; others are refused.

    Raises:
        ValueError: not the segment of any id.
    """
    if not _SEGMENT.fullmatch(segment):
        raise ValueError("not an app's segment")
    if not segment.startswith(_MARK):
        return segment
    text = segment[1:]
    try:
        app_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise ValueError("not an app's segment") from exc
    if encode_app_id(app_id) != segment:
        raise ValueError("not an app's segment")
    return app_id
