"""Test deliveries: what is sent, what is recorded, what is kept, and how many one person may send."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import Settings

from apps_admin.domain.connection import Connection
from apps_admin.domain.delivery import Delivery, Exchange, WebhookRequest
from apps_admin.domain.errors import (
    AppNotFoundError,
    DeniedError,
    NotFoundError,
    RefusedTargetError,
    TooManyRequestsError,
    ValidationError,
)
from apps_admin.domain.item import RawItem
from apps_admin.domain.webhook_verdicts import EventType
from apps_admin.models import AuditEntry, VaultEntry
from apps_admin.services.webhooks import (
    DELIVERIES_KEPT,
    TestDelivery,
    list_deliveries,
    resend_delivery,
    send_test_delivery,
    show_delivery,
)
from apps_admin.services.workspace import Workspace
from apps_admin.soketi.signature import sign_webhook
from tests.cast import BOB
from tests.fakes import InMemoryAppRepository
from tests.services.conftest import SHOP, MakeWorkspace
from tests.soketi.receiver import OK, receiver, saying

pytestmark = pytest.mark.django_db

OCCUPIED = TestDelivery(webhook=0, event=EventType.CHANNEL_OCCUPIED)
SECRET = "the-old-secret-of-the-shop"


@pytest.fixture(autouse=True)
def _loopback_is_allowed(settings: Settings) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]


class RecordingSender:
    """Takes requests in place of the network."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.requests: list[WebhookRequest] = []
        self.dry_runs: list[bool] = []
        self.exchange = exchange or Exchange(status=200)

    def __call__(self, _connection: Connection, request: WebhookRequest, dry_run: bool) -> Exchange:
        self.requests.append(request)
        self.dry_runs.append(dry_run)
        return replace(self.exchange, request=b"POST / HTTP/1.1\r\n\r\n" + request.body)


def with_hooks(*hooks: Any) -> RawItem:
    return SHOP.with_attribute("Webhooks", {"S": json.dumps(hooks)})


def hook(url: str = "https://hooks.example.com/in", **more: Any) -> dict[str, Any]:
    return {"url": url, "event_types": [event.value for event in EventType], **more}


@pytest.fixture
def sender(store: InMemoryAppRepository) -> RecordingSender:
    """The shop has one webhook, and nothing reaches the network."""
    store.update(SHOP, with_hooks(hook()))
    return RecordingSender()


def outcomes() -> list[str]:
    return list(AuditEntry.objects.order_by("sequence").values_list("outcome", flat=True))


