"""From an item to its row in the app index. Secrets are read by the doctor's rules on the way, and dropped."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable

from django.conf import settings

from apps_admin.domain.app import App
from apps_admin.domain.credentials import is_identifier, secret_weakness
from apps_admin.domain.fields import FIELDS, ID, KEY, SECRET
from apps_admin.domain.finding import RULES, FindingSeverity
from apps_admin.domain.findings import find_findings
from apps_admin.domain.item import RawItem
from apps_admin.domain.limits import Limit
from apps_admin.domain.soketi_view import SoketiView
from apps_admin.domain.stored_webhooks import webhooks_text_of
from apps_admin.models.app_index import LIMIT_COLUMNS, AppState, IndexRow
from apps_admin.services.audit import revision_key

# A URL's host inside JSON text, where "/" may be written "\/"; what stands before "@" are credentials.
_HOSTS = re.compile(r'https?:\\?/\\?/(?:[^"/\\?#\s]*@)?([^"/\\?#@\s]+)', re.IGNORECASE)
_KNOWN_NAMES = frozenset(name for field in FIELDS.values() for name in field.names)
_LIMITS = tuple(Limit(name) for name in LIMIT_COLUMNS)
_SCALARS = ("S", "N", "BOOL")
_LONGEST_LABEL = 200
# To be raised whenever `index_row`, soketi's view or a finding's rule gives other rows for the same items.
ROW_VERSION = 1
# 0 is no finding at all.
SEVERITY_ORDER = {FindingSeverity.NOTE: 1, FindingSeverity.WARNING: 2, FindingSeverity.ERROR: 3}


# Most apps of a table differ in id, key and secret alone, and are judged alike: the last kinds seen, by a hash that
# tells nothing of their texts, and the row of the first of each.
_KINDS_KEPT = 1024
_kinds: dict[bytes, IndexRow] = {}
_OWN_NAMES = (ID.attribute, KEY.attribute, SECRET.attribute)
_OWN = frozenset(_OWN_NAMES)
# Far below what the doctor calls a large record, whatever the own texts.
_LONGEST_KIND = 4000


def index_row(item: RawItem, revision: str = "") -> IndexRow:
    """The row of an item, by what soketi makes of it. `revision` is the item's, where it is known already."""
    revision = revision or item.revision(revision_key())
    kind = _kind_of(item)
    known = _kinds.get(kind) if kind else None
    if known is None:
        row = judged_row(item, revision)
        if kind:
            if len(_kinds) >= _KINDS_KEPT:
                _kinds.clear()
            _kinds[kind] = row
        return row
    app_id, app_key = item.attributes["AppId"]["S"], item.attributes["AppKey"]["S"]
    label = label_of(item)
    return known._replace(
        app_id=app_id,
        app_key=app_key,
        label=label,
        revision=revision,
        search_text=search_text_of(app_id, app_key, label, *known.webhook_hosts.split()),
    )


def _kind_of(item: RawItem) -> bytes | None:
    """All but the app's own id, key and secret; None where one of these may be what is found, or is looked for."""
    app_id, app_key, secret = (item.attributes.get(name, {}).get("S", "") for name in _OWN_NAMES)
    is_plain = is_identifier(app_id) and is_identifier(app_key) and not secret_weakness(secret)
    if not is_plain or item.hidden:
        return None
    rest = repr({name: value for name, value in item.attributes.items() if name not in _OWN})
    if len(rest) > _LONGEST_KIND or app_id in rest or app_key in rest or secret in rest:
        return None
    return hashlib.blake2b(rest.encode(), digest_size=16).digest()


def judged_row(item: RawItem, revision: str) -> IndexRow:
    """The row of an item that is like no other."""
    app = App(item)
    view = app.view
    found = find_findings(app)
    app_id = storable(item.app_id)
    app_key = storable(item.attributes.get("AppKey", {}).get("S", ""))
    hosts = sorted({storable(host.lower()) for host in _HOSTS.findall(webhooks_text_of(item))})
    events = sorted({event.value for webhook in view.webhooks for event in webhook.events})
    label = label_of(item)
    return IndexRow(
        app_id=app_id,
        app_key=app_key,
        label=label,
        state=state_of(view),
        accepts_connections=view.accepts_connections,
        client_messages=view.client_messages.value,
        user_authentication=view.user_authentication.value,
        webhook_count=len(view.webhooks),
        webhook_hosts=_words(hosts),
        webhook_events=_words(events),
        findings=_words(dict.fromkeys(each.code for each in found)),
        own_severity=max((SEVERITY_ORDER[each.severity] for each in found), default=0),
        unknown_names=_unknown_names(item),
        revision=revision,
        search_text=search_text_of(app_id, app_key, label, *hosts),
        limits=tuple([view.limits[limit].enforced for limit in _LIMITS]),
    )


def row_rules() -> str:
    """A fingerprint of what makes rows: when it differs, rows of unchanged items are made anew too."""
    made_by = [ROW_VERSION, sorted(RULES), LIMIT_COLUMNS, settings.INDEX_LABELS]
    return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()


def state_of(view: SoketiView) -> AppState:
    """What soketi makes of the app, in one word."""
    if not view.found:
        return AppState.NOT_FOUND
    return AppState.ENABLED if view.enabled.value else AppState.DISABLED


def label_of(item: RawItem) -> str:
    """The app's name for people: the first of the attributes in INDEX_LABELS that holds a short scalar."""
    for name in settings.INDEX_LABELS:
        for kind, value in item.attributes.get(name, {}).items():
            if kind in _SCALARS and name not in _KNOWN_NAMES:
                return storable(str(value)[:_LONGEST_LABEL])
    return ""


def search_text_of(*parts: str) -> str:
    """What a substring is looked for in. The same folding as `fold`."""
    return fold("\n".join([part for part in parts if part]))


def fold(text: str) -> str:
    """Text without regard to case, as `search_text` holds it."""
    return storable(text).casefold()


def storable(text: str) -> str:
    """Text as every SQL database takes it: NUL, which PostgreSQL cannot store, as its symbol."""
    if "\0" in text:
        text = text.replace("\0", "\u2400")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _unknown_names(item: RawItem) -> str:
    names = sorted(storable(name) for name in item.attributes if name not in _KNOWN_NAMES)
    return json.dumps(names) if names else "[]"


def _words(words: Iterable[str]) -> str:
    joined = " ".join(words)
    return f" {joined} " if joined else ""
