"""What each identity policy lets its holder do, and nothing else: judged by an emulator that enforces it.

Every call is tried with every policy: on the table the policy is for, on another table, and in another region. The
outcome is the matrix in docs/permissions.md. Conditions are taken out first, because no emulator evaluates them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from apps_admin.aws.app_repository import DynamoAppRepository
from apps_admin.aws.tables import DynamoTables
from apps_admin.domain.connection import Connection
from apps_admin.domain.item import RawItem
from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import creation_parameters
from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.inputs import Feature
from apps_admin.generators.policies.purpose import PolicyKind
from apps_admin.services.sample_apps import sample_items
from apps_admin.services.tables import BootstrapRequest, _bootstrap
from tests.generators.enforcement import (
    Keys,
    client,
    enforce,
    enforcing_endpoint,
    make_user,
)
from tests.generators.live import Endpoint
from tests.generators.node_tools import node_tools, run
from tests.generators.policy_cases import least
from tests.golden_files import GoldenFiles

TABLE, OTHER_TABLE, OTHER_REGION = "apps", "other", "eu-west-1"
KEY = {"AppId": {"S": "shop"}}
INDEX = {"IndexName": "AppKeyIndex"}
QUERY = {
    "KeyConditionExpression": "AppKey = :k",
    "ExpressionAttributeValues": {":k": {"S": "shop-key"}},
}
QUERY_TABLE = {
    "KeyConditionExpression": "AppId = :k",
    "ExpressionAttributeValues": {":k": {"S": "shop"}},
}
NEW_KEYS = {"AppId": {"S": "shop"}, "AppKey": {"S": "shop-key"}}

Call = Callable[[Any, str], object]


def arn_of(dynamodb: Any, table: str) -> str:
    return f"arn:aws:dynamodb:{dynamodb.meta.region_name}:123456789012:table/{table}"


def partiql(statement: str) -> Call:
    return lambda db, table: db.execute_statement(Statement=statement.replace("TABLE", table))


# Every call a party could try on a table. None does harm that a later one would notice.
TABLE_CALLS: Mapping[str, Call] = {
    "GetItem": lambda db, t: db.get_item(TableName=t, Key=KEY),
    "BatchGetItem": lambda db, t: db.batch_get_item(RequestItems={t: {"Keys": [KEY]}}),
    "Query (table)": lambda db, t: db.query(TableName=t, **QUERY_TABLE),
    "Query (index)": lambda db, t: db.query(TableName=t, **INDEX, **QUERY),
    "Scan (table)": lambda db, t: db.scan(TableName=t),
    "Scan (index)": lambda db, t: db.scan(TableName=t, **INDEX),
    "PutItem": lambda db, t: db.put_item(TableName=t, Item=NEW_KEYS),
    "UpdateItem": lambda db, t: db.update_item(
        TableName=t,
        Key=KEY,
        UpdateExpression="SET Enabled = :e",
        ExpressionAttributeValues={":e": {"BOOL": True}},
    ),
    "DeleteItem": lambda db, t: db.delete_item(TableName=t, Key={"AppId": {"S": "nobody"}}),
    "BatchWriteItem": lambda db, t: db.batch_write_item(
        RequestItems={t: [{"PutRequest": {"Item": NEW_KEYS}}]}
    ),
    "PartiQLSelect": partiql("SELECT * FROM \"TABLE\" WHERE AppId = 'shop'"),
    "PartiQLInsert": partiql("INSERT INTO \"TABLE\" VALUE {'AppId': 'new', 'AppKey': 'k'}"),
    "PartiQLUpdate": partiql("UPDATE \"TABLE\" SET Enabled = true WHERE AppId = 'shop'"),
    "PartiQLDelete": partiql("DELETE FROM \"TABLE\" WHERE AppId = 'nobody'"),
    "DescribeTable": lambda db, t: db.describe_table(TableName=t),
    "CreateTable": lambda db, t: db.create_table(**creation_parameters(TableDesign(name=t))),
    "UpdateTable": lambda db, t: db.update_table(TableName=t, BillingMode="PAY_PER_REQUEST"),
    "DeleteTable": lambda db, t: db.delete_table(TableName=t),
    "DescribeTimeToLive": lambda db, t: db.describe_time_to_live(TableName=t),
    "UpdateTimeToLive": lambda db, t: db.update_time_to_live(
        TableName=t, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    ),
    "DescribeContinuousBackups": lambda db, t: db.describe_continuous_backups(TableName=t),
    "UpdateContinuousBackups": lambda db, t: db.update_continuous_backups(
        TableName=t, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    ),
    "CreateBackup": lambda db, t: db.create_backup(TableName=t, BackupName="copy"),
    "ListTagsOfResource": lambda db, t: db.list_tags_of_resource(ResourceArn=arn_of(db, t)),
    "TagResource": lambda db, t: db.tag_resource(
        ResourceArn=arn_of(db, t), Tags=[{"Key": "a", "Value": "b"}]
    ),
    "UntagResource": lambda db, t: db.untag_resource(ResourceArn=arn_of(db, t), TagKeys=["a"]),
}
# Calls about no table, and of other services: once on what the policy names, once on something else.
OTHER_CALLS: Mapping[str, tuple[str, Callable[[Any], object], Callable[[Any], object] | None]] = {
    "ListTables": ("dynamodb", lambda db: db.list_tables(), None),
    "InvokeFunction": (
        "lambda",
        lambda lam: lam.invoke(FunctionName="on-event"),
        lambda lam: lam.invoke(FunctionName="another"),
    ),
}
CONNECTION_CALLS: Mapping[str, Callable[[Any], object]] = {
    "ManageConnections GET": lambda api: api.get_connection(ConnectionId="abc"),
    "ManageConnections POST": lambda api: api.post_to_connection(ConnectionId="abc", Data=b"x"),
    "ManageConnections DELETE": lambda api: api.delete_connection(ConnectionId="abc"),
}


@dataclass(frozen=True, kw_only=True)
class Party:
    """A purpose, what it is written for, and the calls it may make."""

    name: str
    may: frozenset[str]
    purpose: str = ""
    inputs: Mapping[str, Any] | None = None

    @property
    def document(self) -> dict[str, Any]:
        name = self.purpose or self.name
        return without_conditions(PURPOSES[name].document(least(name, **(self.inputs or {}))))


READS = {"DescribeTable", "GetItem", "BatchGetItem", "Scan (table)", "Query (index)"}
WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
HEALTH = {"DescribeTimeToLive", "DescribeContinuousBackups", "ListTagsOfResource"}
COPY_READS = {
    *("GetItem", "BatchGetItem", "Query (table)", "Scan (table)", "DescribeTable"),
    "PartiQLSelect",
}
COPY_WRITES = {"PutItem", "UpdateItem", "BatchWriteItem", "PartiQLInsert", "PartiQLUpdate"}
BOOTSTRAP = {
    *("CreateTable", "DescribeTable", "UpdateTable", "DescribeTimeToLive", "UpdateTimeToLive"),
    *("DescribeContinuousBackups", "UpdateContinuousBackups", "TagResource", "ListTagsOfResource"),
}
FUNCTION = {"functions": ("on-event",)}
EVERYTHING = {"features": frozenset({Feature.HEALTH})}
LIST_TABLES = {"features": frozenset({Feature.LIST_TABLES})}


def party(name: str, *may: str, purpose: str = "", **inputs: Any) -> Party:
    return Party(name=name, may=frozenset(may), purpose=purpose, inputs=inputs)


PARTIES = (
    party("soketi-server", "GetItem", "Query (index)"),
    party(
        "soketi-server + function",
        *("GetItem", "Query (index)", "InvokeFunction"),
        purpose="soketi-server",
        **FUNCTION,
    ),
    party("console-operator", *READS, *WRITES),
    party(
        "console-operator + all",
        *READS,
        *WRITES,
        *HEALTH,
        "InvokeFunction",
        purpose="console-operator",
        **FUNCTION,
        **EVERYTHING,
    ),
    party("console-viewer", *READS),
    party(
        "console-viewer + all",
        *READS,
        *HEALTH,
        purpose="console-viewer",
        **EVERYTHING,
    ),
    party(
        "console-viewer-no-secret",
        *(READS - {"BatchGetItem"}),
        *("Query (table)", "Scan (index)"),
    ),
    party("bootstrap", *BOOTSTRAP),
    party(
        "bootstrap + seed",
        *BOOTSTRAP,
        "PutItem",
        purpose="bootstrap",
        features=frozenset({Feature.SEED}),
    ),
    party("copy-source", *COPY_READS),
    party(
        "copy-source + list-tables", *COPY_READS, "ListTables", purpose="copy-source", **LIST_TABLES
    ),
    party("copy-destination", *COPY_READS, *COPY_WRITES),
    party("lawcket", "PutItem", "DeleteItem", "ManageConnections POST"),
    party(
        "console-lawcket",
        *("DescribeTable", "DescribeTimeToLive", "Scan (table)", "GetItem", "DeleteItem"),
        *CONNECTION_CALLS,
    ),
    party("tenant", "GetItem", "PutItem", "UpdateItem"),
)


def without_conditions(document: Mapping[str, Any]) -> dict[str, Any]:
    statements = [
        {key: part for key, part in statement.items() if key != "Condition"}
        for statement in document["Statement"]
    ]
    return {**document, "Statement": statements}


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The tables of the tests, in an emulator that enforces policies as soon as `enforce` is called."""
    with enforcing_endpoint(monkeypatch) as running:
        for region, name in (
            ("us-east-1", TABLE),
            ("us-east-1", OTHER_TABLE),
            (OTHER_REGION, TABLE),
        ):
            dynamodb = client(running, "dynamodb", running.keys, region)
            dynamodb.create_table(**creation_parameters(TableDesign(name=name)))
            dynamodb.put_item(TableName=name, Item=NEW_KEYS)
        yield running