def test_a_receiver_gets_a_request_signed_with_the_stored_secret(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    with receiver(saying(OK)) as here:
        filtered = hook(here.url(), filter={"channel_name_starts_with": "shop-"})
        store.update(SHOP, with_hooks(filtered))
        delivery = send_test_delivery(workspace, "shop", OCCUPIED)
    (request,) = here.received
    head, _, body = request.partition(b"\r\n\r\n")
    assert f"X-Pusher-Signature: {sign_webhook(body, SECRET)}".encode() in head
    assert json.loads(body)["events"][0]["channel"].startswith("shop-")
    assert (delivery.exchange.status, delivery.exchange.body) == (200, b"hi")


def test_it_is_one_audited_operation_without_a_write(
    workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender
) -> None:
    store.calls.clear()
    send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
    assert store.calls == ["get"]
    assert outcomes() == ["started", "succeeded"]
    details = json.loads(AuditEntry.objects.get(outcome="succeeded").details)
    assert details == {
        "webhook": 1,
        "event": "channel_occupied",
        "target": "https://hooks.example.com/in",
        "result": "200",
    }


def test_no_secret_is_recorded_in_clear(workspace: Workspace, store: InMemoryAppRepository) -> None:
    secret_hook = hook(
        "https://hooks.example.com/?token=t0ken", headers={"Authorization": "hidden"}
    )
    store.update(SHOP, with_hooks(secret_hook))
    delivery = send_test_delivery(workspace, "shop", OCCUPIED, send=RecordingSender())
    rows = [*AuditEntry.objects.values_list(), *VaultEntry.objects.values_list()]
    assert VaultEntry.objects.count() == 1
    for secret in ("t0ken", "hidden", SECRET):
        assert secret not in repr(rows)
        assert secret not in repr(delivery)


def test_a_viewer_may_neither_send_nor_see(
    open_as: MakeWorkspace, workspace: Workspace, sender: RecordingSender
) -> None:
    sent = send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
    bob = open_as(BOB)
    with pytest.raises(DeniedError):
        send_test_delivery(bob, "shop", OCCUPIED, send=sender)
    with pytest.raises(DeniedError):
        list_deliveries(bob, "shop")
    with pytest.raises(DeniedError):
        show_delivery(bob, "shop", sent.id)
    assert len(sender.requests) == 1
    assert "denied" in outcomes()


def test_an_app_that_is_not_there_is_said(workspace: Workspace, sender: RecordingSender) -> None:
    with pytest.raises(AppNotFoundError):
        send_test_delivery(workspace, "nobody", OCCUPIED, send=sender)
    assert outcomes() == ["started", "failed"]


@pytest.mark.parametrize(
    ("hooks", "test", "why"),
    [
        ([hook()], TestDelivery(webhook=1, event=EventType.CACHE_MISS), "no webhook 2"),
        ([hook()], TestDelivery(webhook=-1, event=EventType.CACHE_MISS), "no webhook 0"),
        ([{"url": "https://a.example/"}], OCCUPIED, "soketi delivers nothing"),
        ([hook("nonsense")], OCCUPIED, "not an http or https address"),
        ([hook("")], OCCUPIED, "neither url nor lambda_function"),
        ([hook()], replace(OCCUPIED, text="[{"), "not a list of webhooks"),
        ([hook()], replace(OCCUPIED, text="[null]"), "it is null"),
    ],
)
def test_what_soketi_would_not_deliver_is_not_sent(
    workspace: Workspace,
    store: InMemoryAppRepository,
    hooks: list[Any],
    test: TestDelivery,
    why: str,
) -> None:
    store.update(SHOP, with_hooks(*hooks))
    sender = RecordingSender()
    with pytest.raises(ValidationError) as refused:
        send_test_delivery(workspace, "shop", test, send=sender)
    assert why in refused.value.message
    assert sender.requests == []


def test_a_secret_that_cannot_sign_is_not_used(
    workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender
) -> None:
    before = store.get("shop")
    store.update(before, before.with_attribute("AppSecret", {"N": "5"}))
    with pytest.raises(ValidationError, match="cannot sign"):
        send_test_delivery(workspace, "shop", OCCUPIED, send=sender)


def test_a_webhook_still_in_the_editor_can_be_tried(
    workspace: Workspace, sender: RecordingSender
) -> None:
    text = json.dumps([hook(), hook("https://new.example.com/")])
    test = TestDelivery(webhook=1, event=EventType.MEMBER_ADDED, channel="presence-x", text=text)
    delivery = send_test_delivery(workspace, "shop", test, send=sender)
    assert delivery.target == "https://new.example.com/"
    assert json.loads(delivery.body)["events"][0]["channel"] == "presence-x"


def test_a_private_address_is_refused_and_recorded(
    workspace: Workspace, store: InMemoryAppRepository
) -> None:
    store.update(SHOP, with_hooks(hook("http://169.254.169.254/latest/")))
    with pytest.raises(RefusedTargetError, match="metadata"):
        send_test_delivery(workspace, "shop", OCCUPIED)
    assert outcomes() == ["started", "failed"]


def test_one_person_sends_ten_a_minute_and_another_ten_more(
    workspace: Workspace, open_as: MakeWorkspace, sender: RecordingSender, settings: Settings
) -> None:
    settings.WEBHOOK_TESTS_PER_MINUTE = 3
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        for _ in range(3):
            send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
            clock.shift(10)
        with pytest.raises(TooManyRequestsError) as refused:
            send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
        assert refused.value.retry_after == 30
        other = open_as(replace(workspace.actor, id="77", name="Dora"))
        send_test_delivery(other, "shop", OCCUPIED, send=sender)
        clock.shift(31)
        send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
    assert len(sender.requests) == 5


def test_the_last_fifty_of_each_app_are_kept_newest_first(
    workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender, settings: Settings
) -> None:
    settings.WEBHOOK_TESTS_PER_MINUTE = 1000
    other = store.get("shop").with_attribute("AppId", {"S": "other"})
    store.create(other)
    kept_elsewhere = send_test_delivery(workspace, "other", OCCUPIED, send=sender)
    sent = [
        send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
        for _ in range(DELIVERIES_KEPT + 3)
    ]
    listed = list_deliveries(workspace, "shop")
    assert [one.id for one in listed] == [one.id for one in reversed(sent[3:])]
    assert list_deliveries(workspace, "other") == (kept_elsewhere,)
    with pytest.raises(NotFoundError):
        show_delivery(workspace, "shop", sent[0].id)


def test_deliveries_expire(workspace: Workspace, sender: RecordingSender) -> None:
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False) as clock:
        send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
        clock.shift(31 * 24 * 3600)
        assert list_deliveries(workspace, "shop") == ()


