"""moto as an AWS that checks signatures and policies: DynamoDB, IAM and STS in one process of its own.

Run as a program it serves on the port given. moto judges every call against the resource `*` and answers DynamoDB's
refusals in XML with status 403; the hook below derives the ARN of the table or index, maps PartiQL to its own
actions, and answers as DynamoDB does.
"""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT = "123456789012"
EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """The access key of one user of the server."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class IamServer:
    """A running server and its all-powerful user."""

    url: str
    admin: KeyPair

    def client(self, service: str, keys: KeyPair | None = None) -> Any:
        """A client of the server, as its administrator unless said otherwise."""
        keys = keys or self.admin
        return botocore.session.Session().create_client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
        )

    @property
    def dynamodb(self) -> DynamoDBClient:
        """The administrator's DynamoDB client."""
        client: DynamoDBClient = self.client("dynamodb")
        return client

    def user_with(self, statements: list[dict[str, Any]]) -> KeyPair:
        """A new user whose only policy has these statements."""
        iam = self.client("iam")
        return _make_user(iam, f"user-{secrets.token_hex(4)}", statements)

    def role_with(self, statements: list[dict[str, Any]], trust: dict[str, Any]) -> str:
        """A new role with these statements and this trust statement; its ARN."""
        iam = self.client("iam")
        name = f"role-{secrets.token_hex(4)}"
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document([trust]))
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(statements))
        return str(role["Role"]["Arn"])


def document(statements: list[dict[str, Any]]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _make_user(iam: Any, name: str, statements: list[dict[str, Any]]) -> KeyPair:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return KeyPair(
        access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"], user=name
    )


@contextmanager
def iam_server() -> Iterator[IamServer]:
    """A running server with authorization on, ended with the block."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.aws.iam_server"]
    # moto prints a traceback for the unsigned request that asks for the time.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            nobody = KeyPair(access_key_id="AKIANOBODY", secret_access_key="x")
            iam = IamServer(url=url, admin=nobody).client("iam")
            admin = _make_user(iam, "admin", EVERYTHING)
            on = urllib.request.Request(f"{url}/moto-api/reset-auth", data=b"0")  # noqa: S310
            on.add_header("Content-Type", "text/plain")
            urllib.request.urlopen(on).close()  # noqa: S310
            yield IamServer(url=url, admin=admin)
        finally:
            process.terminate()


def hook() -> None:
    """Make moto's DynamoDB judge the ARN of what is asked for, and refuse as DynamoDB does."""
    from moto.core import exceptions
    from moto.core.responses import BaseResponse
    from moto.dynamodb import responses as dynamodb
    from moto.iam import access_control
    from moto.sts import responses as sts

    codes: dict[Any, str] = {
        exceptions.SignatureDoesNotMatchError: "InvalidSignatureException",
        exceptions.InvalidClientTokenIdError: "UnrecognizedClientException",
        exceptions.AccessDeniedError: "AccessDeniedException",
    }
    plain_authorize = BaseResponse._authenticate_and_authorize_normal_action
    plain_action = dynamodb.DynamoHandler._get_action

    def authorize(handler: Any, resource: str = "*") -> None:
        handler._get_action = lambda: _iam_action(handler, plain_action(handler))
        try:
            plain_authorize(handler, resource)
        except tuple(codes) as error:
            raise _refusal(codes[type(error)], error.message) from error
        finally:
            del handler._get_action

    def authorize_sts(handler: Any, resource: str = "*") -> None:
        # A web identity comes with a token instead of a signature.
        if "Authorization" in handler.headers:
            plain_authorize(handler, resource)

    def conditional_values(form: dict[str, Any]) -> dict[str, str]:
        # moto takes an external id that was not sent for the right one.
        return {"sts:ExternalId": form.get("ExternalId", [""])[0]}

    for place, name, replacement in (
        (access_control, "format_incoming_conditional_values", conditional_values),
        (dynamodb.DynamoHandler, "_determine_resource", _table_or_index),
        (dynamodb.DynamoHandler, "_authenticate_and_authorize_normal_action", authorize),
        (sts.TokenResponse, "_authenticate_and_authorize_normal_action", authorize_sts),
    ):
        setattr(place, name, replacement)


def _table_or_index(handler: Any) -> str:
    """The ARN of what a request is about; `*` for ListTables."""
    body = json.loads(handler.raw_body or b"{}")
    table = body.get("TableName") or next(iter(body.get("RequestItems") or {}), "")
    if "Statement" in body:
        table = body["Statement"].split('"')[1]
    if not table:
        return "*"
    index = f"/index/{body['IndexName']}" if body.get("IndexName") else ""
    return f"arn:aws:dynamodb:{handler.region}:{ACCOUNT}:table/{table}{index}"


def _iam_action(handler: Any, action: str) -> str:
    if action != "ExecuteStatement":
        return action
    first = json.loads(handler.raw_body)["Statement"].split()[0].title()
    return f"PartiQL{first}"


def _refusal(code: str, text: str) -> Exception:
    from werkzeug.exceptions import HTTPException

    refusal = HTTPException()
    refusal.code = 400
    refusal.description = json.dumps(
        {"__type": f"com.amazon.coral.service#{code}", "message": text}
    )
    return refusal


def serve() -> None:
    """Serve until ended; the first line printed is the address."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    hook()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    serve()
