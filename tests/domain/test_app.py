from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_admin.domain.app import App, AppEdit, NewApp
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.fields import FIELD_OF_ATTRIBUTE, FIELDS, FLAGS, Flag
from apps_admin.domain.item import AttributeValue, RawItem
from apps_admin.domain.limits import LIMITS, Limit, check_limit
from tests.domain.test_item import values

HOOKS = '[{"url":"https://example.com/hook","event_types":["client_event"]}]'
SECRET = "a-secret-of-the-tests"
BASE: dict[str, AttributeValue] = {
    "AppId": {"S": "shop"},
    "AppKey": {"S": "shop-key"},
    "AppSecret": {"S": SECRET},
}
# Whatever a record may hold besides: odd types under known names and aliases, and names soketi does not read.
attribute_names = st.sampled_from(sorted(FIELD_OF_ATTRIBUTE)) | st.text(min_size=1, max_size=6)
records = st.dictionaries(attribute_names, values, max_size=10).map(
    lambda some: App(RawItem(attributes={**some, "AppId": {"S": "shop"}}))
)


def an_app(**attributes: AttributeValue) -> App:
    return App(RawItem(attributes={**BASE, **attributes}))


def changed_names(before: App, after: App) -> set[str]:
    return set(before.item.changes_to(after.item).names)


@given(records, st.sampled_from(Flag), st.booleans())
def test_a_flag_changes_its_attribute_and_aliases_and_nothing_else(
    app: App,
    flag: Flag,
    value: bool,
) -> None:
    after = app.with_flag(flag, value)
    assert changed_names(app, after) <= set(FLAGS[flag].names)
    assert after.item.get(FLAGS[flag].attribute) == {"BOOL": value}
    if not after.view.unreadable:
        assert after.flag(flag) is value
        assert after.view.flag(flag).source == FLAGS[flag].attribute


@given(records, st.sampled_from(Limit), st.none() | st.integers(1, 10**9))
def test_a_limit_changes_its_attribute_and_aliases_and_nothing_else(
    app: App, limit: Limit, value: int | None
) -> None:
    after = app.with_limit(limit, value)
    assert changed_names(app, after) <= set(LIMITS[limit].names)
    if not after.view.unreadable:
        assert after.limits[limit] == value
        assert after.view.limits[limit].source == ("default" if value is None else "record")


@given(records, st.none() | st.just(HOOKS))
def test_webhooks_change_their_attribute_and_aliases_and_nothing_else(
    app: App, text: str | None
) -> None:
    after = app.with_webhooks(text)
    assert changed_names(app, after) <= {"Webhooks", "webhooks"}
    assert after.webhooks_text == (text or "")
    if not after.view.unreadable:
        assert len(after.view.webhooks) == (1 if text else 0)


@given(records)
def test_a_secret_changes_its_attribute_and_alias_and_nothing_else(app: App) -> None:
    after = app.with_secret("another-secret-of-the-tests")
    assert changed_names(app, after) <= {"AppSecret", "secret"}
    if not after.view.unreadable:
        assert after.secret == "another-secret-of-the-tests"


@given(records)
def test_disabling_always_disables_and_enabling_enables(app: App) -> None:
    if not app.view.unreadable:
        assert not app.disabled().is_enabled
        assert not app.disabled().view.accepts_connections
        assert app.disabled().enabled().is_enabled


@given(records)
def test_every_record_can_be_read(app: App) -> None:
    assert set(app.limits) == set(Limit)
    assert isinstance(app.webhooks_text, str)
    assert not set(app.unknown) & set(FIELD_OF_ATTRIBUTE)
    assert isinstance(app.secret, str)


def test_the_documented_bytes_are_really_disabled() -> None:
    app = an_app(Enabled={"B": b"false"})
    assert app.is_enabled
    assert app.disabled().item.get("Enabled") == {"BOOL": False}
    assert not app.disabled().is_enabled


def test_an_edit_of_one_limit_keeps_everything_else() -> None:
    odd: dict[str, AttributeValue] = {
        "Digits": {"N": "12345678901234567890123456789012345678"},
        "Tags": {"SS": ["b", "a"]},
        "Blob": {"B": b"\x00\xff"},
        "Nested": {"M": {"L": {"L": [{"NULL": True}]}}},
        "<script>": {"S": "alert(1)"},
    }
    app = an_app(**odd, MaxConnections={"N": "5"}, max_connections={"N": "7"})
    after = AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal(9)}).apply_to(app)
    changes = app.item.changes_to(after.item)
    assert changes.set == {"MaxConnections": {"N": "9"}}
    assert changes.remove == ("max_connections",)
    assert {name: after.item.get(name) for name in odd} == odd