def test_a_delivery_of_another_app_or_connection_is_not_shown(
    workspace: Workspace, open_as: MakeWorkspace, sender: RecordingSender
) -> None:
    sent = send_test_delivery(workspace, "shop", OCCUPIED, send=sender)
    with pytest.raises(NotFoundError):
        show_delivery(workspace, "other", sent.id)
    with pytest.raises(NotFoundError):
        show_delivery(open_as(slug="staging"), "shop", sent.id)


def test_without_vault_keys_it_is_sent_and_not_kept(
    workspace: Workspace, sender: RecordingSender, settings: Settings
) -> None:
    settings.VAULT_KEYS = []
    assert send_test_delivery(workspace, "shop", OCCUPIED, send=sender).exchange.status == 200
    assert list_deliveries(workspace, "shop") == ()
    assert VaultEntry.objects.count() == 0


def test_a_dry_run_of_a_url_is_refused_and_sends_nothing(
    workspace: Workspace, sender: RecordingSender
) -> None:
    with pytest.raises(ValidationError, match="Only a Lambda function"):
        send_test_delivery(workspace, "shop", replace(OCCUPIED, dry_run=True), send=sender)
    assert sender.requests == []


class TestResend:
    def first(self, workspace: Workspace, sender: RecordingSender) -> Delivery:
        with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
            return send_test_delivery(workspace, "shop", OCCUPIED, send=sender)

    def test_the_same_body_goes_again_signed_with_the_secret_of_now(
        self, workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender
    ) -> None:
        first = self.first(workspace, sender)
        stored = store.get("shop")
        store.update(stored, stored.with_attribute("AppSecret", {"S": "rotated"}))
        with time_machine.travel("2026-11-20T12:30:00Z", tick=False):
            again = resend_delivery(workspace, "shop", first.id, send=sender)
        assert again.body == first.body
        assert again.resent_from == first.id
        signature = sender.requests[1].headers["X-Pusher-Signature"]
        assert signature == sign_webhook(first.body, "rotated")

    @pytest.mark.parametrize("dry_run", [True, False])
    def test_a_dry_run_never_becomes_a_delivery(
        self, workspace: Workspace, store: InMemoryAppRepository, *, dry_run: bool
    ) -> None:
        function = {"lambda_function": "f", "lambda": {}, "event_types": ["channel_occupied"]}
        store.update(store.get("shop"), with_hooks(function))
        sender = RecordingSender(Exchange(status=403, failure="denied", is_dry_run=True))
        first = send_test_delivery(
            workspace, "shop", replace(OCCUPIED, dry_run=dry_run), send=sender
        )
        again = resend_delivery(workspace, "shop", first.id, send=sender)
        resend_delivery(workspace, "shop", again.id, send=sender)
        assert sender.dry_runs == [dry_run] * 3

    def test_a_webhook_that_moved_in_the_list_is_found(
        self, workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender
    ) -> None:
        first = self.first(workspace, sender)
        store.update(store.get("shop"), with_hooks(hook("https://other.example/"), hook()))
        with time_machine.travel("2026-11-20T12:30:00Z", tick=False):
            assert resend_delivery(workspace, "shop", first.id, send=sender).webhook == 1

    def test_nothing_goes_to_a_target_the_app_no_longer_has(
        self, workspace: Workspace, store: InMemoryAppRepository, sender: RecordingSender
    ) -> None:
        first = self.first(workspace, sender)
        store.update(store.get("shop"), with_hooks(hook("https://other.example/")))
        with (
            time_machine.travel("2026-11-20T12:30:00Z", tick=False),
            pytest.raises(ValidationError, match="saved webhooks goes"),
        ):
            resend_delivery(workspace, "shop", first.id, send=sender)
        assert len(sender.requests) == 1
