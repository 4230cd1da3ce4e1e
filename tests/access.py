"""Who may ask for which URL by which method: one line each. `tests/test_access.py` walks it.

To add a URL, add one line per method it answers:

    Row("app-disable", "POST", Action.APP_DISABLE, fresh=True),

- The second is the method. What has no line has to answer 405. HEAD and OPTIONS follow GET.
- The third is what it needs: `PUBLIC` (nobody has to sign in), `SIGNED_IN` (anybody who did), `TOKEN` (an API token; a
  session gets 401), or an `Action` on the connection in the path. Where no connection is in the path, say where:
  `where=ANYWHERE` (on any connection is enough) or `where=EVERYWHERE` (a role on "*" is needed).
- `fresh=True`: the sign-in must not be older than ten minutes.
- `path={...}` and `form={...}` give what stands in the path and in the form where `PATH_VALUES` does not fit.
- `answers=404`: what is refused is told as if it did not exist (403 otherwise, and 404 to who has no role there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from apps_admin.domain.actions import Action


class Needs(StrEnum):
    """What a URL needs, where that is no action on a connection."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    TOKEN = "token"


class Where(StrEnum):
    """Where an action has to be allowed."""

    CONNECTION = "the connection in the path"
    ANYWHERE = "any connection"
    EVERYWHERE = "every connection"


PUBLIC, SIGNED_IN, TOKEN = Needs
_, ANYWHERE, EVERYWHERE = Where

