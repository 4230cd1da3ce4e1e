"""What every request under /api/ passes: no cookie gets in, and no page gets out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from apps_admin.api.problems import MEDIA_TYPE, answer_status

PREFIX: Final = "/api/"


class ApiMiddleware:
    """Takes the cookies off API requests, and turns every page of an error into a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE:
            return answer_status(response)
        return response
