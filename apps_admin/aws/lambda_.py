"""Invokes the Lambda function of a webhook with a connection's own credentials, once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as UnreachableAWSError

from apps_admin.aws import errors
from apps_admin.aws.session import client_config, make_session
from apps_admin.domain.connection import Connection
from apps_admin.domain.delivery import Exchange, Timings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.literals import InvocationTypeType

CONNECT_TIMEOUT = 3.0
READ_TIMEOUT = 7.0
LARGEST_ANSWER = 64 * 1024
DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


def make_lambda_client(connection: Connection, region: str) -> LambdaClient:
    """A client in the webhook's region that tries once. Raises CredentialsError or ValidationError."""
    config = client_config(connect_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT, attempts=1)
    session = make_session(connection, config)
    try:
        client: Any = session.create_client("lambda", region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise errors.translate_set_up(error, connection) from errors.safe_cause(error)
    made: LambdaClient = client
    return made


def invoke_function(
    client: LambdaClient, *, function: str, payload: bytes, is_async: bool, dry_run: bool = False
) -> Exchange:
    """Invoke a function with this payload and report its answer.

    `dry_run` asks AWS whether it would, without running anything. Where AWS denies the call, the result is a dry run of
    our own: what would have been sent, and why it was not. Never raises for what AWS answers.
    """
    kind: InvocationTypeType = "DryRun" if dry_run else "Event" if is_async else "RequestResponse"
    began = time.monotonic()

    def ended(**result: Any) -> Exchange:
        return Exchange(
            address=client.meta.endpoint_url,
            request=payload,
            timings=Timings(total=time.monotonic() - began),
            **result,
        )

    try:
        answer = client.invoke(FunctionName=function, InvocationType=kind, Payload=payload)
        body = answer["Payload"].read(LARGEST_ANSWER + 1)
    except ClientError as error:
        return ended(**_refused(error, function))
    except (BotoCoreError, OSError) as error:
        return ended(failure=_explain(error))
    function_error = answer.get("FunctionError", "")
    return ended(
        status=answer["StatusCode"],
        reason=function_error,
        headers=tuple(answer["ResponseMetadata"].get("HTTPHeaders", {}).items()),
        body=body[:LARGEST_ANSWER],
        body_is_cut=len(body) > LARGEST_ANSWER,
        failure="The function ran and failed; its answer says why." if function_error else "",
        is_dry_run=dry_run,
    )


def _refused(error: ClientError, function: str) -> dict[str, Any]:
    code = errors.code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in DENIED:
        failure = (
            f"AWS denies lambda:InvokeFunction on {function} to this connection's credentials, so nothing was "
            "invoked: this is a dry run. soketi needs the same permission."
        )
        return {"status": status, "reason": code, "failure": failure, "is_dry_run": True}
    if code == "ResourceNotFoundException":
        return {"status": status, "reason": code, "failure": f"There is no function {function}."}
    return {"status": status, "reason": code, "failure": f"AWS refused the call with {code}."}


def _explain(error: Exception) -> str:
    if isinstance(error, NoCredentialsError):
        return "This connection has no AWS credentials to invoke the function with."
    if isinstance(error, ReadTimeoutError):
        return f"The function did not answer within {READ_TIMEOUT:g} seconds; it may still run."
    if isinstance(error, UnreachableAWSError | HTTPClientError | OSError):
        return "AWS Lambda cannot be reached from here."
    return f"The function could not be invoked: {type(error).__name__}."
