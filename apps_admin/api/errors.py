"""What can be wrong with a request to the API before it means anything to the console."""

from __future__ import annotations

from typing import ClassVar

from apps_admin.domain.errors import ConsoleError


class RequestError(ConsoleError):
    """Base of the errors that only HTTP knows. Each has its status and title."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Not understood"


class MethodRefusedError(RequestError):
    """The address does not take this method."""

    code = "method_not_allowed"
    status = 405
    title = "Method not allowed"


class NotAcceptableError(RequestError):
    """The caller takes nothing the API can answer with."""

    code = "not_acceptable"
    status = 406
    title = "JSON only"


class RequestInProgressError(RequestError):
    """The first request with this Idempotency-Key has no answer yet, or never got one."""

    code = "request_in_progress"
    status = 409
    title = "No answer yet"


class BodyTooLargeError(RequestError):
    """The body is larger than anything DynamoDB could hold."""

    code = "body_too_large"
    status = 413
    title = "Body too large"


class MediaTypeError(RequestError):
    """The body is not declared as JSON in UTF-8."""

    code = "unsupported_media_type"
    status = 415
    title = "JSON only"


class MalformedBodyError(RequestError):
    """The body is not one JSON value that everybody reads alike."""

    code = "malformed_body"
    status = 422
    title = "Not JSON"


class IdempotencyKeyError(RequestError):
    """The Idempotency-Key cannot be used, or was used for something else."""

    code = "idempotency_key"
    status = 422
    title = "Idempotency-Key not usable"


class RevisionRequiredError(RequestError):
    """A change came without If-Match."""

    code = "revision_required"
    status = 428
    title = "If-Match needed"
