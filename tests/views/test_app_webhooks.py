"""The webhook studio as a plain form: nothing of the list is lost, whatever is typed or pressed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from apps_admin.domain.delivery import Delivery, Exchange, TargetKind
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.models.vault import VaultPurpose
from apps_admin.services.vault import keep_secret
from tests.views.conftest import StoreApp, Stored, text_of, url

pytestmark = pytest.mark.django_db(transaction=True)

HOOKS = (
    '[{"url":"https://one.example.com/a","event_types":["cache_miss"],"note":{"n":1.50},'
    '"headers":{"Authorization":"Bearer one","X-Team":"shop"}},'
    '{"lambda_function":"f","lambda":{"async":true},"event_types":["client_event"]}]'
)


@pytest.fixture
def hooked(store_app: StoreApp) -> str:
    store_app(Webhooks={"S": HOOKS})
    return "shop"


def opened(client: Client, **sent: Any) -> dict[str, Any]:
    """The form as a browser has it after opening the page, or after pressing a button of it."""
    response = client.post(url("app-webhooks"), sent) if sent else client.get(url("app-webhooks"))
    return fields_of(response)


def fields_of(response: Any) -> dict[str, Any]:
    context = response.context
    studio, form = context["studio"], context["form"]
    sent: dict[str, Any] = {
        "base": context["base"],
        "webhooks": studio.text,
        "opened": str(studio.opened),
        "listed": context["listed"],
    }
    if form is not None:
        fields = form["fields"]
        sent |= {
            "filled": form["filled"],
            "target": fields.target.value,
            "url": fields.url or "",
            "function": fields.function or "",
            "has_lambda": "yes",
            "events": list(fields.events or ()),
            "header_name": [name for name, _ in form["headers"]],
            "header_value": [value for _, value in form["headers"]],
            "region": fields.region or "",
            "client_options": fields.client_options or "",
            "starts_with": fields.starts_with or "",
            "ends_with": fields.ends_with or "",
        }
        if fields.is_async:
            sent["is_async"] = "on"
    return sent


def press(client: Client, sent: Mapping[str, Any], do: str, **changes: Any) -> Any:
    return client.post(url("app-webhooks"), {**sent, **changes, "do": do})


def listed(response: Any) -> list[Any]:
    found: list[Any] = json.loads(response.context["studio"].text)
    return found


def saved_hooks(stored: Stored) -> str:
    item = stored("shop")
    assert item is not None
    return str(item["Webhooks"]["S"])


def test_the_page_shows_list_and_json_and_no_secret(bob: Client, hooked: str) -> None:
    page = text_of(bob.get(url("app-webhooks")))
    assert "https://one.example.com/a" in page
    assert "Lambda f" in page
    assert "Bearer one" not in page


def test_saving_without_a_change_writes_nothing(bob: Client, hooked: str, stored: Stored) -> None:
    sent = opened(bob)
    review = press(bob, sent, "review")
    assert review.status_code == 200
    assert saved_hooks(stored) == HOOKS


def test_one_field_is_reviewed_then_saved_and_everything_else_stays(
    bob: Client, hooked: str, stored: Stored
) -> None:
    sent = fields_of(press(bob, opened(bob), "open:0"))
    review = press(bob, sent, "review", events=["cache_miss", "member_added"])
    assert "What will change" in text_of(review)
    assert saved_hooks(stored) == HOOKS
    text = review.context["studio"].text
    assert press(bob, {"base": review.context["base"], "webhooks": text}, "save").status_code == 302
    assert saved_hooks(stored) == HOOKS.replace('["cache_miss"]', '["cache_miss","member_added"]')


def test_a_form_and_the_json_may_be_changed_in_one_request(bob: Client, hooked: str) -> None:
    sent = fields_of(press(bob, opened(bob), "open:0"))
    typed = sent["webhooks"].replace('"async": true', '"async": false')
    hooks = listed(press(bob, sent, "sync", webhooks=typed, starts_with="presence-"))
    assert hooks[0]["filter"] == {"channel_name_starts_with": "presence-"}
    assert hooks[1]["lambda"] == {"async": False}


@pytest.mark.parametrize(
    ("do", "targets"),
    [
        ("up:1", ["f", "one"]),
        ("down:0", ["f", "one"]),
        ("up:0", ["one", "f"]),
        ("duplicate:0", ["one", "one", "f"]),
        ("remove:0", ["f"]),
        ("remove:1", ["one"]),
        ("add", ["one", "f", ""]),
        ("remove:7", ["one", "f"]),
    ],
)
def test_the_list_is_changed_by_buttons(
    bob: Client, hooked: str, do: str, targets: list[str]
) -> None:
    hooks = listed(press(bob, opened(bob), do))
    found = [hook.get("lambda_function") or hook["url"][8:11] for hook in hooks]
    assert found == targets


def test_moved_and_copied_webhooks_are_saved_with_their_hidden_values(
    bob: Client, hooked: str, stored: Stored
) -> None:
    sent = fields_of(press(bob, opened(bob), "duplicate:0"))
    sent = fields_of(press(bob, sent, "down:1"))
    press(bob, sent, "save")
    found = json.loads(saved_hooks(stored))
    assert [hook.get("headers", {}).get("Authorization") for hook in found] == [
        "Bearer one",
        None,
        "Bearer one",
    ]


def test_an_open_form_follows_its_webhook(bob: Client, hooked: str) -> None:
    sent = fields_of(press(bob, opened(bob), "open:0"))
    response = press(bob, sent, "down:0", starts_with="private-")
    assert response.context["studio"].opened == 1
    assert listed(response)[1]["filter"] == {"channel_name_starts_with": "private-"}


def test_a_button_pressed_over_changed_json_moves_nothing_and_keeps_the_json(
    bob: Client, hooked: str
) -> None:
    sent = opened(bob)
    typed = json.dumps(json.loads(sent["webhooks"])[::-1])
    response = press(bob, sent, "remove:0", webhooks=typed)
    assert response.context["studio"].text == typed
    assert "press the button again" in text_of(response)


@pytest.mark.parametrize("step", ["review", "save"])
@pytest.mark.parametrize(
    "text",
    [
        "[{",
        "{}",
        '[{"url": "https://example.com"}]',
        '[{"event_types": ["cache_miss"], "lambda_function": "f"}]',
        "NaN",
        "[NaN]",
        "\ufeff[]",
        "[" * 10_000 + "]" * 10_000,
        '[{"url": "https://\\ud800.example.com", "event_types": []}]',
    ],
)
def test_what_would_break_soketi_is_not_saved_and_not_lost(
    bob: Client, hooked: str, stored: Stored, text: str, step: str
) -> None:
    response = press(bob, opened(bob), step, webhooks=text)
    if response.status_code == 422:
        assert response.context["studio"].text == text
        assert response.context["problems"] or response.context["studio"].errors
    assert saved_hooks(stored) == HOOKS or "ud800" in text


def test_fields_that_cannot_be_put_into_broken_json_are_kept(bob: Client, hooked: str) -> None:
    sent = fields_of(press(bob, opened(bob), "open:0"))
    response = press(bob, sent, "sync", webhooks="[{", starts_with="presence-")
    assert response.context["form"]["fields"].starts_with == "presence-"
    sent["webhooks"] = fields_of(response)["webhooks"]
    assert sent["webhooks"] == "[{"
    again = press(bob, {**sent, "webhooks": opened(bob)["webhooks"]}, "sync", starts_with="p-")
    assert listed(again)[0]["filter"] == {"channel_name_starts_with": "p-"}


def test_duplicate_names_are_said(bob: Client, hooked: str) -> None:
    text = '[{"url": "https://a.example.com", "url": "https://b.example.com", "event_types": []}]'
    response = press(bob, opened(bob), "sync", webhooks=text)
    assert "duplicate-key" in {problem.code for problem in response.context["problems"]}
    assert response.context["studio"].text == text


def test_a_thousand_webhooks_are_listed_in_part_and_kept_whole(bob: Client, hooked: str) -> None:
    hook = {"url": "https://example.com", "event_types": ["cache_miss"]}
    text = json.dumps([hook] * 1000)
    response = press(bob, opened(bob), "duplicate:0", webhooks=text, listed="")
    assert len(listed(response)) == 1001
    assert "All 1001 are in the JSON" in text_of(response)
    assert [row["number"] for row in response.context["rows"]] == list(range(1, 101))


def test_the_pages_of_a_long_list_are_turned_and_follow_the_open_webhook(
    bob: Client, hooked: str
) -> None:
    hooks = [
        {"url": f"https://{number}.example.com", "event_types": ["cache_miss"]}
        for number in range(250)
    ]
    sent = {**opened(bob), "webhooks": json.dumps(hooks), "listed": ""}
    last = press(bob, sent, "page:200")
    assert [row["number"] for row in last.context["rows"]] == list(range(201, 251))
    moved = press(bob, {**fields_of(last), "start": "200"}, "up:200")
    assert listed(moved)[199]["url"] == "https://200.example.com"
    assert [row["number"] for row in moved.context["rows"]] == list(range(101, 201))
    added = press(bob, fields_of(moved), "add")
    assert added.context["form"]["number"] == 251
    assert added.context["rows"][-1]["is_open"]


def test_the_tester_tries_every_webhook_and_shows_those_that_fire_first(
    bob: Client, hooked: str
) -> None:
    quiet = {"url": "https://quiet.example.com", "event_types": ["cache_miss"]}
    fires = {"url": "https://loud.example.com", "event_types": ["client_event"]}
    sent = {**opened(bob), "webhooks": json.dumps([*[quiet] * 150, fires])}
    response = press(bob, sent, "sync", channel="private-a", event="client_event")
    assert response.context["explanations"][0]["number"] == 151
    assert "1 of 151 fire" in text_of(response)
    assert "51 are not shown" in text_of(response)


def test_300_kb_of_webhooks_are_answered(bob: Client, hooked: str, stored: Stored) -> None:
    hook = {"url": "https://example.com/" + "x" * 300_000, "event_types": ["cache_miss"]}
    sent = opened(bob)
    response = press(bob, sent, "save", webhooks=json.dumps([hook]))
    assert response.status_code == 302
    assert len(saved_hooks(stored)) > 300_000
    too_large = {**hook, "url": "https://example.com/" + "x" * 500_000}
    sent = opened(bob)
    response = press(bob, sent, "save", webhooks=json.dumps([too_large]))
    assert response.status_code == 422
    assert "400 KB" in text_of(response)


def test_somebody_elses_change_is_shown_and_mine_is_kept(
    bob: Client, hooked: str, store_app: StoreApp, stored: Stored
) -> None:
    sent = opened(bob)
    mine = sent["webhooks"].replace("cache_miss", "member_added")
    store_app(Webhooks={"S": HOOKS.replace("client_event", "member_removed")})
    response = press(bob, sent, "save", webhooks=mine)
    assert response.status_code == 409
    assert response.context["studio"].text == mine
    assert "member_removed" in text_of(response)
    again = {"webhooks": mine, "base": response.context["overtaken_base"]}
    assert press(bob, again, "save").status_code == 302
    assert "member_added" in saved_hooks(stored)
    assert "Bearer one" in saved_hooks(stored)


def test_hidden_values_are_not_sent_to_another_host(
    bob: Client, hooked: str, stored: Stored
) -> None:
    sent = opened(bob)
    typed = sent["webhooks"].replace("one.example.com", "evil.example.net")
    response = press(bob, sent, "save", webhooks=typed)
    assert response.status_code == 422
    assert "Authorization" in text_of(response)
    assert saved_hooks(stored) == HOOKS


def test_the_tester_says_which_webhook_fires_and_why(bob: Client, hooked: str) -> None:
    response = press(bob, opened(bob), "sync", channel="cache-orders", event="cache_miss")
    fires = [each["fires"] for each in response.context["explanations"]]
    assert fires == [True, False]
    assert "SOKETI_WEBHOOKS_BATCHING" in text_of(response)


def test_htmx_gets_only_the_parts(bob: Client, hooked: str) -> None:
    sent = {**opened(bob), "do": "add"}
    response = bob.post(url("app-webhooks"), sent, headers={"HX-Request": "true"})
    page = text_of(response)
    assert "<html" not in page
    for part in ("studio-list", "studio-form", "webhook-problems", "studio-state"):
        assert f'id="{part}"' in page
    typing = {**sent, "do": "sync", "from": "form"}
    response = bob.post(url("app-webhooks"), typing, headers={"HX-Request": "true"})
    assert 'id="studio-form"' not in text_of(response)


def test_a_viewer_looks_and_cannot_save(victor: Client, hooked: str, stored: Stored) -> None:
    sent = opened(victor)
    assert "Review changes" not in text_of(victor.get(url("app-webhooks")))
    assert press(victor, sent, "save", webhooks="[]").status_code == 403
    assert saved_hooks(stored) == HOOKS


def test_a_reason_is_asked_for_where_it_is_required(
    bob: Client, hooked: str, stored: Stored, reasons_required: None
) -> None:
    sent = opened(bob)
    response = press(bob, sent, "save", webhooks="[]")
    assert response.status_code == 422
    assert saved_hooks(stored) == HOOKS
    assert press(bob, sent, "save", webhooks="[]", reason="T-1").status_code == 302


def test_emptied_webhooks_are_removed(bob: Client, hooked: str, stored: Stored) -> None:
    press(bob, opened(bob), "save", webhooks="")
    assert "Webhooks" not in (stored("shop") or {})


def test_a_form_of_another_app_is_refused(bob: Client, hooked: str) -> None:
    assert press(bob, {"webhooks": "[]", "base": "forged"}, "save").status_code == 422


def test_the_schema_is_served_to_everybody() -> None:
    response = Client().get(reverse("webhook-schema"))
    assert response.headers["Content-Type"] == "application/schema+json"
    assert json.loads(response.content)["type"] == "array"


def test_receivers_are_shown_in_four_languages(victor: Client) -> None:
    page = text_of(victor.get(reverse("webhook-receivers", args=["default"])))
    for name in ("PHP", "Node.js", "Python", "Go"):
        assert f">{name}</h2>" in page
    assert "hash_equals" in page


def test_a_refused_test_delivery_keeps_what_was_typed(bob: Client, hooked: str) -> None:
    hook = '[{"url": "http://127.0.0.1:22/x", "event_types": ["cache_miss"]}]'
    sent = {
        **opened(bob),
        "webhooks": hook,
        "webhook": "0",
        "event": "cache_miss",
        "channel": "cache-a",
        "dry_run": "on",
        "reason": "TICKET-7",
    }
    response = bob.post(url("delivery-send"), sent)
    assert response.status_code == 422
    assert "Nothing was sent" in text_of(response)
    studio = response.context["studio"]
    assert (studio.text, studio.channel, studio.reason) == (hook, "cache-a", "TICKET-7")
    assert studio.is_dry_run
    assert text_of(response).count('aria-current="page"') == 2, "in the rail and among the tabs"
    # The page is another address than the studio's; its form goes on to the studio.
    assert f'action="{url("app-webhooks")}"' in response.content.decode()


def test_a_delivery_beyond_the_rate_keeps_what_was_typed(
    bob: Client, hooked: str, settings: Settings
) -> None:
    settings.WEBHOOK_TESTS_PER_MINUTE = 0
    sent = {**opened(bob), "webhook": "0", "event": "cache_miss", "channel": "typed"}
    response = bob.post(url("delivery-send"), sent)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert response.context["studio"].channel == "typed"


@pytest.fixture
def delivered(shop: str, default_connection: str) -> Delivery:
    """A delivery that is kept, to a target that none of the app's webhooks has."""
    return keep("https://gone.example.com/in", TargetKind.URL, Exchange(status=500))


