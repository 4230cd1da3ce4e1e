"""Raw items to put into the test table."""

from __future__ import annotations

import json
from typing import Any

from apps_admin.domain.item import AttributeValue, RawItem

SECRET = "s3cr3t-of-the-tests"


def an_item(app_id: str = "shop", **attributes: AttributeValue | None) -> RawItem:
    """An app as the console writes it; attributes given replace it, None leaves one out."""
    item: dict[str, AttributeValue | None] = {
        "AppId": {"S": app_id},
        "AppKey": {"S": f"{app_id}-key"},
        "AppSecret": {"S": SECRET},
        **attributes,
    }
    return RawItem(attributes={name: value for name, value in item.items() if value is not None})


def webhooks(*hooks: Any) -> AttributeValue:
    """The Webhooks attribute, as a JSON string."""
    return {"S": json.dumps(hooks)}
