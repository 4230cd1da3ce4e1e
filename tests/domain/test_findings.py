from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.app import App, NewApp
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE
from apps_admin.domain.finding_webhooks import is_clean
from apps_admin.domain.findings import (
    RULES,
    DuplicateFacts,
    FindingSeverity,
    FixMode,
    TableFacts,
    find_findings,
    find_new_findings,
    fix_item,
)
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import Limit
from apps_admin.domain.soketi_view import soketi_view
from apps_admin.domain.webhook_request import header_problem
from apps_admin.domain.webhooks import lint_webhooks
from tests.domain.test_app import records

BASE: dict[str, AttributeValue] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": "a-secret-of-the-tests"},
    "Enabled": {"BOOL": True},
}
GOOD = {"url": "https://example.com/hook", "event_types": ["client_event"]}
READ, MEANT = FixMode.AS_READ, FixMode.AS_MEANT


def an_item(**attributes: AttributeValue | None) -> RawItem:
    merged = BASE | attributes
    return RawItem(attributes={name: value for name, value in merged.items() if value is not None})


def hooks(*webhooks: Any) -> AttributeValue:
    return {"S": json.dumps(webhooks)}


def codes(item: RawItem, severity: str = "") -> list[str]:
    return [each.code for each in find_findings(item) if severity in ("", each.severity.value)]


def test_a_good_record_has_no_findings() -> None:
    assert codes(an_item()) == []
    new = NewApp(
        allows_client_messages=True,
        limits=dict.fromkeys(Limit),
        webhooks_text=json.dumps([GOOD, GOOD | {"filter": {"channel_name_starts_with": "x"}}]),
    )
    assert codes(new.to_item()) == []


