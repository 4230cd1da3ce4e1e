"""Whether the console is alive and ready, for load balancers and process managers."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@require_safe
@login_not_required
def health_live(_request: HttpRequest) -> HttpResponse:
    """The process answers. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@login_not_required
def health_ready(_request: HttpRequest) -> HttpResponse:
    """The console's own database answers. DynamoDB does not count: its pages say what is wrong with it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("The console's own database does not answer")
        return HttpResponse(
            "the console's own database does not answer\n", status=503, content_type="text/plain"
        )
    return HttpResponse("ok\n", content_type="text/plain")