def keep(target: str, kind: TargetKind, exchange: Exchange) -> Delivery:
    delivery = Delivery(
        id="0123456789abcdef",
        sent_at="2026-11-20T12:00:00.000000Z",
        actor="bob",
        app_id="shop",
        webhook=0,
        kind=kind,
        target=target,
        event=EventType.CACHE_MISS,
        channel="cache-a",
        body=b'{"time_ms":1,"events":[]}',
        exchange=exchange,
    )
    keep_secret(
        delivery.to_json(),
        VaultPurpose.DELIVERY,
        connection="default",
        subject="shop",
        operation_id=delivery.id,
        lifetime=timedelta(days=1),
    )
    return delivery


def resend(client: Client, delivery: Delivery, **sent: str) -> Any:
    return client.post(reverse("delivery-resend", args=["default", "shop", delivery.id]), sent)


def test_a_refused_resend_shows_the_delivery_and_why(bob: Client, delivered: Delivery) -> None:
    response = resend(bob, delivered)
    page = text_of(response)
    assert response.status_code == 422
    assert "Nothing was sent" in page
    assert "saved webhooks goes to this target" in page
    assert "Test delivery of" in page
    assert "Send again" in page
    assert url("app-webhooks") in response.content.decode()


def test_a_resend_beyond_the_rate_shows_the_delivery_and_when_to_try(
    bob: Client, delivered: Delivery, settings: Settings
) -> None:
    settings.WEBHOOK_TESTS_PER_MINUTE = 0
    response = resend(bob, delivered)
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "can be sent in" in text_of(response)