@pytest.mark.parametrize(
    ("change", "severity", "code"),
    [
        ({"Tags": {"L": [{"SS": []}]}}, "error", "app-unreadable"),
        ({"Enabled": {"B": b"false"}}, "error", "enabled-not-boolean"),
        ({"Enabled": {"S": "0"}}, "error", "enabled-not-boolean"),
        ({"Enabled": {"S": "true"}}, "warning", "enabled-not-boolean"),
        ({"Enabled": {"S": "perhaps"}}, "warning", "enabled-not-boolean"),
        ({"Enabled": {"N": "0"}}, "note", "enabled-not-boolean"),
        ({"Enabled": {"NULL": True}}, "note", "enabled-not-boolean"),
        ({"EnableClientMessages": {"S": "false"}}, "error", "client-messages-not-boolean"),
        ({"EnableClientMessages": {"B": b"false"}}, "warning", "client-messages-not-boolean"),
        ({"EnableUserAuthentication": {"B": b"false"}}, "error", "user-authentication-not-boolean"),
        ({"max_connections": {"N": "5"}}, "note", "alias-used"),
        (
            {"max_connections": {"N": "5"}, "MaxConnections": {"N": "9"}},
            "warning",
            "alias-overrides",
        ),
        ({"maxConnections": {"N": "5"}, "MaxConnections": {"N": "9"}}, "note", "alias-ignored"),
        ({"key": {"S": "other"}}, "note", "alias-ignored"),
        ({"MaxConnections": {"S": "many"}}, "error", "limit-not-a-number"),
        ({"MaxReadRequestsPerSecond": {"BOOL": True}}, "error", "limit-not-a-number"),
        ({"MaxEventBatchSize": {"M": {"toString": {"S": ""}}}}, "error", "limit-unreadable"),
        ({"MaxEventBatchSize": {"N": "-1"}}, "error", "limit-blocks-everything"),
        ({"MaxPresenceMembersPerChannel": {"N": "0"}}, "error", "limit-blocks-everything"),
        ({"MaxBackendEventsPerSecond": {"N": "0"}}, "warning", "rate-limit-zero"),
        ({"MaxConnections": {"N": "0"}}, "warning", "max-connections-zero"),
        ({"MaxConnections": {"N": "2.9"}}, "warning", "limit-read-differently"),
        ({"MaxConnections": {"N": "1e21"}}, "warning", "limit-read-differently"),
        ({"MaxConnections": {"S": "5 apps"}}, "warning", "limit-read-differently"),
        ({"MaxConnections": {"S": "5"}}, "note", "limit-not-number-type"),
        ({"MaxClientEventsPerSecond": {"N": "5"}}, "note", "client-event-limit-unused"),
        (
            {"MaxBackendEventsPerSecond": {"N": "5"}, "MaxEventBatchSize": {"N": "6"}},
            "note",
            "limit-beyond-rate",
        ),
        (
            {"MaxBackendEventsPerSecond": {"N": "5"}, "MaxEventChannelsAtOnce": {"N": "6"}},
            "note",
            "limit-beyond-rate",
        ),
        ({"AppSecret": None}, "error", "secret-missing"),
        ({"AppSecret": {"S": ""}}, "error", "secret-missing"),
        ({"AppSecret": {"S": "app-secret"}}, "error", "secret-default"),
        ({"AppSecret": {"N": "5"}}, "error", "secret-not-text"),
        ({"AppSecret": {"BOOL": True}}, "error", "secret-not-text"),
        ({"AppSecret": {"B": b"a-secret-of-the-tests"}}, "warning", "secret-bytes"),
        ({"AppSecret": {"S": "short"}}, "warning", "secret-weak"),
        ({"AppKey": None}, "error", "key-missing"),
        ({"AppKey": {"N": "5"}}, "error", "key-missing"),
        ({"AppId": {"S": "a/b"}}, "error", "id-unreachable"),
        ({"AppKey": {"S": "ключ"}}, "error", "key-unreachable"),
        ({"AppKey": {"S": "a%20b"}}, "error", "key-unreachable"),
        ({"AppId": {"S": "a+b"}}, "warning", "id-needs-care"),
        ({"AppKey": {"S": "a:b"}}, "warning", "key-needs-care"),
        ({"Webhooks": {"S": "["}}, "error", "webhooks-unparsable"),
        ({"Webhooks": {"S": "{}"}}, "error", "webhooks-unparsable"),
        ({"Webhooks": {"L": []}}, "note", "webhooks-not-text"),
        ({"Webhooks": {"B": b"[]"}}, "note", "webhooks-not-text"),
        ({"Webhooks": {"S": '"[]"'}}, "note", "webhooks-not-text"),
        ({"Webhooks": hooks({})}, "error", "webhook-hides-app"),
        (
            {"Webhooks": hooks({"lambda_function": "f", "event_types": ["cache_miss"]})},
            "error",
            "webhook-stops-server",
        ),
        ({"Webhooks": hooks({"event_types": ["cache_miss"]})}, "warning", "webhook-ignored"),
        ({"Webhooks": hooks({**GOOD, "url": "ftp://x"})}, "warning", "webhook-ignored"),
        (
            {"Webhooks": hooks({**GOOD, "url": "http://x.example"})},
            "warning",
            "webhook-plain-http",
        ),
        (
            {"Webhooks": hooks({**GOOD, "url": "https://a:b@x.example"})},
            "warning",
            "webhook-url-secret",
        ),
        (
            {"Webhooks": hooks({**GOOD, "filter": {"starts_with": "x"}})},
            "warning",
            "webhook-suspicious",
        ),
        ({"maxConnection": {"N": "5"}}, "warning", "attribute-lookalike"),
        ({"Webhook": {"S": "[]"}}, "warning", "attribute-lookalike"),
        ({"max_client_events_per_second": {"N": "5"}}, "warning", "attribute-lookalike"),
        ({"app_secret": {"S": "x"}}, "warning", "attribute-lookalike"),
        ({"Notes": {"S": "x" * 350_000}}, "warning", "item-large"),
        ({"Notes": {"S": "x" * 400_000}}, "error", "item-large"),
    ],
)
def test_each_fault_has_its_code_and_severity(
    change: dict[str, AttributeValue | None], severity: str, code: str
) -> None:
    assert code in codes(an_item(**change), severity)


@pytest.mark.parametrize(
    "change",
    [
        {"AppId": {"S": "a.b~c!'()*"}},
        {"Notes": {"S": "x"}},
        {"CreatedAt": {"N": "5"}},
        {"EnabledAt": {"N": "5"}},
        {"AppName": {"S": "x"}},
        {"MaxConnections": {"N": "-1"}},
        {"MaxConnections": {"N": "-5"}},
        {"MaxEventPayloadInKb": {"N": "0.5"}},
        {"Webhooks": {"NULL": True}},
        {"Webhooks": {"S": "[]"}},
    ],
)
def test_these_are_no_faults(change: dict[str, AttributeValue]) -> None:
    assert codes(an_item(**change)) == []


