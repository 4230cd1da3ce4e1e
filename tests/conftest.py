"""Settings and fixtures that every test shares."""

from __future__ import annotations

import functools
import itertools
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import hypothesis
import pytest
from botocore.loaders import create_loader
from django.conf import settings
from django.core.management.commands import flush
from django.db import transaction

from tests.golden_files import GoldenFiles
from tests.postgresql import copy_database, find_programs, running_postgresql
from tests.soketi.fixtures import soketi_installed, soketi_server, soketi_starter  # noqa: F401

if TYPE_CHECKING:
    from _pytest.reports import TestReport as Report
    from mypy_boto3_dynamodb import DynamoDBClient
    from pytest_django import DjangoDbBlocker
    from pytest_django.fixtures import Settings

# A busy machine is no bug of the code under test.
hypothesis.settings.register_profile(
    "console", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("console")


ModuleDatabase: TypeAlias = Callable[[], AbstractContextManager[None]]
LONG_FILES = {
    "browser",
    "test_cdk.py",
    "test_processes.py",
    "test_scripts.py",
    "test_serve.py",
    "test_serverless.py",
    "test_templates.py",
}
SQL_FOLDERS = {"jobs", "models", "services"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What leans on SQL carries the marker `sql`: it runs on PostgreSQL too. Long files come first."""
    for item in items:
        uses_sql = item.get_closest_marker("django_db") or "db" in getattr(item, "fixturenames", ())
        is_portable = item.get_closest_marker("sqlite") is None
        if uses_sql and is_portable and item.path.parent.name in SQL_FOLDERS:
            item.add_marker(pytest.mark.sql)
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if workers > 1:
        items[:] = deal(items, workers)


def deal(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The order in which no worker has a long file left when the others are done.

    `--dist worksteal` gives each worker one of as many equal pieces, from which the idle steal the end.
    """
    long: list[pytest.Item] = []
    short: list[pytest.Item] = []
    for item in items:
        is_long = LONG_FILES & {item.path.name, item.path.parent.name}
        (long if is_long else short).append(item)
    rest = iter(short)
    files = sorted({item.path for item in long})
    order: list[pytest.Item] = []
    for number in range(workers):
        mine = set(files[number::workers])
        order += [item for item in long if item.path in mine]
        missing = len(items) * (number + 1) // workers - len(order)
        order += itertools.islice(rest, max(missing, 0))
    return [*order, *rest]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Report, Report]:
    """Where CI=true nothing may be left out: a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} was left out, which CI=true does not allow: {report.longrepr}"
        )
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-golden`: write the golden files instead of comparing with them (`make golden`)."""
    parser.addoption("--write-golden", action="store_true", help="write the golden files anew")
    parser.addoption(
        "--write-screenshots", action="store_true", help="take the README's pictures anew"
    )


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> GoldenFiles:
    """Files that hold what a test expects."""
    return GoldenFiles(writes=request.config.getoption("--write-golden"))


@pytest.fixture(scope="session", autouse=True)
def _aws_models_read_once() -> Iterator[None]:
    """Each test's connections are its own; what AWS's services look like need not be parsed anew for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", functools.cache(create_loader))
        yield


@pytest.fixture(scope="session", autouse=True)
def _nothing_made_after_a_flush() -> Iterator[None]:
    """Transactional tests end with empty tables; Django's content types, which nothing here uses, stay out too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_kwargs: None)
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file with the console's tables, to be copied for consoles in processes of their own."""
    path = tmp_path_factory.mktemp("sqlite") / "console.sqlite3"
    migrate(f"sqlite:///{path}", path.parent)
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an empty PostgreSQL database with the console's tables, to be copied like that file."""
    programs = find_programs()
    if programs is None:
        pytest.skip("needs PostgreSQL")
    with running_postgresql(programs) as url:
        migrate(url, tmp_path_factory.mktemp("postgresql"))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def console_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database for consoles in processes of their own, once of each kind."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path)
        return f"sqlite:///{path}"
    return copy_database(request.getfixturevalue("migrated_postgresql"))


def migrate(database_url: str, var_dir: Path) -> None:
    """Make the console's tables as an operator would."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "LOCAL_RUN": "true",
            "VAR_DIR": str(var_dir),
            "DATABASE_URL": database_url,
        },
        check=True,
    )


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    """The URL of a fresh DynamoDB engine in memory: one process per test worker, ended with it."""
    from apps_admin.aws.embedded_engine import engine_in_memory
    from apps_admin.aws.engine_package import fetch_engine

    with engine_in_memory(fetch_engine(settings.EMBEDDED_ENGINE_DIR)) as engine:
        yield engine.endpoint


@pytest.fixture(scope="session")
def dynamodb_client(dynamodb_endpoint: str) -> DynamoDBClient:
    """A bare boto3 client on the engine, to arrange and to see what the table holds."""
    import boto3

    return boto3.session.Session().client(
        "dynamodb",
        endpoint_url=dynamodb_endpoint,
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )


@pytest.fixture(scope="module")
def module_db(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[ModuleDatabase]:
    """For rows that all tests of a module find and none keeps changed: `with module_db():` writes them.

    They stand in a transaction around the tests', so no test of the module may be transactional itself.
    """
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
    yield django_db_blocker.unblock
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def apps_table(dynamodb_client: DynamoDBClient) -> Iterator[str]:
    """The name of a fresh, empty apps table with the schema soketi needs."""
    table = f"apps-{secrets.token_hex(4)}"
    dynamodb_client.create_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "AppId", "AttributeType": "S"},
            {"AttributeName": "AppKey", "AttributeType": "S"},
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
    yield table
    dynamodb_client.delete_table(TableName=table)


@pytest.fixture
def default_connection(
    apps_table: str,
    dynamodb_endpoint: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The slug of the default connection, pointed at the fresh table by soketi's own settings."""
    settings.EMBEDDED_ENGINE = False
    settings.DYNAMODB_TABLE = apps_table
    settings.DYNAMODB_REGION = "us-east-1"
    settings.DYNAMODB_ENDPOINT = dynamodb_endpoint
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return "default"
