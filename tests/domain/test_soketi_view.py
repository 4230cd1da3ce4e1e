"""soketi's view of single records. The real classes judge generated ones in tests/soketi."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from apps_admin.domain.fields import FLAGS, Flag
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import LIMITS, Limit
from apps_admin.domain.soketi_view import SecretState, SoketiView, Verdict, soketi_view

BASE: dict[str, AttributeValue] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": "a-secret-of-the-tests"},
}


def view_of(attributes: dict[str, AttributeValue | None] | None = None) -> SoketiView:
    merged = BASE | (attributes or {})
    return soketi_view(
        RawItem(attributes={name: value for name, value in merged.items() if value is not None})
    )


def view_of_webhooks(*webhooks: Any) -> SoketiView:
    return view_of({"Webhooks": {"S": json.dumps(webhooks)}})


TRUTH: list[tuple[AttributeValue | None, bool, bool, bool]] = [
    # stored, Enabled, EnableClientMessages, EnableUserAuthentication
    (None, True, False, False),
    ({"NULL": True}, True, False, False),
    ({"BOOL": True}, True, True, True),
    ({"BOOL": False}, False, False, False),
    ({"N": "1"}, True, True, True),
    ({"N": "-0.5"}, True, True, True),
    ({"N": "0"}, False, False, False),
    ({"S": "true"}, True, True, True),
    ({"S": "false"}, True, True, True),
    ({"S": "0"}, True, True, True),
    ({"S": ""}, True, False, False),
    ({"B": b"true"}, True, True, True),
    ({"B": b" Yes "}, True, True, True),
    ({"B": b"false"}, True, False, True),
    ({"B": b""}, True, False, True),
    ({"B": b"\x00"}, True, False, True),
    ({"B": b"\xb6\xbb\x9e"}, True, False, True),
    ({"L": []}, True, True, True),
    ({"M": {}}, True, True, True),
    ({"SS": ["false"]}, True, True, True),
]


@pytest.mark.parametrize(("stored", "enabled", "client_messages", "authentication"), TRUTH)
def test_flags_follow_the_truth_table(
    stored: AttributeValue | None,
    enabled: bool,
    client_messages: bool,
    authentication: bool,
) -> None:
    expected = (enabled, client_messages, authentication)
    for flag, value in zip(Flag, expected, strict=True):
        assert view_of({FLAGS[flag].attribute: stored}).flag(flag).value is value


def test_bytes_work_for_client_messages_only_under_the_attributes_own_name() -> None:
    view = view_of({"enable_client_messages": {"B": b"false"}})
    assert view.client_messages.value
    assert view.client_messages.source == "enable_client_messages"


@pytest.mark.parametrize(
    ("limit", "negative", "zero", "text"),
    [
        (Limit.MAX_CONNECTIONS, "unlimited", "unlimited", "unlimited"),
        (Limit.MAX_BACKEND_EVENTS_PER_SECOND, "unlimited", "blocked", Decimal(4)),
        (Limit.MAX_CLIENT_EVENTS_PER_SECOND, "unlimited", "blocked", Decimal(4)),
        (Limit.MAX_READ_REQUESTS_PER_SECOND, "unlimited", "blocked", Decimal(4)),
        *((limit, "blocked", "blocked", "unlimited") for limit in list(Limit)[4:]),
    ],
)
def test_limits_follow_the_edges(limit: Limit, negative: Any, zero: Any, text: Any) -> None:
    def value(stored: AttributeValue) -> Any:
        return view_of({LIMITS[limit].attribute: stored}).limits[limit].value

    assert value({"N": "-1"}) == negative
    assert value({"N": "0"}) == zero
    assert value({"S": "many"}) == text
    assert value({"BOOL": True}) == text
    assert value({"S": " 3"}) == value({"N": "3"}) == Decimal(3)
    default = LIMITS[limit].server_default
    expected = "unlimited" if default is None else default
    assert value({"S": ""}) == value({"NULL": True}) == expected


@pytest.mark.parametrize(
    ("stored", "whole", "decimal"),
    [
        ({"N": "2.9"}, Decimal(2), Decimal("2.9")),
        ({"N": "1e21"}, Decimal(1), Decimal(10**21)),
        ({"S": "0x10"}, Decimal(16), "blocked"),
        ({"S": "12kb"}, Decimal(12), Decimal(12)),
        ({"L": [{"N": "5"}]}, Decimal(5), Decimal(5)),
        ({"B": b"7"}, Decimal(7), Decimal(7)),
        ({"S": "Infinity"}, "unlimited", "unlimited"),
    ],
)
def test_numbers_are_read_as_parse_int_and_parse_float_do(
    stored: AttributeValue, whole: Any, decimal: Any
) -> None:
    view = view_of({"MaxEventBatchSize": stored, "MaxEventPayloadInKb": stored})
    assert view.limits[Limit.MAX_EVENT_BATCH_SIZE].value == whole
    assert view.limits[Limit.MAX_EVENT_PAYLOAD_IN_KB].value == decimal


def test_the_last_present_name_wins() -> None:
    view = view_of(
        {
            "maxConnections": {"N": "3"},
            "MaxConnections": {"N": "1"},
            "max_connections": {"N": "5"},
            "enabled": {"BOOL": False},
            "Enabled": {"BOOL": True},
        }
    )
    assert view.limits[Limit.MAX_CONNECTIONS].value == Decimal(5)
    assert view.limits[Limit.MAX_CONNECTIONS].source == "max_connections"
    assert view.enabled.value
    assert view.enabled.source == "Enabled"


def test_empty_names_do_not_win() -> None:
    view = view_of({"MaxConnections": {"N": "1"}, "max_connections": {"S": ""}})
    assert view.limits[Limit.MAX_CONNECTIONS].source == "record"
    view = view_of({"Enabled": {"NULL": True}, "enabled": {"BOOL": False}})
    assert not view.enabled.value
    assert not view.accepts_connections


def test_a_record_without_key_is_found_over_http_alone() -> None:
    for key in (None, {"N": "5"}):
        view = view_of({"AppKey": key})
        assert view.http.found
        assert not view.websocket.found
        assert not view.found
        assert "AppKeyIndex" in view.reason
        assert not view.accepts_connections
    assert view_of({"AppKey": None}).key == "app-key"
    assert view_of({"AppKey": None, "key": {"S": "other"}}).key == "other"


@pytest.mark.parametrize(
    ("attributes", "state"),
    [
        ({}, SecretState.STORED),
        ({"AppSecret": None}, SecretState.DEFAULT),
        ({"AppSecret": {"S": ""}}, SecretState.DEFAULT),
        ({"AppSecret": {"NULL": True}}, SecretState.DEFAULT),
        ({"AppSecret": None, "secret": {"S": "x"}}, SecretState.STORED),
        ({"AppSecret": {"B": b"x"}}, SecretState.STORED),
        ({"AppSecret": {"N": "5"}}, SecretState.CRASHES),
        ({"AppSecret": {"BOOL": False}}, SecretState.CRASHES),
        ({"AppSecret": {"L": []}}, SecretState.CRASHES),
    ],
)
def test_the_secret_is_stored_public_or_a_crash(
    attributes: dict[str, AttributeValue | None], state: SecretState
) -> None:
    assert view_of(attributes).secret_state is state


def test_an_empty_set_anywhere_hides_the_app() -> None:
    view = view_of({"Tags": {"L": [{"SS": []}]}})
    assert not view.http.found
    assert view.unreadable
    assert "aws-sdk" in view.reason


def test_a_limit_that_cannot_be_read_hides_the_app_but_for_connections() -> None:
    broken: AttributeValue = {"M": {"toString": {"S": "x"}}}
    assert not view_of({"MaxEventBatchSize": broken}).found
    view = view_of({"MaxConnections": broken})
    assert view.found
    assert not view.accepts_connections


GOOD = {"url": "https://example.com/hook", "event_types": ["client_event"]}


@pytest.mark.parametrize(
    "webhook",
    [
        None,
        "text",
        5,
        [],
        {},
        {"url": "https://example.com"},
        {"event_types": None},
        {"event_types": 5},
        {"event_types": {"0": "client_event"}},
        {"event_types": True},
    ],
)
def test_a_webhook_without_event_types_hides_the_app(webhook: Any) -> None:
    view = view_of_webhooks(GOOD, webhook)
    assert not view.found
    assert not view.websocket.found
    assert "Webhook 2" in view.reason
    assert [each.verdict for each in view.webhooks] == [Verdict.KEPT, Verdict.LETHAL]


@pytest.mark.parametrize(
    ("webhook", "verdict"),
    [
        (GOOD, Verdict.KEPT),
        ({**GOOD, "event_types": "client_event, cache_miss"}, Verdict.KEPT),
        ({**GOOD, "event_types": []}, Verdict.IGNORED),
        ({**GOOD, "event_types": ""}, Verdict.IGNORED),
        ({**GOOD, "event_types": ["cache_missed", None, 5]}, Verdict.IGNORED),
        ({"event_types": ["client_event"]}, Verdict.IGNORED),
        ({**GOOD, "url": "ftp://example.com"}, Verdict.IGNORED),
        ({**GOOD, "url": "nonsense"}, Verdict.IGNORED),
        ({**GOOD, "url": 5}, Verdict.IGNORED),
        ({**GOOD, "url": "http://[::bad"}, Verdict.IGNORED),
        ({"lambda_function": "f", "event_types": ["client_event"]}, Verdict.LETHAL),
        ({"lambda_function": "f", "lambda": None, "event_types": ["client_event"]}, Verdict.LETHAL),
        ({"lambda_function": "f", "lambda": {}, "event_types": ["client_event"]}, Verdict.KEPT),
        ({"lambda_function": "f", "lambda": 0, "event_types": ["client_event"]}, Verdict.KEPT),
        ({"lambda_function": "f", "event_types": ["unknown"]}, Verdict.IGNORED),
        ({**GOOD, "lambda_function": "f"}, Verdict.KEPT),
        (
            {**GOOD, "filter": {"channel_name_starts_with": {"toString": 1}}},
            Verdict.LETHAL,
        ),
    ],
)
def test_each_webhook_gets_a_verdict(webhook: Any, verdict: Verdict) -> None:
    (judged,) = view_of_webhooks(webhook).webhooks
    assert judged.verdict is verdict
    assert bool(judged.reason) == (verdict is not Verdict.KEPT)
    assert view_of_webhooks(webhook).found


@pytest.mark.parametrize(
    "options",
    [
        {"region": 5},
        {"region": ["eu-west-1"]},
        {"client_options": {"region": True}},
        {"client_options": {"apiConfig": "x"}},
        {"client_options": {"apiVersions": None}},
        {"client_options": {"apiVersion": 5}},
        {"client_options": {"apiVersion": "2000-01-01"}},
        {"client_options": {"apiVersion": {"toString": 1}}},
        {"client_options": {"signatureVersion": "V4"}},
        {"client_options": {"signatureVersion": 4}},
        {"client_options": {"endpointDiscoveryEnabled": True, "endpoint": "https://x"}},
    ],
)
def test_lambda_options_that_aws_sdk_throws_at_are_lethal(options: Any) -> None:
    hook = {"lambda_function": "f", "lambda": options, "event_types": ["cache_miss"]}
    (judged,) = view_of_webhooks(hook).webhooks
    assert judged.verdict is Verdict.LETHAL
    assert not judged.hides_app
    assert "shuts down" in judged.reason


@pytest.mark.parametrize(
    "options",
    [
        {"region": ""},
        {"region": "eu-west-1", "async": True},
        {"region": 5, "client_options": {"endpoint": "http://127.0.0.1:1"}},
        {"region": 5, "client_options": {"region": "eu-west-1"}},
        {"client_options": "text"},
        {"client_options": {"apiVersion": "2015-03-31", "signatureVersion": "v4"}},
        {"client_options": {"apiVersion": "", "credentials": 5}},
    ],
)
def test_lambda_options_that_aws_sdk_bears_are_kept(options: Any) -> None:
    hook = {"lambda_function": "f", "lambda": options, "event_types": ["cache_miss"]}
    (judged,) = view_of_webhooks(hook).webhooks
    assert judged.verdict is Verdict.KEPT


NATIVE: AttributeValue = {
    "L": [
        {
            "M": {
                "url": {"S": "https://example.com/hook"},
                "event_types": {"L": [{"S": "client_event"}]},
            }
        }
    ]
}
TEXT = json.dumps([GOOD])


@pytest.mark.parametrize(
    "stored",
    [{"S": TEXT}, {"S": f" {TEXT}\n"}, {"S": json.dumps(TEXT)}, {"B": TEXT.encode()}, NATIVE],
)
def test_webhooks_are_read_in_every_form_soketi_bears(stored: AttributeValue) -> None:
    (webhook,) = view_of({"Webhooks": stored}).webhooks
    assert webhook.verdict is Verdict.KEPT


@pytest.mark.parametrize(
    ("stored", "dropped"),
    [
        ({"S": "["}, True),
        ({"S": ""}, False),
        ({"S": "{}"}, True),
        ({"S": "5"}, True),
        ({"S": "\ufeff[]"}, True),
        ({"S": "[NaN]"}, True),
        ({"S": '"nonsense"'}, True),
        ({"M": {}}, True),
        ({"SS": ["[]"]}, True),
        ({"N": "5"}, True),
        ({"S": "[]"}, False),
        ({"S": "null"}, False),
        ({"NULL": True}, False),
        ({"L": []}, False),
    ],
)
def test_unreadable_webhooks_are_silently_none(stored: AttributeValue, dropped: bool) -> None:
    view = view_of({"Webhooks": stored})
    assert view.webhooks == ()
    assert view.found
    assert bool(view.webhooks_dropped) is dropped


def test_null_webhooks_give_way_to_the_alias_and_broken_ones_do_not() -> None:
    alias: AttributeValue = {"S": TEXT}
    assert len(view_of({"Webhooks": {"S": "null"}, "webhooks": alias}).webhooks) == 1
    assert len(view_of({"Webhooks": {"NULL": True}, "webhooks": alias}).webhooks) == 1
    assert view_of({"Webhooks": {"S": "["}, "webhooks": alias}).webhooks == ()
    broken = view_of({"Webhooks": {"NULL": True}, "webhooks": {"S": "["}})
    assert broken.webhooks_dropped


def test_event_types_of_the_set_type_hide_the_app_and_bytes_do_not() -> None:
    def with_types(types: AttributeValue) -> SoketiView:
        webhook = {"M": {"url": {"S": "https://x.example"}, "event_types": types}}
        return view_of({"Webhooks": {"L": [webhook]}})

    assert not with_types({"SS": ["client_event"]}).found
    assert with_types({"B": b"client_event"}).webhooks[0].verdict is Verdict.KEPT


@pytest.mark.parametrize("depth", [1_000, 10_000, 50_000])
def test_deep_webhooks_are_judged_like_any_other(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    assert not view_of({"Webhooks": {"S": deep}}).found
    text = f'[{{"url":"https://x.example","event_types":["client_event"],"x":{deep}}}]'
    assert view_of({"Webhooks": {"S": text}}).webhooks[0].verdict is Verdict.KEPT


def test_repeated_names_count_as_javascript_counts_them() -> None:
    text = '[{"url":"https://x.example","event_types":["client_event"],"event_types":null}]'
    assert not view_of({"Webhooks": {"S": text}}).found


def test_the_json_is_the_apis_shape_without_the_secret() -> None:
    view = view_of({"MaxConnections": {"N": "100"}, "MaxEventPayloadInKb": {"N": "0.5"}})
    shown = view.to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert "a-secret-of-the-tests" not in json.dumps(shown) + repr(view)
    assert shown["limits"]["max_connections"] == {"value": 100, "source": "record"}
    assert shown["limits"]["max_event_payload_in_kb"] == {"value": 0.5, "source": "record"}
    assert shown["limits"]["max_channel_name_length"] == {"value": 200, "source": "default"}
    assert {name: shown[name] for name in ("found", "accepts_connections", "enabled")} == {
        "found": True,
        "accepts_connections": True,
        "enabled": True,
    }