def test_facts_about_other_records_and_the_table_come_from_outside() -> None:
    found = find_findings(
        an_item(MaxConnections={"N": "5"}),
        others=DuplicateFacts(
            same_key=("a", "b", "c", "d"), key_is_my_id=("e",), id_is_my_key=("f",)
        ),
        table=TableFacts(projects_all=False, projected=frozenset({"AppId", "AppKey"})),
    )
    messages = {each.code: each.message for each in found}
    assert messages["key-duplicate"] == "Also the key of a, b, c and 1 more."
    assert messages["id-is-another-key"] == "The id is also the key of e."
    assert messages["key-is-another-id"] == "The key is also the id of f."
    assert (
        messages["index-not-all"]
        == "AppKeyIndex does not project AppSecret, Enabled, MaxConnections."
    )
    assert [each.code for each in find_findings(an_item(), table=TableFacts(has_index=False))] == [
        "index-missing"
    ]
    assert find_findings(an_item(), others=DuplicateFacts(), table=TableFacts()) == ()


def test_what_a_change_brings_is_told_and_nothing_that_was_there() -> None:
    before = an_item(Enabled={"B": b"false"})
    after = an_item(Enabled={"B": b"false"}, MaxConnections={"N": "0"})
    assert [each.code for each in find_new_findings(before, after)] == ["max-connections-zero"]
    assert find_new_findings(after, before) == ()
    assert find_new_findings(None, after) == find_findings(after)


def test_the_worst_comes_first() -> None:
    item = an_item(Enabled={"B": b"false"}, max_connections={"N": "5"}, AppSecret={"S": "short"})
    severities = [each.severity for each in find_findings(item)]
    assert severities == sorted(severities, key=list(FindingSeverity).index)


def test_no_finding_quotes_a_secret() -> None:
    item = an_item(
        AppSecret={"S": "hunter2"},
        Webhooks=hooks(
            {**GOOD, "url": "http://u:hunter2@x.example", "headers": {"A B": "hunter2"}}
        ),
    )
    assert "hunter2" not in json.dumps([each.to_json() for each in find_findings(item)])


def test_as_read_and_as_meant_differ_where_the_record_says_something_else() -> None:
    item = an_item(Enabled={"B": b"false"})
    assert fix_item(item, "enabled-not-boolean", READ).get("Enabled") == {"BOOL": True}
    assert fix_item(item, "enabled-not-boolean", MEANT).get("Enabled") == {"BOOL": False}


def test_bytes_that_a_tool_decoded_once_too_often_are_understood() -> None:
    item = an_item(EnableClientMessages={"B": b"\xb6\xbb\x9e"})  # base64 of this is "true"
    (found,) = find_findings(item)
    assert "says client messages on, but soketi reads client messages off" in found.message
    after = fix_item(item, found.code, MEANT)
    assert after.get("EnableClientMessages") == {"BOOL": True}


def test_a_flag_that_says_nothing_clear_has_no_meant_fix() -> None:
    with pytest.raises(ValidationError, match="nothing changes"):
        fix_item(an_item(Enabled={"S": "perhaps"}), "enabled-not-boolean", MEANT)


@pytest.mark.parametrize(
    ("change", "code", "mode", "attribute", "value"),
    [
        (
            {"max_connections": {"S": "5"}, "MaxConnections": {"N": "9"}},
            "alias-overrides",
            READ,
            "MaxConnections",
            {"N": "5"},
        ),
        (
            {"max_connections": {"S": "5"}, "MaxConnections": {"N": "9"}},
            "alias-overrides",
            MEANT,
            "MaxConnections",
            {"N": "9"},
        ),
        ({"max_connections": {"N": "5"}}, "alias-used", READ, "MaxConnections", {"N": "5"}),
        (
            {"Enabled": None, "enabled": {"N": "0"}},
            "alias-used",
            READ,
            "Enabled",
            {"BOOL": False},
        ),
        (
            {"AppSecret": None, "secret": {"S": "kept-in-the-alias"}},
            "alias-used",
            READ,
            "AppSecret",
            {"S": "kept-in-the-alias"},
        ),
        ({"webhooks": hooks(GOOD)}, "alias-used", READ, "Webhooks", None),
        ({"key": {"S": "x"}}, "alias-ignored", READ, "AppKey", {"S": "shop-key"}),
        ({"MaxEventBatchSize": {"N": "-1"}}, "limit-blocks-everything", MEANT, "", None),
        (
            {"MaxConnections": {"N": "0"}},
            "max-connections-zero",
            READ,
            "MaxConnections",
            {"N": "-1"},
        ),
        (
            {"MaxReadRequestsPerSecond": {"S": "x"}},
            "limit-not-a-number",
            READ,
            "MaxReadRequestsPerSecond",
            {"N": "4"},
        ),
        (
            {"MaxConnections": {"N": "2.9"}},
            "limit-read-differently",
            READ,
            "MaxConnections",
            {"N": "2"},
        ),
        (
            {"MaxConnections": {"S": "5"}},
            "limit-not-number-type",
            READ,
            "MaxConnections",
            {"N": "5"},
        ),
        ({"AppKey": None, "key": {"S": "alias"}}, "key-missing", MEANT, "AppKey", {"S": "alias"}),
        ({"Webhooks": {"S": "["}}, "webhooks-unparsable", READ, "Webhooks", None),
        ({"Webhooks": {"B": b"[ ]"}}, "webhooks-not-text", READ, "Webhooks", {"S": "[]"}),
    ],
)
def test_a_fix_writes_the_field_and_the_finding_is_gone(
    change: dict[str, AttributeValue | None],
    code: str,
    mode: FixMode,
    attribute: str,
    value: AttributeValue | None,
) -> None:
    before = an_item(**change)
    after = fix_item(before, code, mode)
    if value is not None:
        assert after.get(attribute) == value
    assert code not in codes(after)


