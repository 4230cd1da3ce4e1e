"""Every page that does something has its twin in the API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, get_resolver

from apps_admin.api.document import openapi
from tests.access import ACCESS
from tests.test_access import named_urls

# The page's URL (POST), and the operation that does the same.
TWINS: dict[str, str] = {
    "app-list-refresh": "POST /connections/{connection}/apps:refresh",
    "app-check-webhooks": "POST /connections/{connection}/webhooks:lint",
    # A dry run answers with the findings of the record to be.
    "app-check-limits": "PATCH /connections/{connection}/apps/{app_id}",
    "app-create": "POST /connections/{connection}/apps",
    "app-reveal-secret": "POST /connections/{connection}/apps/{app_id}:reveal-secret",
    "app-edit": "PATCH /connections/{connection}/apps/{app_id}",
    "app-enable": "POST /connections/{connection}/apps/{app_id}:enable",
    "app-disable": "POST /connections/{connection}/apps/{app_id}:disable",
    "app-rotate-secret": "POST /connections/{connection}/apps/{app_id}:rotate-secret",
    "app-cut-off": "POST /connections/{connection}/apps/{app_id}:cut-off",
    "app-delete": "DELETE /connections/{connection}/apps/{app_id}",
    "app-remove-attribute": "PATCH /connections/{connection}/apps/{app_id}",
    "app-fix": "POST /connections/{connection}/apps/{app_id}:fix",
    "app-bulk": "POST /connections/{connection}/jobs",
    "app-import": "POST /connections/{connection}/imports",
    "app-export": "POST /connections/{connection}/apps:export",
    "app-export-secrets": "POST /connections/{connection}/apps:export",
    "audit-all-export": "POST /audit-exports",
    "audit-export": "POST /connections/{connection}/audit-exports",
    "app-undo": "POST /connections/{connection}/operations/{operation_id}:undo",
    "app-restore": "POST /connections/{connection}/apps/{app_id}:restore",
    "job-start": "POST /connections/{connection}/jobs/{job_id}:start",
    "job-stop": "POST /connections/{connection}/jobs/{job_id}:stop",
    "job-resume": "POST /connections/{connection}/jobs/{job_id}:resume",
    "job-undo": "POST /connections/{connection}/jobs/{job_id}:undo",
    "app-webhooks": "PUT /connections/{connection}/apps/{app_id}/webhooks",
    "delivery-send": "POST /connections/{connection}/apps/{app_id}/webhooks:test",
    "delivery-resend": "POST /connections/{connection}/apps/{app_id}/deliveries/{delivery_id}:resend",
    "generator-schema": "POST /schemas:generate",
    "generator-policy": "POST /policies:generate",
    "generator-check": "POST /policies:check",
    "table-record": "POST /connections/{connection}/table:compare",
    "doctor-examine": "POST /connections/{connection}/apps:refresh",
    "doctor-fix": "POST /connections/{connection}/jobs",
    "connection-create": "POST /connections",
    "connection-edit": "PATCH /connections/{connection}",
    "connection-delete": "DELETE /connections/{connection}",
    "connection-test": "POST /connections/{connection}:test",
}
# Pages that only look, and where a program looks.
LOOKS: dict[str, str] = {
    "app-list": "GET /connections/{connection}/apps",
    "app-record": "GET /connections/{connection}/apps/{app_id}",
    "app-history": "GET /connections/{connection}/operations",
    "transfer-list": "GET /transfer-formats",
    "doctor-report": "GET /connections/{connection}/findings/reports/{report_format}",
    "audit-all-export-download": "GET /audit-exports/{export_id}/file",
    "audit-export-download": "GET /connections/{connection}/audit-exports/{export_id}/file",
    "overview": "GET /connections/{connection}/apps",
    "deleted-app-list": "GET /connections/{connection}/deleted-apps",
    "job-list": "GET /connections/{connection}/jobs",
    "job-record": "GET /connections/{connection}/jobs/{job_id}",
    "job-results": "GET /connections/{connection}/jobs/{job_id}/results",
    "audit-all-list": "GET /operations",
    "audit-all-record": "GET /operations/{operation_id}",
    "delivery-list": "GET /connections/{connection}/apps/{app_id}/deliveries",
    "delivery-show": "GET /connections/{connection}/apps/{app_id}/deliveries/{delivery_id}",
    "generator-list": "GET /schemas",
    "doctor": "GET /connections/{connection}/findings",
    "audit-list": "GET /connections/{connection}/operations",
    "audit-record": "GET /connections/{connection}/operations/{operation_id}",
    "connection-list": "GET /connections",
    "connection-record": "GET /connections/{connection}",
    "connection-environment": "GET /connections/{connection}/environment",
}
# Who comes and goes, and who may do what, is decided by people who signed in just now, with a second factor where one
# is asked for. A token, which is neither, must not be able to make more of itself.
FOR_PEOPLE_ALONE = (
    "account",
    "mfa_",
    "socialaccount",
    "openid_connect",
    "session-",
    "person-",
    "invitation-",
    "token-",
)
# Only how the pages lead from one to another, are watched and drawn.
PAGES_ALONE = {
    "home",
    "connection-home",
    "health-live",
    "health-ready",
    "pattern-list",
    "api-reference",
    # A page of explanations, and a document that is public JSON already.
    "webhook-receivers",
    "webhook-schema",
    "connection-try",
    "connection-test-show",
}


def pages() -> dict[str, URLPattern | URLResolver]:
    return {
        name: pattern
        for name, pattern in named_urls(get_resolver().url_patterns)
        if not name.startswith(("api:", *FOR_PEOPLE_ALONE)) and name not in PAGES_ALONE
    }


def test_every_page_has_its_api_twin() -> None:
    assert sorted(set(pages()) - set(TWINS) - set(LOOKS)) == [], (
        "add its operation to apps_admin/api/, and both to TWINS or LOOKS"
    )


def test_every_page_that_acts_stands_among_those_that_act() -> None:
    acting = {row.name for row in ACCESS if row.method == "POST"} & set(pages())

    assert sorted(acting - set(TWINS)) == []


def test_every_twin_is_an_operation_of_the_document() -> None:
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in openapi()["paths"].items()
        for method in item
    }

    assert sorted({*TWINS.values(), *LOOKS.values()} - operations) == []


def test_no_twin_outlives_its_page() -> None:
    assert (
        sorted(
            ({*TWINS, *LOOKS} | PAGES_ALONE)
            - {n for n, _ in named_urls(get_resolver().url_patterns)}
        )
        == []
    )
