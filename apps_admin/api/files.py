"""Files: sent as they are, answered piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from apps_admin.api.bodies import FILE
from apps_admin.domain.transfer import WRITABLE
from apps_admin.generators.doctor_reports import FORMATS as REPORTS
from apps_admin.services.file_pieces import FilePieces

CHUNK: Final = 256 * 1024
EXPORT_TYPES: Final = tuple(sorted({each.content_type for each in WRITABLE.values()}))
REPORT_TYPES: Final = tuple(
    sorted({each.media_type.partition(";")[0] for each in REPORTS.values()})
)

UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file as it is, also compressed with gzip; at most 200 MB.",
        "content": {FILE: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def answered_as(*media_types: str) -> dict[str, Any]:
    """What the OpenAPI document says of an operation that answers with a file."""
    binary = {"type": "string", "format": "binary"}
    content = {each: {"schema": {} if "json" in each else binary} for each in media_types}
    return {"responses": {200: {"description": "The file", "content": content}}}


def chunks_of(request: HttpRequest) -> Iterator[bytes]:
    """The body piece by piece: it is never in memory as a whole, and in no file that is not encrypted."""
    while chunk := request.read(CHUNK):
        yield chunk


def send_file(
    pieces: Iterable[str] | Iterable[bytes], *, name: str, media_type: str
) -> HttpResponse:
    """The file, streamed. Raises what the first piece raises: a refusal is no file that ends too early."""
    answer = StreamingHttpResponse(FilePieces(pieces), content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    # A streamed answer is no HttpResponse to Django's types, though to its middleware.
    return cast(HttpResponse, answer)