# By the name of the converter in the path. The person is Vera, the app exists in no table.
PATH_VALUES: dict[str, Any] = {
    "connection": "default",
    "app_id": "shop",
    "provider_id": "sso",
    "session_id": "0123456789abcdef",
    "delivery_id": "0123456789abcdef0123456789abcdef",
    "token_id": "tok-0123456789abcdef",
    "form_id": "0123456789abcdef",
    "operation_id": "0123456789abcdef0123456789abcdef",
    "side": "before",
    "pk": 4_000_000,
    "test_id": 4_000_000,
    "code": "enabled-not-boolean",
    "report_format": "csv",
    "export_id": "00000000-0000-4000-8000-000000000000",
    "job_id": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Row:
    """One URL, one method, and what it needs."""

    name: str
    method: str
    needs: Needs | Action
    where: Where = Where.CONNECTION
    fresh: bool = False
    answers: int = 403
    path: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


ACCESS: tuple[Row, ...] = (
    # Health
    Row("health-live", "GET", PUBLIC),
    Row("health-ready", "GET", PUBLIC),
    # Sign-in
    Row("account_login", "GET", PUBLIC),
    Row("account_login", "POST", PUBLIC),
    Row("mfa_login_webauthn", "GET", PUBLIC),
    Row("mfa_login_webauthn", "POST", PUBLIC),
    Row("mfa_authenticate", "GET", PUBLIC),
    Row("mfa_authenticate", "POST", PUBLIC),
    Row("account_new_password", "GET", PUBLIC),
    Row("account_new_password", "POST", PUBLIC),
    Row("account_inactive", "GET", PUBLIC),
    Row("socialaccount_login_error", "GET", PUBLIC),
    Row("socialaccount_login_cancelled", "GET", PUBLIC),
    Row("openid_connect_login", "GET", PUBLIC),
    Row("openid_connect_login", "POST", PUBLIC),
    Row("openid_connect_callback", "GET", PUBLIC),
    Row("invitation-open", "GET", PUBLIC),
    Row("invitation-open", "POST", PUBLIC),
    Row("invitation-accept", "GET", PUBLIC),
    Row("invitation-accept", "POST", PUBLIC),
    Row("account_logout", "GET", PUBLIC),
    Row("account_logout", "POST", PUBLIC),
    # One's own account
    Row("account-show", "GET", SIGNED_IN),
    Row("session-end", "POST", SIGNED_IN),
    Row("session-end-others", "POST", SIGNED_IN),
    Row("account-resume", "GET", SIGNED_IN),
    Row("account-confirm-provider", "GET", SIGNED_IN),
    Row("account_reauthenticate", "GET", SIGNED_IN),
    Row("account_reauthenticate", "POST", SIGNED_IN),
    Row("mfa_reauthenticate", "GET", SIGNED_IN),
    Row("mfa_reauthenticate", "POST", SIGNED_IN),
    Row("mfa_reauthenticate_webauthn", "GET", SIGNED_IN),
    Row("mfa_reauthenticate_webauthn", "POST", SIGNED_IN),
    Row("account_change_password", "GET", SIGNED_IN),
    Row("account_change_password", "POST", SIGNED_IN),
    Row("mfa_index", "GET", SIGNED_IN),
    Row("mfa_activate_totp", "GET", SIGNED_IN, fresh=True),
    Row("mfa_activate_totp", "POST", SIGNED_IN, fresh=True),
    Row("mfa_deactivate_totp", "GET", SIGNED_IN),
    Row("mfa_deactivate_totp", "POST", SIGNED_IN, fresh=True),
    Row("mfa_list_webauthn", "GET", SIGNED_IN),
    Row("mfa_add_webauthn", "GET", SIGNED_IN, fresh=True),
    Row("mfa_add_webauthn", "POST", SIGNED_IN, fresh=True),
    Row("mfa_edit_webauthn", "GET", SIGNED_IN),
    Row("mfa_edit_webauthn", "POST", SIGNED_IN, fresh=True),
    Row("mfa_remove_webauthn", "GET", SIGNED_IN),
    Row("mfa_remove_webauthn", "POST", SIGNED_IN, fresh=True),
    Row("mfa_view_recovery_codes", "GET", SIGNED_IN, fresh=True),
    Row("mfa_generate_recovery_codes", "GET", SIGNED_IN),
    Row("mfa_generate_recovery_codes", "POST", SIGNED_IN, fresh=True),
    # People
    Row("person-list", "GET", Action.PERSON_VIEW, ANYWHERE),
    Row("person-show", "GET", Action.PERSON_VIEW, ANYWHERE),
    Row("account-activity", "GET", SIGNED_IN),
    Row("person-activity-list", "GET", Action.PERSON_UPDATE, EVERYWHERE),
    Row("person-activity", "GET", Action.PERSON_UPDATE, EVERYWHERE),
    Row("person-invite", "GET", Action.PERSON_VIEW, ANYWHERE),
    Row("person-invite", "POST", Action.PERSON_VIEW, ANYWHERE, fresh=True),
    Row("person-update-role", "POST", Action.PERSON_VIEW, ANYWHERE, fresh=True),
    Row("person-remove-role", "POST", Action.PERSON_UPDATE, EVERYWHERE, fresh=True,
        form={"connection": "*"}),
    Row("person-remove", "POST", Action.PERSON_REMOVE, EVERYWHERE, fresh=True),
    Row("person-restore", "POST", Action.PERSON_UPDATE, EVERYWHERE, fresh=True),
    Row("person-reset-second-factor", "POST", Action.PERSON_UPDATE, EVERYWHERE, fresh=True),
    Row("person-end-sessions", "POST", Action.PERSON_UPDATE, EVERYWHERE, fresh=True),
    Row("person-password-link", "POST", Action.PERSON_UPDATE, EVERYWHERE, fresh=True),
    Row("invitation-withdraw", "POST", Action.PERSON_INVITE, EVERYWHERE),
    # Apps
    Row("home", "GET", SIGNED_IN),
    Row("overview", "GET", Action.APP_VIEW),
    Row("app-list", "GET", Action.APP_VIEW),
    Row("app-list-refresh", "POST", Action.APP_VIEW),
    Row("app-check-webhooks", "POST", Action.APP_VIEW),
    Row("app-check-limits", "POST", Action.APP_VIEW),
    Row("app-create", "GET", Action.APP_CREATE),
    Row("app-create", "POST", Action.APP_CREATE),
    Row("app-record", "GET", Action.APP_VIEW),
    Row("app-history", "GET", Action.AUDIT_VIEW),
    Row("app-reveal-secret", "GET", Action.APP_REVEAL_SECRET),
    Row("app-reveal-secret", "POST", Action.APP_REVEAL_SECRET, fresh=True),
    Row("app-webhooks", "GET", Action.APP_VIEW),
    Row("app-webhooks", "POST", Action.APP_VIEW),
    Row("delivery-list", "GET", Action.WEBHOOK_TEST),
    Row("delivery-send", "POST", Action.WEBHOOK_TEST),
    Row("delivery-show", "GET", Action.WEBHOOK_TEST),
    Row("delivery-resend", "POST", Action.WEBHOOK_TEST),
    Row("webhook-receivers", "GET", Action.APP_VIEW),
    Row("webhook-schema", "GET", PUBLIC),
    Row("app-edit", "GET", Action.APP_UPDATE),
    Row("app-edit", "POST", Action.APP_UPDATE),
    Row("app-enable", "GET", Action.APP_ENABLE),
    Row("app-enable", "POST", Action.APP_ENABLE),
    Row("app-disable", "GET", Action.APP_DISABLE),
    Row("app-disable", "POST", Action.APP_DISABLE),
    Row("app-rotate-secret", "GET", Action.APP_ROTATE_SECRET),
    Row("app-rotate-secret", "POST", Action.APP_ROTATE_SECRET, fresh=True),
    Row("app-cut-off", "GET", Action.APP_CUT_OFF),
    Row("app-cut-off", "POST", Action.APP_CUT_OFF, fresh=True),
    Row("app-delete", "GET", Action.APP_DELETE),
    Row("app-delete", "POST", Action.APP_DELETE, fresh=True),
    Row("app-remove-attribute", "GET", Action.APP_UPDATE),
    Row("app-remove-attribute", "POST", Action.APP_UPDATE),
    Row("app-fix", "GET", Action.APP_FIX),
    Row("app-fix", "POST", Action.APP_FIX),
    Row("app-undo", "GET", Action.APP_UNDO),
    Row("app-undo", "POST", Action.APP_UNDO),
    Row("app-restore", "GET", Action.APP_RESTORE),
    Row("app-restore", "POST", Action.APP_RESTORE),
    Row("deleted-app-list", "GET", Action.APP_RESTORE),
    # Bulk work and jobs
    Row("app-bulk", "GET", Action.APP_BULK),
    Row("app-bulk", "POST", Action.APP_BULK),
    Row("transfer-list", "GET", Action.APP_EXPORT),
    Row("app-import", "POST", Action.APP_IMPORT),
    Row("app-export", "POST", Action.APP_EXPORT, form={"format": "jsonl"}),
    Row("app-export-secrets", "POST", Action.APP_EXPORT_SECRETS, fresh=True,
        form={"format": "jsonl"}),
    Row("job-list", "GET", Action.JOB_VIEW),
    Row("job-record", "GET", Action.JOB_VIEW),
    Row("job-start", "POST", Action.APP_BULK, fresh=True),
    Row("job-stop", "POST", Action.JOB_STOP),
    Row("job-resume", "POST", Action.JOB_RESUME),
    Row("job-undo", "POST", Action.JOB_UNDO),
    Row("job-results", "GET", Action.JOB_VIEW),
    # Doctor
    Row("doctor", "GET", Action.APP_VIEW),
    Row("doctor-examine", "POST", Action.APP_VIEW),
    Row("doctor-report", "GET", Action.APP_VIEW),
    Row("doctor-fix", "GET", Action.APP_FIX),
    Row("doctor-fix", "POST", Action.APP_FIX),
    # Connections
    Row("connection-list", "GET", SIGNED_IN),
    Row("connection-create", "GET", Action.CONNECTION_CREATE, EVERYWHERE),
    Row("connection-create", "POST", Action.CONNECTION_CREATE, EVERYWHERE, fresh=True),
    Row("connection-try", "GET", Action.CONNECTION_CREATE, EVERYWHERE, answers=404),
    Row("connection-home", "GET", Action.CONNECTION_VIEW),
    Row("connection-record", "GET", Action.CONNECTION_VIEW),
    Row("connection-environment", "GET", Action.CONNECTION_VIEW),
    Row("connection-edit", "GET", Action.CONNECTION_UPDATE),
    Row("connection-edit", "POST", Action.CONNECTION_UPDATE, fresh=True),
    Row("connection-delete", "POST", Action.CONNECTION_DELETE, EVERYWHERE, fresh=True),
    Row("connection-test", "GET", Action.CONNECTION_TEST),
    Row("connection-test", "POST", Action.CONNECTION_TEST),
    Row("connection-test-show", "GET", Action.CONNECTION_TEST),
    # Audit
    Row("audit-list", "GET", Action.AUDIT_VIEW),
    Row("audit-record", "GET", Action.AUDIT_VIEW),
    Row("audit-export", "GET", Action.AUDIT_EXPORT),
    Row("audit-export", "POST", Action.AUDIT_EXPORT),
    Row("audit-export-download", "GET", Action.AUDIT_EXPORT),
    Row("audit-all-export", "GET", Action.AUDIT_EXPORT, EVERYWHERE),
    Row("audit-all-export", "POST", Action.AUDIT_EXPORT, EVERYWHERE,
        form={"export_format": "jsonl"}),
    Row("audit-all-export-download", "GET", Action.AUDIT_EXPORT, EVERYWHERE),
    Row("audit-all-list", "GET", Action.AUDIT_VIEW, ANYWHERE),
    Row("audit-all-record", "GET", SIGNED_IN),
    # API
    Row("token-list", "GET", SIGNED_IN),
    Row("token-create", "GET", SIGNED_IN),
    Row("token-create", "POST", SIGNED_IN, fresh=True),
    Row("token-rotate", "POST", SIGNED_IN, fresh=True),
    Row("token-revoke", "POST", SIGNED_IN),
    Row("api-reference", "GET", SIGNED_IN),
    Row("api:openapi", "GET", PUBLIC),
    Row("api:app-list", "GET", TOKEN),
    Row("api:app-list", "POST", TOKEN),
    Row("api:app-list-refresh", "POST", TOKEN),
    Row("api:app-record", "GET", TOKEN),
    Row("api:app-record", "PATCH", TOKEN),
    Row("api:app-record", "DELETE", TOKEN),
    Row("api:app-enable", "POST", TOKEN),
    Row("api:app-disable", "POST", TOKEN),
    Row("api:app-cut-off", "POST", TOKEN),
    Row("api:app-rotate-secret", "POST", TOKEN),
    Row("api:app-reveal-secret", "POST", TOKEN),
    Row("api:app-versions", "GET", TOKEN),
    Row("api:app-restore", "POST", TOKEN),
    Row("api:operation-undo", "POST", TOKEN),
    Row("api:app-fix", "POST", TOKEN),
    Row("api:connection-list", "GET", TOKEN),
    Row("api:connection-list", "POST", TOKEN),
    Row("api:connection-record", "GET", TOKEN),
    Row("api:connection-record", "PATCH", TOKEN),
    Row("api:connection-record", "DELETE", TOKEN),
    Row("api:connection-test", "POST", TOKEN),
    Row("api:connection-environment", "GET", TOKEN),
    Row("api:webhook-list", "GET", TOKEN),
    Row("api:webhook-list", "PUT", TOKEN),
    Row("api:webhook-lint", "POST", TOKEN),
    Row("api:webhook-test", "POST", TOKEN),
    Row("api:delivery-list", "GET", TOKEN),
    Row("api:delivery-resend", "POST", TOKEN),
    Row("api:operation-list", "GET", TOKEN),
    Row("api:operation-record", "GET", TOKEN),
    Row("api:audit-verify", "POST", TOKEN),
    Row("api:schema-list", "GET", TOKEN),
    Row("api:schema-generate", "POST", TOKEN),
    Row("api:policy-list", "GET", TOKEN),
    Row("api:policy-generate", "POST", TOKEN),
    Row("api:deleted-app-list", "GET", TOKEN),
    Row("api:job-list", "GET", TOKEN),
    Row("api:job-list", "POST", TOKEN),
    Row("api:job-record", "GET", TOKEN),
    Row("api:job-results", "GET", TOKEN),
    Row("api:job-start", "POST", TOKEN),
    Row("api:job-stop", "POST", TOKEN),
    Row("api:job-resume", "POST", TOKEN),
    Row("api:job-undo", "POST", TOKEN),
    Row("api:delivery-record", "GET", TOKEN),
    Row("api:operation-all-list", "GET", TOKEN),
    Row("api:operation-any-record", "GET", TOKEN),
    Row("api:policy-check", "POST", TOKEN),
    Row("api:table-record", "GET", TOKEN),
    Row("api:table-compare", "POST", TOKEN),
    Row("api:finding-list", "GET", TOKEN),
    Row("api:me", "GET", TOKEN),
    Row("api:transfer-format-list", "GET", TOKEN),
    Row("api:import-list", "POST", TOKEN),
    Row("api:app-export", "POST", TOKEN),
    Row("api:finding-report", "GET", TOKEN),
    Row("api:audit-export-list", "GET", TOKEN),
    Row("api:audit-export-list", "POST", TOKEN),
    Row("api:audit-export-record", "GET", TOKEN),
    Row("api:audit-export-file", "GET", TOKEN),
    Row("api:audit-all-export-list", "GET", TOKEN),
    Row("api:audit-all-export-list", "POST", TOKEN),
    Row("api:audit-all-export-record", "GET", TOKEN),
    Row("api:audit-all-export-file", "GET", TOKEN),
    # Components
    Row("pattern-list", "GET", Action.PERSON_VIEW, ANYWHERE, answers=404),
    # Schemas, policies, the live table
    Row("generator-list", "GET", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-schema", "GET", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-schema", "POST", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-policy", "GET", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-policy", "POST", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-check", "GET", Action.TABLE_VIEW, where=ANYWHERE),
    Row("generator-check", "POST", Action.TABLE_VIEW, where=ANYWHERE),
    Row("table-record", "GET", Action.TABLE_VIEW),
    Row("table-record", "POST", Action.TABLE_VIEW),
)  # fmt: skip
