"""A DynamoDB endpoint that answers everything the generated scripts ask (moto), and notes what it was asked."""

from __future__ import annotations

import http.client
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from apps_admin.aws.tables import DynamoTables
from apps_admin.domain.connection import Connection
from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_comparison import Aspect, compare_table

KEYS = {"AWS_ACCESS_KEY_ID": "AKIATESTS", "AWS_SECRET_ACCESS_KEY": "tests"}
# What moto accepts but does not tell about in DescribeTable (Dynoxide does: tests/aws/test_tables.py).
NOT_TOLD_BY_MOTO = frozenset(
    {Aspect.MAXIMUM, Aspect.INDEX_MAXIMUM, Aspect.TABLE_CLASS, Aspect.REPLICAS}
)
_READS = ("Describe", "List")

Asked: TypeAlias = tuple[str, str, dict[str, Any]]  # region, operation, parameters
Wsgi: TypeAlias = Callable[[dict[str, Any], Any], Any]


class Endpoint:
    """Where it listens, and every call that changed something."""

    def __init__(self, url: str, asked: list[Asked]) -> None:
        self.url = url
        self._asked = asked

    @property
    def keys(self) -> dict[str, str]:
        """Credentials that arrange everything before anything is enforced."""
        return KEYS

    def env(self) -> dict[str, str]:
        """The environment in which the SDKs and the CLI come here."""
        return KEYS | {"AWS_ENDPOINT_URL": self.url, "AWS_EC2_METADATA_DISABLED": "true"}

    def asked_about(self, design: TableDesign) -> list[Asked]:
        """The changing calls about this design's table, in order."""
        return [asked for asked in self._asked if asked[2].get("TableName") == design.name]

    def differences(self, design: TableDesign) -> dict[Aspect, tuple[str, str]]:
        """How the table that a document made differs from the design it was written from."""
        live = DynamoTables(
            boto3.session.Session().client(
                "dynamodb",
                endpoint_url=self.url,
                region_name=design.region,
                aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            ),
            Connection(slug="tests", endpoint=self.url),
        ).find(design.name)
        assert live is not None, f"no table {design.name} in {design.region}"
        return {
            difference.aspect: (difference.wanted, difference.found)
            for difference in compare_table(design, live)
            if difference.aspect not in NOT_TOLD_BY_MOTO
        }


@contextmanager
def moto_endpoint(around: Callable[[Wsgi], Wsgi] = lambda app: app) -> Iterator[Endpoint]:
    """moto in a thread of its own, with no tables of an earlier test."""
    asked: list[Asked] = []
    app = around(_noting(DomainDispatcherApplication(create_backend_app), asked))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    _forget_everything(server.server_port)
    try:
        yield Endpoint(url, asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args: Any) -> None:
        """Nothing: a failing test says enough."""


def _noting(app: Wsgi, asked: list[Asked]) -> Wsgi:
    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        if operation and not operation.startswith(_READS):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", environ["HTTP_AUTHORIZATION"])
            asked.append((scope[1] if scope else "", operation, json.loads(body)))
        return app(environ, start_response)

    return answer


def _forget_everything(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/moto-api/reset", body=b"")
    assert connection.getresponse().status == 200
    connection.close()
