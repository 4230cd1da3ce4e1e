"""The URLs of apps. The connection is in the address; an id that is no plain text stands encoded (`app_path`)."""

from __future__ import annotations

from django.urls import path

from apps_admin.views import (
    app_actions,
    app_create,
    app_edit,
    app_fix,
    app_list,
    app_record,
    app_undo,
    app_webhooks,
    audit,
    audit_exports,
    overview,
    webhook_deliveries,
)

APPS = "connections/<slug:connection>/apps/"
APP = f"{APPS}<app_id:app_id>/"
DELIVERIES = f"{APP}webhooks/deliveries/"

urlpatterns = [
    path("audit/", audit.audit_all_list, name="audit-all-list"),
    path("audit-export/", audit_exports.audit_all_export, name="audit-all-export"),
    path(
        "audit-export/<slug:job_id>/",
        audit_exports.audit_all_export_download,
        name="audit-all-export-download",
    ),
    path("audit/<slug:operation_id>/", audit.audit_all_record, name="audit-all-record"),
    path("connections/<slug:connection>/audit/", audit.audit_list, name="audit-list"),
    path(
        "connections/<slug:connection>/audit-export/",
        audit_exports.audit_export,
        name="audit-export",
    ),
    path(
        "connections/<slug:connection>/audit-export/<slug:job_id>/",
        audit_exports.audit_export_download,
        name="audit-export-download",
    ),
    path(
        "connections/<slug:connection>/audit/<slug:operation_id>/",
        audit.audit_record,
        name="audit-record",
    ),
    path("connections/<slug:connection>/overview/", overview.overview, name="overview"),
    path(
        "connections/<slug:connection>/audit/<slug:operation_id>/undo/",
        app_undo.app_undo,
        name="app-undo",
    ),
    path(
        "connections/<slug:connection>/deleted-apps/",
        app_undo.deleted_app_list,
        name="deleted-app-list",
    ),
    path(APPS, app_list.app_list, name="app-list"),
    path(
        "connections/<slug:connection>/refresh-apps/",
        app_list.app_list_refresh,
        name="app-list-refresh",
    ),
    path("connections/<slug:connection>/new-app/", app_create.app_create, name="app-create"),
    path(
        "connections/<slug:connection>/webhook-problems/",
        app_edit.app_check_webhooks,
        name="app-check-webhooks",
    ),
    path(
        "connections/<slug:connection>/limit-warnings/",
        app_edit.app_check_limits,
        name="app-check-limits",
    ),
    path(APP, app_record.app_record, name="app-record"),
    path(f"{APP}reveal-secret/", app_record.app_reveal_secret, name="app-reveal-secret"),
    path(f"{APP}webhooks/", app_webhooks.app_webhooks, name="app-webhooks"),
    path(f"{DELIVERIES}", webhook_deliveries.delivery_list, name="delivery-list"),
    path(f"{APP}webhooks/deliver/", webhook_deliveries.delivery_send, name="delivery-send"),
    path(
        f"{DELIVERIES}<slug:delivery_id>/",
        webhook_deliveries.delivery_show,
        name="delivery-show",
    ),
    path(
        f"{DELIVERIES}<slug:delivery_id>/resend/",
        webhook_deliveries.delivery_resend,
        name="delivery-resend",
    ),
    path(
        "connections/<slug:connection>/webhook-receivers/",
        app_webhooks.webhook_receivers,
        name="webhook-receivers",
    ),
    path("schemas/webhooks.json", app_webhooks.webhook_schema, name="webhook-schema"),
    path(f"{APP}history/", audit.app_history, name="app-history"),
    path(
        f"{APP}restore/<slug:operation_id>/<slug:side>/", app_undo.app_restore, name="app-restore"
    ),
    path(f"{APP}edit/", app_edit.app_edit, name="app-edit"),
    path(f"{APP}enable/", app_actions.app_enable, name="app-enable"),
    path(f"{APP}disable/", app_actions.app_disable, name="app-disable"),
    path(f"{APP}rotate-secret/", app_actions.app_rotate_secret, name="app-rotate-secret"),
    path(f"{APP}cut-off/", app_actions.app_cut_off, name="app-cut-off"),
    path(f"{APP}fix/", app_fix.app_fix, name="app-fix"),
    path(f"{APP}delete/", app_actions.app_delete, name="app-delete"),
    path(f"{APP}remove-attribute/", app_actions.app_remove_attribute, name="app-remove-attribute"),
]
