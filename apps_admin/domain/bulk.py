"""One change for many apps: what an operator asks for once, applied to each app by the rules of a single edit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from apps_admin.domain.actions import Action
from apps_admin.domain.app import App, AppEdit
from apps_admin.domain.credentials import new_app_secret
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import Flag
from apps_admin.domain.finding import RULES, FixMode
from apps_admin.domain.findings import find_findings
from apps_admin.domain.limits import LIMITS, Limit, check_limit
from apps_admin.domain.masking import mask_url
from apps_admin.domain.rules import require_deletable
from apps_admin.domain.webhooks import parse_webhooks

MOST_FIXES = 100


class BulkKind(StrEnum):
    """What can be done to many apps at once."""

    ENABLE = "enable"
    DISABLE = "disable"
    SET_LIMIT = "set-limit"
    SET_FLAG = "set-flag"
    ADD_WEBHOOK = "add-webhook"
    REPLACE_WEBHOOK = "replace-webhook"
    REMOVE_WEBHOOK = "remove-webhook"
    ROTATE_SECRET = "rotate-secret"  # noqa: S105 - the name of a kind
    FIX = "fix"
    DELETE = "delete"


ACTIONS: Mapping[BulkKind, Action] = {
    BulkKind.ENABLE: Action.APP_ENABLE,
    BulkKind.DISABLE: Action.APP_DISABLE,
    BulkKind.ROTATE_SECRET: Action.APP_ROTATE_SECRET,
    BulkKind.FIX: Action.APP_FIX,
    BulkKind.DELETE: Action.APP_DELETE,
}
# What takes something away from users: a protected connection asks for more than a click.
DANGEROUS = frozenset({BulkKind.DISABLE, BulkKind.ROTATE_SECRET, BulkKind.DELETE})
FLAG_LABELS: Mapping[Flag, str] = {
    Flag.CLIENT_MESSAGES: "client messages",
    Flag.USER_AUTHENTICATION: "user authentication",
}


@dataclass(frozen=True, kw_only=True)
class BulkChange:
    """The change. Only the fields of its kind matter.

    `value` None removes the limit. `url` names the webhook to replace or remove (a URL or a Lambda function), `webhook`
    is the JSON text of one webhook and may hold secrets. `codes` are the findings to mend; none stands for all.
    """

    kind: BulkKind
    limit: Limit | None = None
    value: Decimal | None = None
    flag: Flag | None = None
    is_on: bool = False
    url: str = field(default="", repr=False)
    webhook: str = field(default="", repr=False)
    codes: tuple[str, ...] = ()
    mode: FixMode = FixMode.AS_READ

    @property
    def action(self) -> Action:
        """What it does to each app: permission and audit action."""
        return ACTIONS.get(self.kind, Action.APP_UPDATE)

    @property
    def is_dangerous(self) -> bool:
        """Whether it takes something away from users."""
        return self.kind in DANGEROUS

    def require_valid(self) -> None:
        """Raises ValidationError when it could not be applied to any app."""
        errors: dict[str, list[str]] = {}
        if self.kind is BulkKind.SET_LIMIT:
            errors["limit"] = ["Choose a limit."] if self.limit is None else []
            if self.limit is not None:
                errors["value"] = check_limit(self.limit, self.value)
        if self.kind is BulkKind.SET_FLAG and self.flag is None:
            errors["flag"] = ["Choose a switch."]
        if self.kind in {BulkKind.REPLACE_WEBHOOK, BulkKind.REMOVE_WEBHOOK} and not self.url:
            errors["url"] = ["Give the URL, or the Lambda function, of the webhook."]
        if self.kind in {BulkKind.ADD_WEBHOOK, BulkKind.REPLACE_WEBHOOK}:
            _webhook_of(self.webhook)
        unknown = [code for code in self.codes if code not in RULES]
        if unknown:
            errors["codes"] = [f"There is no finding {unknown[0]!r}."]
        errors = {name: texts for name, texts in errors.items() if texts}
        if errors:
            raise ValidationError(errors)

    def apply_to(self, app: App) -> App | None:
        """The app after the change; None when it is to be deleted. The same app where nothing is to be done.

        Raises ValidationError, AppNotDisabledError.
        """
        if self.kind is BulkKind.DELETE:
            require_deletable(app.item)
            return None
        if self.kind is BulkKind.FIX:
            return self._mended(app)
        return self._edit(app).apply_to(app)

    def _edit(self, app: App) -> AppEdit:
        if self.kind in {BulkKind.ENABLE, BulkKind.DISABLE}:
            return AppEdit(is_enabled=self.kind is BulkKind.ENABLE)
        if self.kind is BulkKind.SET_LIMIT and self.limit is not None:
            return AppEdit(limits={self.limit: self.value})
        if self.kind is BulkKind.SET_FLAG:
            if self.flag is Flag.CLIENT_MESSAGES:
                return AppEdit(allows_client_messages=self.is_on)
            return AppEdit(requires_user_authentication=self.is_on)
        if self.kind is BulkKind.ROTATE_SECRET:
            return AppEdit(secret=new_app_secret())
        return self._webhooks_edit(app)

    def _webhooks_edit(self, app: App) -> AppEdit:
        webhooks = parse_webhooks(app.webhooks_text) if app.webhooks_text else []
        if webhooks is None:
            raise ValidationError(
                {"webhooks": ["The stored webhooks cannot be read. Mend them first."]}
            )
        changed = self._changed(webhooks)
        if changed == webhooks:
            return AppEdit()
        return AppEdit(webhooks_text=json.dumps(changed, ensure_ascii=False) if changed else None)

    def _changed(self, webhooks: list[Any]) -> list[Any]:
        if self.kind is BulkKind.REMOVE_WEBHOOK:
            return [each for each in webhooks if _target_of(each) != self.url]
        new = _webhook_of(self.webhook)
        if self.kind is BulkKind.REPLACE_WEBHOOK:
            return [new if _target_of(each) == self.url else each for each in webhooks]
        return webhooks if new in webhooks else [*webhooks, new]

    def _mended(self, app: App) -> App:
        for _ in range(MOST_FIXES):
            fixes = (
                fix
                for found in find_findings(app)
                if not self.codes or found.code in self.codes
                for fix in found.fixes
                if fix.mode is self.mode
            )
            for fix in fixes:
                mended = fix.apply(app)
                if app.item.changes_to(mended.item):
                    app = mended
                    break
            else:
                break
        return app

    def to_json(self) -> dict[str, Any]:
        """For the job's row: everything but the webhook and its URL, which may hold secrets."""
        return {
            "kind": self.kind.value,
            "limit": self.limit.value if self.limit else "",
            "value": "" if self.value is None else str(self.value),
            "flag": self.flag.value if self.flag else "",
            "is_on": self.is_on,
            "codes": list(self.codes),
            "mode": self.mode.value,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], *, url: str = "", webhook: str = "") -> BulkChange:
        """The change of a job, with what the vault kept of it."""
        return cls(
            kind=BulkKind(kept["kind"]),
            limit=Limit(kept["limit"]) if kept["limit"] else None,
            value=parse_value(kept["value"]),
            flag=Flag(kept["flag"]) if kept["flag"] else None,
            is_on=bool(kept["is_on"]),
            url=url,
            webhook=webhook,
            codes=tuple(kept["codes"]),
            mode=FixMode(kept["mode"]),
        )

    def describe(self) -> str:
        """What it does, for people: "Disable", "Set Connections to 100"."""
        if self.kind is BulkKind.SET_LIMIT and self.limit is not None:
            label = LIMITS[self.limit].label
            if self.value is None:
                return f"Remove the limit {label}"
            return f"Set {label} to {'unlimited' if self.value < 0 else f'{self.value:,f}'}"
        if self.kind is BulkKind.SET_FLAG and self.flag is not None:
            return f"Switch {FLAG_LABELS.get(self.flag, self.flag.value)} {'on' if self.is_on else 'off'}"
        if self.kind is BulkKind.FIX:
            return f"Mend {', '.join(self.codes) if self.codes else 'every finding'} ({self.mode.value})"
        return _NAMES[self.kind].format(url=mask_url(self.url))