def test_a_missing_lambda_object_can_be_added() -> None:
    hook = {"lambda_function": "f", "event_types": ["cache_miss"]}
    after = fix_item(an_item(Webhooks=hooks(GOOD, hook)), "webhook-stops-server", MEANT)
    assert json.loads(after.attributes["Webhooks"]["S"]) == [GOOD, {**hook, "lambda": {}}]
    assert codes(after) == []


def test_one_attribute_of_several_can_be_fixed_alone() -> None:
    item = an_item(MaxEventBatchSize={"N": "-1"}, MaxEventNameLength={"N": "0"})
    after = fix_item(item, "limit-blocks-everything", MEANT, attribute="MaxEventNameLength")
    assert item.changes_to(after).names == ("MaxEventNameLength",)
    both = fix_item(item, "limit-blocks-everything", MEANT)
    assert set(item.changes_to(both).names) == {"MaxEventBatchSize", "MaxEventNameLength"}


def test_a_record_without_the_finding_is_not_changed() -> None:
    with pytest.raises(ValidationError):
        fix_item(an_item(), "enabled-not-boolean", READ)


@given(records)
def test_every_fix_of_any_record_touches_only_its_field(app: App) -> None:
    for each in find_findings(app):
        assert each.code in RULES
        field = FIELD_OF_ATTRIBUTE.get(each.attribute)
        for fix in each.fixes:
            touched = set(app.item.changes_to(fix.apply(app).item).names)
            assert field is not None
            assert touched <= set(field.names)


@given(records)
def test_as_read_never_changes_what_soketi_does(app: App) -> None:
    before = app.view
    if before.unreadable:
        return
    for each in find_findings(app):
        for fix in each.fixes:
            if fix.mode is READ:
                after = soketi_view(fix.apply(app).item)
                assert [after.enabled.value, after.client_messages.value] == [
                    before.enabled.value,
                    before.client_messages.value,
                ]
                assert {name: limit.value for name, limit in after.limits.items()} == {
                    name: limit.value for name, limit in before.limits.items()
                }
                assert after.secret == before.secret
                assert len(after.webhooks) == len(before.webhooks)
                assert after.http.found == before.http.found


def test_every_code_is_found_by_a_test_above() -> None:
    source = Path(__file__).read_text()
    assert [code for code in RULES if not re.search(f'"{code}"', source)] == []


def test_the_documentation_lists_every_code_as_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs" / "findings.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{rule.code}` | {rule.severity.value} | {rule.title} | {rule.effect} |"
        for rule in RULES.values()
    ]


HEADERS = st.dictionaries(
    st.sampled_from(["X-Team", "X-Pusher-Key", "Authorization", "Host", "x-low", "common", "X-A b"])
    | st.from_regex(r"X-[A-Za-z-]{1,6}", fullmatch=True),
    st.text(max_size=6)
    | st.sampled_from(["shop", "Bearer one", "a\r\nb", "ü", "€"])
    | st.integers(),
    max_size=3,
)


@given(HEADERS)
def test_the_quick_look_never_hides_what_the_linter_says_of_headers(
    headers: dict[str, object],
) -> None:
    webhook = {
        "url": "https://example.com/hook",
        "event_types": ["cache_miss"],
        "headers": headers,
    }
    text = json.dumps([webhook], ensure_ascii=False)
    if is_clean(text):
        assert lint_webhooks(text) == ()
        assert header_problem(webhook) == ""


@pytest.mark.parametrize("number", [1, 24, 25, 60])
def test_a_large_record_is_found_however_its_size_is_made_up(number: int) -> None:
    many = {f"Attribute{n}": {"S": "x" * (310 * 1024 // number)} for n in range(number)}
    codes = {each.code for each in find_findings(an_item(**many))}
    assert "item-large" in codes
