"""What is wrong on a connection, by finding, and as a report. The apps that have one: the list with `finding=`."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from apps_admin.api import documents, outputs
from apps_admin.api.answers import Answer, send
from apps_admin.api.authentication import workspace_of
from apps_admin.api.files import REPORT_TYPES, answered_as, send_file
from apps_admin.api.shapes import freshness_shape
from apps_admin.domain.actions import Action
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.finding import RULES
from apps_admin.generators.doctor_reports import FORMATS
from apps_admin.services.app_index import refresh_if_stale
from apps_admin.services.doctor_overview import count_codes, report_lines, table_findings

router = Router(tags=["Findings"])
_FORMATS = tuple(FORMATS)


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


@router.get(
    "/connections/{slug:connection}/findings/reports/{slug:report_format}",
    response=documents.READ,
    url_name="finding-report",
    openapi_extra=answered_as(*REPORT_TYPES),
)
def report(
    request: HttpRequest,
    connection: str,
    report_format: Literal[_FORMATS],  # type: ignore[valid-type]
    code: Annotated[str, Field(max_length=80)] = "",
) -> HttpResponse:
    """Every finding, or those of one code, as a file (SARIF 2.1.0, JSON, CSV), from apps read while it is sent."""
    workspace = workspace_of(request, connection)
    workspace.require(Action.APP_VIEW)
    if code and code not in RULES:
        raise ValidationError({"code": ["There is no such finding."]})
    chosen = FORMATS[report_format]
    slug = workspace.connection.slug
    pieces = chosen.write(slug, report_lines(workspace, code))
    name = f"doctor-{slug}-{timezone.now():%Y-%m-%d}.{chosen.name}"
    return send_file(pieces, name=name, media_type=chosen.media_type)
