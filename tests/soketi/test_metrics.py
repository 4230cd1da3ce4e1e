"""The metrics of a soketi node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from apps_admin.soketi.client import fetch_text, probe_handshake
from apps_admin.soketi.metrics import app_metrics, parse_metrics
from tests.soketi.client import pusher_client
from tests.soketi.records import an_item
from tests.soketi.server import SoketiServer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def test_it_reads_labels_with_quotes_and_passes_over_what_is_no_sample() -> None:
    text = 'soketi_x{app_id="a\\"b\\\\,}\\n",port="1"} 3\n# HELP x\nnonsense line here too\ny NaN\n'
    first, second = parse_metrics(text)
    assert (first.name, first.labels, first.value) == (
        "soketi_x",
        {"app_id": 'a"b\\,}\n', "port": "1"},
        3,
    )
    assert second.name == "y"


def test_an_app_that_was_never_used_has_no_counts() -> None:
    assert app_metrics(parse_metrics('soketi_connected{app_id="a"} 1'), "b").connected is None


def test_it_sums_an_app_over_ports() -> None:
    text = 'soketi_connected{app_id="a",port="1"} 1\nsoketi_connected{app_id="a",port="2"} 2\n'
    assert app_metrics(parse_metrics(text), "a").connected == 3


@pytest.mark.soketi
def test_the_real_gauge_sinks_below_zero_after_refusals(
    soketi_server: SoketiServer, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    dynamodb_client.put_item(
        TableName=apps_table, Item=dict(an_item(Enabled={"BOOL": False}).attributes)
    )
    assert probe_handshake(soketi_server.url, "shop-key").code == 4003
    metrics = app_metrics(parse_metrics(fetch_text(f"{soketi_server.metrics_url}/metrics")), "shop")
    assert metrics.connected == -1
    assert metrics.connected_is_impossible


@pytest.mark.soketi
def test_it_counts_connections_and_messages_of_the_real_server(
    soketi_server: SoketiServer, dynamodb_client: DynamoDBClient, apps_table: str
) -> None:
    dynamodb_client.put_item(TableName=apps_table, Item=dict(an_item().attributes))
    with pusher_client(soketi_server, "shop-key") as client:
        client.subscribe("news")
        text = fetch_text(f"{soketi_server.metrics_url}/metrics")
    metrics = app_metrics(parse_metrics(text), "shop")
    assert (metrics.connected, metrics.new_connections) == (1, 1)
    assert metrics.messages_received
    assert metrics.sent_bytes
