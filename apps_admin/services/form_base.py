"""The base of a form: the fields as they were when it was filled, signed, so that a stale form is noticed.

It carries no id, key or secret, is bound to one app of one connection, and cannot be forged.
"""

from __future__ import annotations

from django.core import signing

from apps_admin.aws.codec import parse_item, render_item
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.item import RawItem
from apps_admin.services.apps import BASE_ATTRIBUTES

SALT = "apps_admin.form_base"


def sign_base(connection: str, item: RawItem) -> str:
    """The base of a form that edits this item, for a hidden field."""
    base = RawItem(
        attributes={name: v for name, v in item.attributes.items() if name in BASE_ATTRIBUTES}
    )
    return signing.dumps([connection, item.app_id, render_item(base)], salt=SALT, compress=True)


def read_base(connection: str, app_id: str, signed: str) -> RawItem:
    """The attributes a form was filled from. Raises ValidationError when it was not made for this app."""
    try:
        slug, form_app_id, text = signing.loads(signed, salt=SALT)
    except (signing.BadSignature, ValueError):
        slug = form_app_id = text = None
    if (slug, form_app_id) != (connection, app_id) or not isinstance(text, str):
        raise ValidationError(
            {"base": ["This form does not belong to this app. Nothing was written."]},
            hint="Open the app again and repeat the change.",
        )
    return parse_item(text)
