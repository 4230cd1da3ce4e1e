from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from apps_admin.domain.item import AttributeValue, RawItem, same_value
from apps_admin.domain.masking import MASK, mask_url, mask_webhooks_text, masked_json, masked_value
from tests.domain.test_item import items

S3CRET = "hunter2"
HOOK = {
    "url": f"https://user:{S3CRET}@example.com/path?api_key={S3CRET}&page=2",
    "event_types": ["client_event"],
    "headers": {"Authorization": f"Bearer {S3CRET}", "X-Number": 5},
    "lambda": {
        "client_options": {"credentials": {"secretAccessKey": S3CRET}},
        "region": "eu-west-1",
    },
    "note": "kept",
}


def native(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"M": {name: native(part) for name, part in value.items()}}
    if isinstance(value, list):
        return {"L": [native(part) for part in value]}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


TEXT = json.dumps([HOOK])


@pytest.mark.parametrize("name", ["Webhooks", "webhooks", "Webhook", "web_hooks", "WebHooks-old"])
@pytest.mark.parametrize(
    "value",
    [
        {"S": TEXT},
        {"S": json.dumps([HOOK], indent=2)},
        {"S": json.dumps(TEXT)},
        {"S": json.dumps(json.dumps(TEXT))},
        {"S": TEXT[:-1]},
        {"S": TEXT + ","},
        {"S": f'[{{"headers": {{"A": "{S3CRET}", "A": "x"}}}}]'},
        {"S": f'[{{"headers": "{S3CRET}", "headers": null}}]'},
        {"S": f'[{{"HEADERS": ["{S3CRET}"]}}]'},
        {"S": json.dumps([TEXT])},
        {"S": json.dumps({"apiToken": S3CRET})},
        {"B": TEXT.encode()},
        {"B": b"\xff" + TEXT.encode()},
        {"SS": [TEXT]},
        native([HOOK]),
        native(HOOK),
        native([json.dumps(HOOK)]),
        native([json.dumps(TEXT)]),
        native([{"headers": [S3CRET]}]),
        native([{"headers": S3CRET}]),
        native([{"secret": S3CRET}]),
    ],
)
def test_no_form_of_webhooks_shows_a_secret(name: str, value: AttributeValue) -> None:
    shown = masked_json(RawItem(attributes={name: value}))
    assert S3CRET not in json.dumps(shown)
    masked = masked_value(name, value)
    assert S3CRET not in repr(masked)
    assert S3CRET.encode() not in repr(masked).encode()


@pytest.mark.parametrize("name", ["AppSecret", "secret", "app_secret", "ApiToken", "password"])
@pytest.mark.parametrize(
    "value", [{"S": S3CRET}, {"B": S3CRET.encode()}, {"L": [{"S": S3CRET}]}, {"SS": [S3CRET]}]
)
def test_a_secret_attribute_shows_only_its_type(name: str, value: AttributeValue) -> None:
    masked = masked_value(name, value)
    assert masked.keys() == value.keys()
    assert S3CRET not in repr(masked)
    assert MASK in json.dumps(masked_json(RawItem(attributes={name: value})), ensure_ascii=False)


@pytest.mark.parametrize(
    "value",
    [
        {"S": f"https://x:{S3CRET}@example.com"},
        {"M": {"token": {"S": S3CRET}, "url": {"S": f"https://x:{S3CRET}@example.com"}}},
        {"S": json.dumps({"secret": S3CRET, "a": 1})},
        {"S": "{'secret': '" + S3CRET + "'}"},
        {"SS": [f"https://example.com/?access_token={S3CRET}"]},
    ],
)
def test_unknown_attributes_show_no_secret_they_announce(value: AttributeValue) -> None:
    assert S3CRET not in json.dumps(masked_json(RawItem(attributes={"Policy": value})))


def test_everything_else_of_the_webhooks_stays_as_it_is_laid_out() -> None:
    text = (
        '[\n  {"url": "https://example.com?a=1", "n": 1.50, "headers": {"X-A": "s", "X-A": 2}}\n]'
    )
    assert mask_webhooks_text(text) == (
        f'[\n  {{"url": "https://example.com?a=1", "n": 1.50, "headers": {{"X-A": "{MASK}", "X-A": "{MASK}"}}}}\n]'
    )


def test_masked_webhooks_are_still_json() -> None:
    masked = json.loads(mask_webhooks_text(TEXT))
    assert masked[0]["event_types"] == ["client_event"]
    assert masked[0]["note"] == "kept"
    assert masked[0]["headers"] == {"Authorization": MASK, "X-Number": MASK}
    assert masked[0]["url"] == f"https://{MASK}@example.com/path?api_key={MASK}&page=2"
    assert masked[0]["lambda"]["region"] == "eu-west-1"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@example.com/",
        "https://hunter2@example.com",
        "HTTPS://a:hunter2@b@example.com/x@y",
        " https:\\\\u:hunter2@example.com",
        "https:u:hunter2@example.com",
        "//u:hunter2@example.com",
        "https://example.com/?token=hunter2",
        "https://example.com/?a=1&X-Amz-Signature=hunter2#frag",
        "https://example.com/?a=1;sig=hunter2",
        "https://example.com/#access_token=hunter2",
        "https://example.com/?api%5Fkey=hunter2",
    ],
)
def test_addresses_lose_their_credentials(url: str) -> None:
    assert S3CRET not in mask_url(url)
    assert "example.com" in mask_url(url)


@pytest.mark.parametrize(
    "text", ["https://example.com/a?page=2&sort=name", "plain text", "a@b.example", "", "x: y@z"]
)
def test_other_text_stays(text: str) -> None:
    assert mask_url(text) == text


def test_known_attributes_that_hold_no_secret_stay() -> None:
    kept: dict[str, AttributeValue] = {
        "AppId": {"S": "shop"},
        "AppKey": {"S": "shop-key"},
        "key": {"S": "alias"},
        "EnableUserAuthentication": {"BOOL": True},
        "MaxConnections": {"N": "5"},
        "Blob": {"B": b"\x00\xff"},
    }
    for name, value in kept.items():
        assert same_value(masked_value(name, value), value)


@pytest.mark.parametrize("depth", [100, 20_000])
def test_deep_webhooks_are_masked_without_recursion(depth: int) -> None:
    text = '[{"headers":' + "[" * depth + f'"{S3CRET}"' + "]" * depth + "}]"
    assert S3CRET not in mask_webhooks_text(text)


@given(items)
def test_any_item_can_be_shown_as_json(item: RawItem) -> None:
    shown = masked_json(item)
    assert json.loads(json.dumps(shown)) == shown
    assert shown.keys() == item.attributes.keys()