def test_a_resend_without_its_reason_asks_for_it_and_one_with_it_keeps_it(
    bob: Client, delivered: Delivery, reasons_required: None
) -> None:
    here = reverse("delivery-show", args=["default", "shop", delivered.id])
    assert 'name="reason"' in text_of(bob.get(here))
    listed = bob.get(reverse("delivery-list", args=["default", "shop"])).content.decode()
    assert f'{here}resend/"' not in listed, "there is no reason to type in the list"
    assert f'href="{here}"' in listed
    assert "asks for a reason" in text_of(resend(bob, delivered))
    assert 'value="TICKET-7"' in text_of(resend(bob, delivered, reason="TICKET-7"))


def test_a_denied_invocation_does_not_claim_that_aws_would_invoke(
    bob: Client, shop: str, default_connection: str
) -> None:
    denied = Exchange(status=403, failure="AWS denies it.", is_dry_run=True)
    delivery = keep("notify", TargetKind.LAMBDA, denied)
    page = text_of(bob.get(reverse("delivery-show", args=["default", "shop", delivery.id])))
    assert "Not invoked: a dry run" in page
    assert "AWS would invoke" not in page


def test_a_dry_run_is_offered_where_there_is_a_function(
    bob: Client, hooked: str, stored: Stored
) -> None:
    assert "Lambda: dry run" in text_of(bob.get(url("app-webhooks")))
    only_url = '[{"url":"https://one.example.com/a","event_types":["cache_miss"]}]'
    page = text_of(press(bob, opened(bob), "sync", webhooks=only_url))
    assert "Lambda: dry run" not in page
