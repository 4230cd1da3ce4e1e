"""The base of a form: the fields as they were when it was filled, so that a stale form is noticed.

It carries no id, key or secret, is bound to one app of one connection, and cannot be forged. It is encrypted as well:
webhooks may hold secrets (header values, credentials in addresses) that the form itself shows masked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from apps_admin.aws.codec import parse_item, render_item
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.services.app_steps import BASE_ATTRIBUTES

PURPOSE = b"apps_admin.form_base"


def sign_base(connection: str, item: RawItem) -> str:
    """The base of a form that edits this item, for a hidden field."""
    base = RawItem(
        attributes={name: v for name, v in item.attributes.items() if name in BASE_ATTRIBUTES}
    )
    text = json.dumps([connection, item.app_id, render_item(base)])
    return _box().encrypt(zlib.compress(text.encode())).decode("ascii")


def read_base(connection: str, app_id: str, signed: str) -> RawItem:
    """The attributes a form was filled from. Raises ValidationError when it was not made for this app."""
    try:
        opened = zlib.decompress(_box().decrypt(signed.encode()))
        slug, form_app_id, text = json.loads(opened)
    except (InvalidToken, UnicodeEncodeError, zlib.error, ValueError):
        slug = form_app_id = text = None
    if (slug, form_app_id) != (connection, app_id) or not isinstance(text, str):
        raise ValidationError(
            {"base": ["This form does not belong to this app. Nothing was written."]},
            hint="Open the app again and repeat the change.",
        )
    return parse_item(text)


def _box() -> Fernet:
    key = hmac.new(settings.SECRET_KEY.encode(), PURPOSE, hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