def is_denied(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in {"AccessDeniedException", "AccessDenied"}
    return False


def tried_on_tables(endpoint: Endpoint, keys: Keys) -> Iterator[tuple[str, bool, bool]]:
    """Each call's name, whether it is allowed on the table, whether anywhere else."""
    here = client(endpoint, "dynamodb", keys)
    elsewhere = client(endpoint, "dynamodb", keys, OTHER_REGION)
    for name, call in TABLE_CALLS.items():
        yield (
            name,
            not is_denied(lambda call=call: call(here, TABLE)),  # type: ignore[misc]
            not is_denied(lambda call=call: call(here, OTHER_TABLE))  # type: ignore[misc]
            or not is_denied(lambda call=call: call(elsewhere, TABLE)),  # type: ignore[misc]
        )


def tried_on_others(endpoint: Endpoint, keys: Keys) -> Iterator[tuple[str, bool, bool]]:
    for name, (service, ours, another) in OTHER_CALLS.items():
        caller = client(endpoint, service, keys)
        yield (
            name,
            not is_denied(lambda: ours(caller)),  # noqa: B023 - called at once
            another is not None and not is_denied(lambda: another(caller)),  # noqa: B023
        )
    for name, call in CONNECTION_CALLS.items():
        apis = []
        for path in ("a1b2c3d4e5/prod", "a1b2c3d4e5/test", "zzzzzzzzzz/prod"):
            place = Endpoint(f"{endpoint.url}/{path}", [])
            apis.append(client(place, "apigatewaymanagementapi", keys))
        ours_allowed, *others = [not is_denied(lambda: call(api)) for api in apis]  # noqa: B023
        yield name, ours_allowed, any(others)


def test_each_policy_allows_its_calls_and_no_other(endpoint: Endpoint, golden: GoldenFiles) -> None:
    keys = {
        one.name: make_user(endpoint, f"user-{number}", one.document)
        for number, one in enumerate(PARTIES)
    }
    enforce()
    rows: dict[str, dict[str, bool]] = {}
    for one in PARTIES:
        tried = [
            *tried_on_tables(endpoint, keys[one.name]),
            *tried_on_others(endpoint, keys[one.name]),
        ]
        assert {name for name, allowed, _ in tried if allowed} == one.may, one.name
        assert [name for name, _, elsewhere in tried if elsewhere] == [], one.name
        rows[one.name] = {name: allowed for name, allowed, _ in tried}
    golden.check(Path("docs/permissions.md"), matrix(rows))


PREAMBLE = """\
# What each policy allows

Written by `tests/generators/test_permissions.py` (`make golden`). Every call was tried with every policy on an emulator
that enforces it: on the table the policy is for (`yes` where it was allowed, nothing where it was denied), on another
table and in another region (all denied), and for Lambda and API Gateway on the named function, API and stage and on
others (all others denied).

Not proven here, only linted: conditions (`console-viewer-no-secret`, `tenant`, `kms-*`, `vpc-only`), the log statement
of `lawcket`, replicas in `bootstrap`, trust policies, and the policy of a VPC endpoint.
"""


def matrix(rows: Mapping[str, Mapping[str, bool]]) -> str:
    """The table of docs/permissions.md."""
    calls = list(next(iter(rows.values())))
    lines = [
        *PREAMBLE.splitlines(),
        "",
        "| call | " + " | ".join(f"`{name}`" for name in rows) + " |",
        "|---|" + "---|" * len(rows),
    ]
    for call in calls:
        cells = ["yes" if row[call] else "" for row in rows.values()]
        lines.append(f"| {call} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_every_identity_policy_is_in_the_matrix_or_says_it_is_not_proven() -> None:
    tried = {one.purpose or one.name for one in PARTIES}
    for name, purpose in PURPOSES.items():
        if purpose.kind is PolicyKind.IDENTITY and name not in tried:
            assert "linted only" in purpose.unproven_note, name


def test_a_deny_outside_the_endpoint_beats_every_allow(endpoint: Endpoint) -> None:
    denied = without_conditions(PURPOSES["vpc-only"].document(least("vpc-only")))
    operator = PURPOSES["console-operator"].document(least("console-operator"))
    keys = make_user(endpoint, "fenced", operator, denied)
    enforce()
    assert not [name for name, allowed, _ in tried_on_tables(endpoint, keys) if allowed]


def user_of(endpoint: Endpoint, name: str, **inputs: Any) -> Keys:
    document = PURPOSES[name].document(least(name, **inputs))
    return make_user(endpoint, name, without_conditions(document))


def test_soketi_itself_finds_an_app_by_id_and_by_key(
    endpoint: Endpoint, soketi_installed: None
) -> None:
    node_tools()
    keys = user_of(endpoint, "soketi-server")
    folder = Path(__file__).parent
    enforce()
    env = {
        **keys,
        "NODE_PATH": str(folder.parent / "soketi" / "node_modules"),
        "SOKETI_APP_MANAGER_DYNAMODB_TABLE": TABLE,
        "SOKETI_APP_MANAGER_DYNAMODB_ENDPOINT": endpoint.url,
    }
    command = ["node", "--no-warnings", "soketi_lookup.cjs", "shop", "shop-key"]
    done = run(command, cwd=folder, env=env)
    assert json.loads(done.stdout) == ["shop", "shop"], done.stderr


def repository(endpoint: Endpoint, keys: Keys) -> DynamoAppRepository:
    return DynamoAppRepository(client(endpoint, "dynamodb", keys), TABLE)


@pytest.mark.parametrize("inputs", [{}, EVERYTHING], ids=["least", "all features"])
def test_the_console_of_an_operator_works(endpoint: Endpoint, inputs: dict[str, Any]) -> None:
    apps = repository(endpoint, user_of(endpoint, "console-operator", **inputs))
    enforce()
    new = RawItem(attributes={"AppId": {"S": "new"}, "AppKey": {"S": "new-key"}})
    changed = new.with_attribute("Enabled", {"BOOL": False})
    apps.create(new)
    apps.update(new, changed)
    assert apps.get("new") == changed
    assert [match.app_id for match in apps.find_by_key("new-key")] == ["new"]
    assert set(apps.get_many(["new", "shop"])) == {"new", "shop"}
    apps.delete(changed)
    assert [item.app_id for item in apps.scan().items] == ["shop"]


def test_the_console_of_a_viewer_reads(endpoint: Endpoint) -> None:
    keys = user_of(endpoint, "console-viewer", **EVERYTHING)
    apps = repository(endpoint, keys)
    tables = DynamoTables(client(endpoint, "dynamodb", keys), Connection(slug="tests"))
    enforce()
    assert apps.get("shop").app_id == "shop"
    assert [match.app_id for match in apps.find_by_key("shop-key")] == ["shop"]
    assert [item.app_id for item in apps.scan().items] == ["shop"]
    live = tables.find(TABLE)
    assert live
    assert live.unread == ()


def test_bootstrap_creates_the_table_and_the_first_apps(endpoint: Endpoint) -> None:
    features = frozenset({Feature.SEED})
    keys = user_of(endpoint, "bootstrap", table="fresh", features=features)
    dynamodb = client(endpoint, "dynamodb", keys)
    tables = DynamoTables(dynamodb, Connection(slug="tests", table="fresh"))
    enforce()
    design = TableDesign(
        name="fresh", expiry_attribute="expiresAt", recovery_days=7, tags={"team": "realtime"}
    )
    report = _bootstrap(tables, BootstrapRequest(design=design))
    assert report.is_as_wanted, report.to_json()
    for item in sample_items(3):
        DynamoAppRepository(dynamodb, "fresh").create(item)


def test_copying_reads_the_source_and_writes_the_destination(endpoint: Endpoint) -> None:
    source = client(endpoint, "dynamodb", user_of(endpoint, "copy-source", **LIST_TABLES))
    keys = user_of(endpoint, "copy-destination", table=OTHER_TABLE)
    destination = client(endpoint, "dynamodb", keys)
    enforce()
    assert TABLE in source.list_tables()["TableNames"]
    assert source.describe_table(TableName=TABLE)
    pages = source.get_paginator("scan").paginate(TableName=TABLE)
    items = [item for page in pages for item in page["Items"]]
    destination.batch_write_item(
        RequestItems={OTHER_TABLE: [{"PutRequest": {"Item": item}} for item in items]}
    )
    assert destination.scan(TableName=OTHER_TABLE)["Items"] == items