_NAMES: Mapping[BulkKind, str] = {
    BulkKind.ENABLE: "Enable",
    BulkKind.DISABLE: "Disable",
    BulkKind.ADD_WEBHOOK: "Add a webhook",
    BulkKind.REPLACE_WEBHOOK: "Replace the webhook {url}",
    BulkKind.REMOVE_WEBHOOK: "Remove the webhook {url}",
    BulkKind.ROTATE_SECRET: "Rotate the secret",
    BulkKind.DELETE: "Delete",
}


def parse_value(text: str) -> Decimal | None:
    """A limit's value as typed; empty or "default" removes it. Raises ValidationError."""
    word = text.strip().lower()
    if word in {"", "default"}:
        return None
    if word == "unlimited":
        return Decimal(-1)
    try:
        return Decimal(word)
    except InvalidOperation:
        raise ValidationError({"value": [f"{text[:40]!r} is not a number."]}) from None


def _webhook_of(text: str) -> dict[str, Any]:
    try:
        webhook = json.loads(text)
    except (ValueError, RecursionError):
        webhook = None
    if isinstance(webhook, list) and len(webhook) == 1:
        webhook = webhook[0]
    if not isinstance(webhook, dict):
        raise ValidationError({"webhook": ["Give one webhook as a JSON object."]})
    return webhook


def _target_of(webhook: Any) -> str:
    if not isinstance(webhook, dict):
        return ""
    return str(webhook.get("url") or webhook.get("lambda_function") or "")
