"""moto with authorization on, and with the resources it leaves out: for the tests of policies only.

moto checks signature, action and policy, but every action against the resource `*`, answers a refusal as XML with 403,
and calls PartiQL's actions by the name of the operation. This makes it judge each request on the table, index, function
or connection that it names, as AWS does. It does not evaluate conditions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import settings as moto_settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.dynamodb.responses import DynamoHandler
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import iam_backends
from werkzeug.exceptions import HTTPException

from tests.generators.live import Endpoint, Wsgi, moto_endpoint

ACCOUNT = "123456789012"
DENIED = json.dumps(
    {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "not authorized"}
)
PARTIQL = {
    "SELECT": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}
Keys = Mapping[str, str]
SESSION = boto3.session.Session()


def table_resource(body: Mapping[str, Any], region: str) -> str:
    """The ARN of the table or index a DynamoDB request is about; `*` for requests about none."""
    if "ResourceArn" in body:
        return str(body["ResourceArn"])
    name = body.get("TableName") or next(iter(body.get("RequestItems", {})), "")
    if not name and "Statement" in body:
        name = re.findall(r'(?:FROM|INTO|UPDATE)\s+"([^"]+)"', body["Statement"])[0]
    if not name:
        return "*"
    arn = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{name}"
    return f"{arn}/index/{body['IndexName']}" if body.get("IndexName") else arn


@contextmanager
def enforcing_endpoint(patch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """moto that lets nobody do what no policy allows, once `enforce` was called."""
    real_call, real_action = DynamoHandler.call_action, DynamoHandler._get_action

    def resource_of_table(self: Any) -> str:
        return table_resource(json.loads(self.raw_body or b"{}"), self.region)

    def action_of(self: Any) -> str:
        action = real_action(self)
        if action != "ExecuteStatement" or not getattr(self, "is_authorizing", False):
            return str(action)
        return PARTIQL[json.loads(self.raw_body)["Statement"].split()[0].upper()]

    def call(self: Any) -> Any:
        self.is_authorizing = True
        try:
            self._authenticate_and_authorize_normal_action(resource_of_table(self))
        except HTTPException:
            return 400, {"Content-Type": "application/x-amz-json-1.0"}, DENIED
        finally:
            self.is_authorizing = False
        with unauthorized():
            return real_call(self)

    patch.setattr(DynamoHandler, "call_action", call)
    patch.setattr(DynamoHandler, "_get_action", action_of)
    with moto_endpoint(around=judged_by_path) as endpoint:
        try:
            yield endpoint
        finally:
            moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")


@contextmanager
def unauthorized() -> Iterator[None]:
    """What happens inside was authorized already."""
    before = ActionAuthenticatorMixin.request_count
    ActionAuthenticatorMixin.request_count = -(10**9)
    try:
        yield
    finally:
        ActionAuthenticatorMixin.request_count = before


def judged_by_path(app: Wsgi) -> Wsgi:
    """API Gateway's `@connections` and Lambda's invocations, judged by moto's own reading of the policies.

    moto lets the first pass unjudged, and takes the signature of the second for a wrong one.
    """

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        scope = re.search(r"Credential=([^/]+)/\d+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
        asked = scope and asked_by_path(environ, scope[2])
        if not (scope and asked):
            return app(environ, start_response)
        allowed = is_allowed(scope[1], *asked)
        code = "GoneException" if allowed else "AccessDeniedException"
        headers = [("x-amzn-ErrorType", code), ("Content-Type", "application/json")]
        start_response("410 Gone" if allowed else "403 Forbidden", headers)
        return [b"{}"]

    return answer


def asked_by_path(environ: Mapping[str, Any], region: str) -> tuple[str, str] | None:
    """The action and the ARN that a path of API Gateway's or Lambda's stands for."""
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    if found := re.fullmatch(r"/([^/]+)/([^/]+)/@connections/(.+)", path):
        api, stage, connection = found.groups()
        place = f"arn:aws:execute-api:{region}:{ACCOUNT}:{api}/{stage}"
        return "execute-api:ManageConnections", f"{place}/{method}/@connections/{connection}"
    if found := re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", path):
        return "lambda:InvokeFunction", f"arn:aws:lambda:{region}:{ACCOUNT}:function:{found[1]}"
    return None


def is_allowed(access_key: str, action: str, resource: str) -> bool:
    """Whether the policies of the key's owner allow it, as moto reads them."""
    backend = iam_backends[ACCOUNT]["aws"]
    for user in backend.list_users("/", None, None):
        if any(key.access_key_id == access_key for key in user.access_keys):
            policies = [
                backend.get_user_policy(user.name, name)
                for name in backend.list_user_policies(user.name)
            ]
            verdicts = {IAMPolicy(p).is_action_permitted(action, resource) for p in policies}
            return (
                PermissionResult.PERMITTED in verdicts and PermissionResult.DENIED not in verdicts
            )
    return False


def make_user(endpoint: Endpoint, name: str, *documents: Mapping[str, Any]) -> Keys:
    """A user with exactly these policies, and its access key."""
    iam = client(endpoint, "iam", endpoint.keys)
    iam.create_user(UserName=name)
    for number, document in enumerate(documents):
        iam.put_user_policy(
            UserName=name, PolicyName=f"p{number}", PolicyDocument=json.dumps(document)
        )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def enforce() -> None:
    """From now on every request is judged."""
    moto_settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    ActionAuthenticatorMixin.request_count = 0


def client(endpoint: Endpoint, service: str, keys: Keys, region: str = "us-east-1") -> Any:
    """A plain client with these keys."""
    return SESSION.client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint.url,
        region_name=region,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )
