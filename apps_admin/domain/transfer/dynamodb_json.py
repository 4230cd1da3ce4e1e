"""DynamoDB JSON: an export to S3 (one `{"Item": ...}` a line), the answer of the CLI, or bare items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps_admin.domain.item import RawItem
from apps_admin.domain.item_json import render_item
from apps_admin.domain.transfer.items import read_items
from apps_admin.domain.transfer.record import Format

_TYPED = re.compile(r'"(?:AppId|AppKey)"\s*:\s*\{\s*"S"\s*:')


def _write(items: Iterable[RawItem]) -> Iterator[str]:
    for item in items:
        yield f'{{"Item": {render_item(item)}}}\n'


DYNAMODB_JSON = Format(
    name="dynamodb-json",
    label="DynamoDB JSON (export to S3, AWS CLI)",
    extension="json",
    matches=lambda head: bool(_TYPED.search(head)),
    read=lambda stream: read_items(stream, "AppId"),
    write=_write,
    is_lossless=True,
)