def test_webhooks_that_differ_only_in_layout_stay_byte_for_byte() -> None:
    stored = '[ {"url": "https://example.com/hook", "event_types": ["client_event"]} ]'
    app = an_app(Webhooks={"S": stored})
    assert not changed_names(app, app.with_webhooks(HOOKS))
    assert app.with_webhooks(HOOKS).item.get("Webhooks") == {"S": stored}


def test_webhooks_are_stored_compact_with_what_soketi_does_not_know() -> None:
    text = '[\n  {"url": "https://x.example", "event_types": [], "note": 1.50, "n": 1e400}\n]'
    after = an_app().with_webhooks(text)
    compact = '[{"url":"https://x.example","event_types":[],"note":1.50,"n":1e400}]'
    assert after.item.get("Webhooks") == {"S": compact}


def test_webhooks_come_from_the_attribute_soketi_takes() -> None:
    for passed_over in ({"NULL": True}, {"S": " null"}, {"S": '""'}):
        assert an_app(Webhooks=passed_over, webhooks={"S": HOOKS}).webhooks_text == HOOKS
    assert an_app(Webhooks={"S": "["}, webhooks={"S": HOOKS}).webhooks_text == "["
    assert an_app(Webhooks={"S": ""}, webhooks={"S": HOOKS}).webhooks_text == ""


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ({"S": HOOKS}, HOOKS),
        ({"S": "not json"}, "not json"),
        ({"S": json.dumps(HOOKS)}, HOOKS),
        ({"B": HOOKS.encode()}, HOOKS),
        ({"NULL": True}, ""),
        ({"L": []}, "[]"),
        ({"L": [{"N": "12345678901234567890.10"}]}, "[\n  12345678901234567890.10\n]"),
        ({"L": [{"M": {"é": {"SS": ["x"]}}}]}, '[\n  {\n    "é": [\n      "x"\n    ]\n  }\n]'),
    ],
)
def test_webhooks_read_as_text_whatever_their_form(stored: AttributeValue, text: str) -> None:
    assert an_app(Webhooks=stored).webhooks_text == text


@pytest.mark.parametrize(
    ("stored", "value"),
    [
        ({"N": "100"}, Decimal(100)),
        ({"S": "100px"}, Decimal(100)),
        ({"N": "-5"}, Decimal(-1)),
        ({"N": "0"}, Decimal(0)),
        ({"S": "many"}, None),
        ({"NULL": True}, None),
    ],
)
def test_a_limit_is_the_number_soketi_reads(stored: AttributeValue, value: Decimal | None) -> None:
    assert an_app(MaxConnections=stored).limits[Limit.MAX_CONNECTIONS] == value


def test_a_blocking_limit_shows_its_number() -> None:
    app = an_app(MaxEventBatchSize={"N": "-3"})
    assert app.limits[Limit.MAX_EVENT_BATCH_SIZE] == Decimal(-3)


def test_only_a_missing_key_can_be_set() -> None:
    app = App(RawItem(attributes={"AppId": {"S": "shop"}}))
    assert app.with_key("new-key").key == "new-key"
    assert an_app().with_key("shop-key").key == "shop-key"
    for stored in ({"S": "shop-key"}, {"N": "5"}):
        with pytest.raises(ValidationError, match="fixed"):
            an_app(AppKey=stored).with_key("other")


def test_only_attributes_soketi_ignores_can_be_removed() -> None:
    app = an_app(Notes={"S": "x"})
    assert changed_names(app, app.without_attribute("Notes")) == {"Notes"}
    for name in ("AppId", "Enabled", "max_connections"):
        with pytest.raises(ValidationError, match="soketi reads"):
            app.without_attribute(name)


def test_nothing_secret_shows_in_a_repr() -> None:
    shown = [
        repr(an_app()),
        repr(NewApp(secret=SECRET, webhooks_text=f'[{{"headers":{{"X":"{SECRET}"}}}}]')),
        repr(AppEdit(secret=SECRET, webhooks_text=SECRET)),
        repr(an_app().view),
    ]
    assert SECRET not in "".join(shown)


def test_a_new_app_has_canonical_types_only() -> None:
    item = NewApp(
        id="shop",
        key="shop-key",
        secret=SECRET,
        limits={Limit.MAX_CONNECTIONS: Decimal("1e2"), Limit.MAX_EVENT_BATCH_SIZE: None},
        webhooks_text=HOOKS,
        unknown={"Notes": {"S": "x"}},
    ).to_item()
    assert item.attributes == {
        **BASE,
        "Enabled": {"BOOL": True},
        "EnableClientMessages": {"BOOL": False},
        "EnableUserAuthentication": {"BOOL": False},
        "MaxConnections": {"N": "100"},
        "Webhooks": {"S": HOOKS},
        "Notes": {"S": "x"},
    }


def test_two_new_apps_share_nothing() -> None:
    one, other = NewApp(), NewApp()
    assert {one.id, one.key, one.secret}.isdisjoint({other.id, other.key, other.secret})
    assert App(one.to_item()).view.accepts_connections


