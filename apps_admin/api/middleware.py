"""What every request under /api/ passes: no cookie gets in, and no page gets out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from apps_admin.api.problems import MEDIA_TYPE, answer_status

PREFIX: Final = "/api/"


class ApiMiddleware:
    """Takes the cookies off API requests, and turns every page of an error into a problem document.

    What takes GET takes HEAD, which answers the same without the body; OPTIONS tells what an address takes.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        asked = request.method
        if asked == "HEAD":
            request.method = "GET"
        response = self.get_response(request)
        request.method = asked
        if response.status_code == 405:
            response["Allow"] = _allowed(response)
            if asked == "OPTIONS":
                return HttpResponse(status=204, headers={"Allow": response["Allow"]})
        if response.status_code >= 400 and response.get("Content-Type") != MEDIA_TYPE:
            response = answer_status(response)
        return _without_body(response) if asked == "HEAD" else response


def _allowed(response: HttpResponse) -> str:
    """The methods of an address, with those this middleware adds."""
    methods = {each.strip() for each in response.get("Allow", "").split(",")} - {""}
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted({*methods, "OPTIONS"}))


def _without_body(response: HttpResponse) -> HttpResponse:
    """The answer with its headers alone. A file that would be streamed is not begun."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = ()
        return response
    response["Content-Length"] = str(len(response.content))
    response.content = b""
    return response
