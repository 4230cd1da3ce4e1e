"""What is wrong on a connection, by finding. The apps that have one: the list with `finding=`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, send
from apps_admin.api.authentication import workspace_of
from apps_admin.api.shapes import freshness_shape
from apps_admin.domain.actions import Action
from apps_admin.services.app_index import refresh_if_stale
from apps_admin.services.doctor_overview import count_codes, table_findings

router = Router(tags=["Findings"])


@router.get(
    "/connections/{slug:connection}/findings",
    response={200: outputs.FindingCounts, **documents.READ},
    url_name="finding-list",
)
def list_(request: HttpRequest, connection: str) -> HttpResponse:
    """How many apps have which finding, from the app index; and the findings of the table itself."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_VIEW)
    freshness = refresh_if_stale(workspace.connection)
    return send(
        Answer(
            data={
                "counts": [
                    {
                        "code": each.rule.code,
                        "severity": each.rule.severity.value,
                        "title": each.rule.title,
                        "effect": each.rule.effect,
                        "number": each.apps,
                    }
                    for each in count_codes(workspace.connection)
                ],
                "table": [finding.to_json() for finding in table_findings(workspace)],
                "index": freshness_shape(freshness),
            }
        )
    )