def test_every_fault_of_a_new_app_is_told_at_once() -> None:
    new_app = NewApp(
        id="a/b",
        key="",
        secret="",
        limits={Limit.MAX_EVENT_NAME_LENGTH: Decimal(0)},
        webhooks_text="[{}]",
        unknown={"Enabled": {"S": "x"}},
    )
    with pytest.raises(ValidationError) as caught:
        new_app.to_item()
    assert set(caught.value.errors) == {
        "id",
        "key",
        "secret",
        "max_event_name_length",
        "webhooks",
        "unknown_attributes",
    }


def test_an_empty_edit_changes_nothing() -> None:
    app = an_app(Enabled={"B": b"false"}, max_connections={"S": "odd"})
    assert AppEdit().apply_to(app).item == app.item


def test_an_edit_removes_with_none() -> None:
    app = an_app(MaxConnections={"N": "5"}, Webhooks={"S": HOOKS})
    after = AppEdit(limits={Limit.MAX_CONNECTIONS: None}, webhooks_text=None).apply_to(app)
    assert set(after.item.attributes) == {"AppId", "AppKey", "AppSecret"}


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (AppEdit(key="other"), "key"),
        (AppEdit(secret=""), "secret"),
        (AppEdit(limits={Limit.MAX_CHANNEL_NAME_LENGTH: Decimal(-1)}), "max_channel_name_length"),
        (AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal("NaN")}), "max_connections"),
        (AppEdit(limits={Limit.MAX_CONNECTIONS: Decimal("1e21")}), "max_connections"),
        (AppEdit(webhooks_text="[{}]"), "webhooks"),
        (AppEdit(webhooks_text="["), "webhooks"),
        (AppEdit(webhooks_text="{}"), "webhooks"),
        (AppEdit(removed=("Enabled",)), "attribute"),
    ],
)
def test_a_faulty_edit_is_refused_under_its_field(edit: AppEdit, field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        edit.apply_to(an_app())
    assert list(caught.value.errors) == [field]


def test_an_old_fault_does_not_block_another_edit() -> None:
    app = App(
        RawItem(
            attributes={
                "AppId": {"S": "a/b"},
                "AppSecret": {"N": "5"},
                "MaxEventBatchSize": {"N": "-1"},
                "Webhooks": {"S": "[{}]"},
            }
        )
    )
    after = AppEdit(is_enabled=False, limits={Limit.MAX_CONNECTIONS: Decimal(5)}).apply_to(app)
    assert changed_names(app, after) == {"Enabled", "MaxConnections"}


def test_a_fault_that_an_edit_repeats_is_not_held_against_it() -> None:
    app = an_app(MaxEventBatchSize={"N": "-1"}, Webhooks={"S": "[{}]"}, AppSecret={"S": ""})
    edit = AppEdit(
        limits={Limit.MAX_EVENT_BATCH_SIZE: Decimal(-1)}, webhooks_text="[ {} ]", secret=""
    )
    assert edit.apply_to(app).item == app.item


def test_a_record_too_large_for_dynamodb_is_refused() -> None:
    hooks = json.dumps(
        [{"url": "https://x.example/" + "x" * 390_000, "event_types": ["client_event"]}]
    )
    fits = AppEdit(webhooks_text=hooks).apply_to(an_app())
    assert len(fits.webhooks_text) > 390_000
    with pytest.raises(ValidationError) as caught:
        AppEdit(webhooks_text=hooks).apply_to(an_app(Notes={"S": "x" * 20_000}))
    assert "400 KB" in caught.value.errors["item"][0]


def test_a_record_that_is_too_large_already_can_be_made_smaller() -> None:
    app = an_app(Notes={"S": "x" * 410_000}, Webhooks={"S": HOOKS})
    assert AppEdit(webhooks_text=None).apply_to(app).webhooks_text == ""
    assert not AppEdit(removed=("Notes",)).apply_to(app).unknown


limit_values = st.none() | st.decimals(-3, 10**17, allow_nan=True, places=2)


@given(records, st.sampled_from(Limit), limit_values)
def test_whatever_an_edit_lets_through_soketi_reads_as_it_was_meant(
    app: App, limit: Limit, value: Decimal | None
) -> None:
    try:
        after = AppEdit(limits={limit: value}).apply_to(app)
    except ValidationError:
        assert check_limit(limit, value)
        return
    if after.view.unreadable or (value is not None and check_limit(limit, value)):
        return
    effective: Any = after.view.limits[limit]
    if value is None:
        assert effective.source == "default"
    elif value > 0:
        assert effective.value == value
    else:
        assert LIMITS[limit].allows_unlimited


def test_no_attribute_name_stands_for_two_fields() -> None:
    assert len(FIELDS) == 18
    assert len(FIELD_OF_ATTRIBUTE) == sum(len(stored.names) for stored in FIELDS.values())
