"""The whole console as operators run it, on a fresh engine, with a region's round trip in between."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import boto3
from botocore.config import Config

from apps_admin.aws.embedded_engine import engine_in_memory
from apps_admin.aws.engine_package import fetch_engine
from apps_admin.domain.app import NewApp
from apps_admin.domain.credentials import new_app_secret
from tests.benchmarks.delaying_proxy import delaying_proxy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
TABLE = "apps"
ADMIN = "admin"
READY_SECONDS = 60
LONGEST_IDLE = 10  # seconds
CSRF_FIELD = "csrfmiddlewaretoken"
CSRF_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Stand:
    """A running console. `client` is bare boto3 through the same delay as the console's own calls."""

    address: str
    client: DynamoDBClient
    direct_client: DynamoDBClient
    browser: Browser
    process_id: int
    environment: dict[str, str]


@dataclass
class Browser:
    """A signed-in HTTP client with one keep-alive connection."""

    address: str
    cookies: dict[str, str] = field(default_factory=dict)
    _connection: http.client.HTTPConnection | None = None
    _token: str = ""
    _used_at: float = 0.0

    def get(self, path: str) -> tuple[int, bytes]:
        """Fetch a page: status and body."""
        return self._send("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, bytes]:
        """Send a form with the CSRF token of the last page that had one."""
        return self._send("POST", path, urlencode({**fields, CSRF_FIELD: self._token}))

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept-Encoding": "gzip",
        }
        if body is not None:
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": self.address + path,
            }
        if time.monotonic() - self._used_at > LONGEST_IDLE:
            # Opened again by the request; the server closes what is kept for longer.
            self._connection.close()
        self._connection.request(method, path, body=body, headers=headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self._used_at = time.monotonic()
        if answer.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(cookie).items():
                self.cookies[name] = morsel.value
        if token := CSRF_TOKEN.search(content):
            self._token = token.group(1).decode()
        return answer.status, content


def bare_client(endpoint: str) -> DynamoDBClient:
    """boto3 as a careful script would make it: one client, kept."""
    return boto3.session.Session().client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="bench",
        aws_secret_access_key="bench",
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=32
        ),
    )


def app_id(number: int) -> str:
    """The id of the n-th app."""
    return f"app-{number:07}"


def load_apps(client: DynamoDBClient, count: int, *, first: int = 0) -> None:
    """Put `count` apps into the table, 25 at a time, by a few threads."""

    def put(start: int) -> None:
        items = [
            NewApp(
                id=app_id(number),
                key=f"key-{number:07}-{secrets.token_hex(4)}",
                secret=new_app_secret(),
            ).to_item()
            for number in range(start, min(start + 25, first + count))
        ]
        client.batch_write_item(
            RequestItems={TABLE: [{"PutRequest": {"Item": dict(i.attributes)}} for i in items]}
        )

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(put, range(first, first + count, 25)):
            pass


def make_table(client: DynamoDBClient) -> None:
    """The apps table as soketi needs it."""
    client.create_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("AppId", "AppKey")
        ],
        KeySchema=[{"AttributeName": "AppId", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "AppKeyIndex",
                "KeySchema": [{"AttributeName": "AppKey", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def stand(*, apps: int, delay: float = 0.005) -> Iterator[Stand]:
    """Start engine, proxy and console; sign in; end all of it afterwards. `delay` is in seconds per call."""
    with ExitStack() as stack:
        engine = stack.enter_context(engine_in_memory(fetch_engine(ROOT / "var" / "engine")))
        slow = stack.enter_context(delaying_proxy(engine.endpoint, seconds=delay))
        direct = bare_client(engine.endpoint)
        make_table(direct)
        load_apps(direct, apps)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        environment = console_environment(slow, folder)
        process = stack.enter_context(running_console(environment))
        address = f"http://127.0.0.1:{environment['PORT']}"
        browser = signed_in(address, environment["ADMIN_PASSWORD"])
        yield Stand(
            address=address,
            client=bare_client(slow),
            direct_client=direct,
            browser=browser,
            process_id=process.pid,
            environment=environment,
        )


def console_environment(endpoint: str, folder: Path) -> dict[str, str]:
    """What `make run` gets when it is pointed at that endpoint."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "LOCAL_RUN": "true",
        "VAR_DIR": str(folder),
        "PORT": str(port),
        "ADMIN_USERNAME": ADMIN,
        "ADMIN_PASSWORD": secrets.token_urlsafe(18),
        "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": endpoint,
        "SOKETI_APP_MANAGER_DYNAMODB_REGION": REGION,
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": TABLE,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def running_console(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`manage.py serve` until the block ends."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        deadline = time.monotonic() + READY_SECONDS
        for line in process.stdout:
            if line.startswith("Ready:"):
                break
            if time.monotonic() > deadline:
                raise SystemExit("the console did not get ready")
        else:
            raise SystemExit("the console ended before it was ready")
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def signed_in(address: str, password: str) -> Browser:
    """A browser after the sign-in form."""
    browser = Browser(address)
    browser.get("/sign-in/")
    status, body = browser.post("/sign-in/", {"login": ADMIN, "password": password})
    if status != http.client.FOUND:
        told = re.sub(rb"<[^>]+>", b" ", body).decode()
        raise SystemExit(f"sign-in answered {status}: {told[:300]}")
    return browser
