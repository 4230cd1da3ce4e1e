"""The rules for one webhook: what soketi would do with what is written. Each message says the effect."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from apps_admin.domain.json_reader import JsonKind, JsonNode
from apps_admin.domain.secret_words import has_secret_query, has_userinfo, is_secret_name
from apps_admin.domain.webhook_lambda import lambda_crash
from apps_admin.domain.webhook_problems import Place, ProblemList
from apps_admin.domain.webhook_verdicts import EventType, url_problem

WEBHOOK_KEYS: Final = ("url", "lambda_function", "lambda", "event_types", "headers", "filter")
FILTER_KEYS: Final = ("channel_name_starts_with", "channel_name_ends_with")
LAMBDA_KEYS: Final = ("async", "region", "client_options")
EVENT_NAMES: Final = tuple(event.value for event in EventType)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]{1,2}", re.ASCII)
_TRANSPORT_HEADERS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect"}
)
_HIDES: Final = (
    "soketi fails while it reads the app: clients get 4001, the HTTP API answers 404, and the server shuts down "
    "when clients of the app are connected."
)


def check_webhook(problems: ProblemList, node: JsonNode, index: int) -> None:
    """Run every rule over one element of the list."""
    place = Place(index, f"$[{index}]")
    if node.kind is not JsonKind.OBJECT:
        problems.error(
            "webhook-not-an-object",
            node,
            place,
            f"A webhook has to be an object; with this {_HIDES}",
        )
        return
    _check_keys(problems, node, place, WEBHOOK_KEYS, "webhook")
    _check_event_types(problems, node, place)
    _check_target(problems, node, place)
    _check_member(problems, node, place, "headers", _check_headers)
    _check_member(problems, node, place, "filter", _check_filter)


Check = Callable[[ProblemList, JsonNode, Place], None]


def _check_member(
    problems: ProblemList, node: JsonNode, place: Place, name: str, check: Check
) -> None:
    child = node.get(name)
    if child is not None and child.kind is not JsonKind.NULL:
        check(problems, child, place.at(name))


def _check_keys(
    problems: ProblemList, node: JsonNode, place: Place, known: tuple[str, ...], owner: str
) -> None:
    for key in node.keys:
        name = str(key.value)
        if name not in known:
            hint = problems.suggestion(name, known)
            problems.warn(
                f"{owner}-key-unknown",
                key,
                place,
                f"soketi does not know {_short(name)} here and ignores it.{hint}",
            )


def _check_event_types(problems: ProblemList, node: JsonNode, place: Place) -> None:
    types = node.get("event_types")
    place = place.at("event_types")
    if types is None:
        problems.error("event-types-missing", node, place, f"event_types is missing: {_HIDES}")
    elif types.kind is JsonKind.STRING:
        problems.warn(
            "event-types-text",
            types,
            place,
            "event_types is text instead of a list: soketi looks for each event's name inside the text. "
            "That works by accident; write a list.",
        )
    elif types.kind is not JsonKind.ARRAY:
        problems.error(
            "event-types-not-a-list", types, place, f"event_types has to be a list: {_HIDES}"
        )
    elif not types.children:
        problems.warn(
            "event-types-empty", types, place, "event_types is empty: this webhook never fires."
        )
    else:
        _check_events(problems, types, place)


def _check_events(problems: ProblemList, types: JsonNode, place: Place) -> None:
    seen: set[str] = set()
    for position, event in enumerate(types.children):
        here = place.at(position)
        if not isinstance(event.value, str) or event.value not in EVENT_NAMES:
            name = event.value if isinstance(event.value, str) else ""
            hint = problems.suggestion(name, EVENT_NAMES) if name else ""
            problems.warn(
                "event-type-unknown",
                event,
                here,
                f"soketi emits no event of this name, so this entry does nothing.{hint}",
            )
            continue
        if event.value in seen:
            problems.warn("event-type-repeated", event, here, f"{event.value} is already listed.")
        seen.add(event.value)


def _check_target(problems: ProblemList, node: JsonNode, place: Place) -> None:
    url, function, options = node.get("url"), node.get("lambda_function"), node.get("lambda")
    if _is_truthy(url) and url is not None:
        _check_url(problems, url, place.at("url"))
        if _is_truthy(function) and function is not None:
            problems.warn(
                "two-targets",
                function,
                place.at("lambda_function"),
                "With a url, soketi never calls the lambda_function.",
            )
    elif _is_truthy(function) and function is not None:
        _check_function(problems, function, options, place)
    else:
        problems.warn(
            "no-target",
            node,
            place,
            "Neither url nor lambda_function: nothing is ever sent, and with the sqs queue the job never ends.",
        )
    if options is not None and options.kind is not JsonKind.NULL:
        _check_lambda(problems, options, place.at("lambda"))


def _check_function(
    problems: ProblemList,
    function: JsonNode,
    options: JsonNode | None,
    place: Place,
) -> None:
    if options is None or options.kind is JsonKind.NULL:
        problems.error(
            "lambda-missing",
            options or function,
            place.at("lambda"),
            "lambda_function needs a lambda object, {} is enough: without it the whole soketi server shuts down, "
            "for all apps, the first time this webhook fires.",
        )
    else:
        _check_lambda_crash(problems, options, place.at("lambda"))
    if function.kind is not JsonKind.STRING:
        problems.warn(
            "lambda-function-not-text",
            function,
            place.at("lambda_function"),
            "lambda_function has to be a function's name or ARN as text: AWS refuses the call, nothing arrives.",
        )


def _check_lambda_crash(problems: ProblemList, options: JsonNode, place: Place) -> None:
    cause = lambda_crash({"lambda": options.to_python()})
    if cause:
        problems.error(
            "lambda-lethal",
            options,
            place,
            f"{cause}: aws-sdk throws, and the whole soketi server shuts down, for all apps, the first time this "
            "webhook fires.",
        )


def _check_lambda(problems: ProblemList, options: JsonNode, place: Place) -> None:
    if options.kind is not JsonKind.OBJECT:
        problems.warn(
            "lambda-not-an-object",
            options,
            place,
            "lambda is not an object: soketi calls the function in us-east-1 and waits for its answer.",
        )
        return
    _check_keys(problems, options, place, LAMBDA_KEYS, "lambda")
    asynchronous = options.get("async")
    if asynchronous is not None and asynchronous.kind is not JsonKind.BOOLEAN:
        problems.warn(
            "lambda-async-not-boolean",
            asynchronous,
            place.at("async"),
            f"async should be true or false; soketi takes this as {_word(_is_truthy(asynchronous))}.",
        )
    region = options.get("region")
    if region is not None and not (
        isinstance(region.value, str) and _REGION.fullmatch(region.value)
    ):
        problems.warn(
            "lambda-region-unknown",
            region,
            place.at("region"),
            "This is no AWS region, so the call fails and nothing arrives. Without region soketi takes us-east-1.",
        )
    client = options.get("client_options")
    if client is not None and client.kind is JsonKind.OBJECT:
        _check_client_options(problems, client, place.at("client_options"))


def _check_client_options(problems: ProblemList, client: JsonNode, place: Place) -> None:
    waiting = [client]
    while waiting:
        node = waiting.pop()
        for key, child in node.members():
            if is_secret_name(str(key.value)) or key.value == "credentials":
                problems.warn(
                    "client-options-secret",
                    key,
                    place,
                    f"{_short(str(key.value))} keeps AWS credentials in the app's record, readable by everybody who "
                    "may read the table. Give soketi's own role lambda:InvokeFunction instead.",
                )
            elif child.kind is JsonKind.OBJECT:
                waiting.append(child)


def _check_url(problems: ProblemList, url: JsonNode, place: Place) -> None:
    reason = url_problem(url.value)
    if reason or not isinstance(url.value, str):
        problems.warn(
            "url-unusable",
            url,
            place,
            "soketi cannot POST to this url: it takes http:// or https:// with a host. Nothing ever arrives, "
            "and soketi says nothing.",
        )
        return
    address = url.value
    if address.strip().lower().startswith("http://"):
        problems.warn(
            "url-plain-http",
            url,
            place,
            "Plain http: channel names and event data cross the network in clear. Use https.",
        )
    if has_userinfo(address) or has_secret_query(address):
        problems.warn(
            "url-secret",
            url,
            place,
            "The url holds a secret, which logs and everybody who may read the table can see. Put it in a header, "
            "or check X-Pusher-Signature.",
        )


def _check_headers(problems: ProblemList, headers: JsonNode, place: Place) -> None:
    if headers.kind is not JsonKind.OBJECT:
        problems.warn(
            "headers-not-an-object",
            headers,
            place,
            "headers has to be an object of names and values; soketi sends this as something else or not at all.",
        )
        return
    for key, value in headers.members():
        _check_header(problems, key, value, place)


def _check_header(problems: ProblemList, key: JsonNode, value: JsonNode, place: Place) -> None:
    name = str(key.value)
    if not _HEADER_NAME.fullmatch(name):
        problems.warn(
            "header-invalid",
            key,
            place,
            "This cannot be the name of a header: the POST silently never leaves soketi.",
        )
    elif name.lower().startswith("x-pusher-"):
        problems.warn(
            "header-pusher",
            key,
            place,
            f"{name} is soketi's own header. Written in another case it replaces the signature's header, and receivers "
            "then refuse the delivery.",
        )
    elif name.lower() in _TRANSPORT_HEADERS:
        problems.warn(
            "header-transport",
            key,
            place,
            f"{name} belongs to the connection itself; setting it can make every delivery fail silently.",
        )
    if value.kind in (JsonKind.OBJECT, JsonKind.ARRAY, JsonKind.NULL):
        problems.warn(
            "header-not-text",
            value,
            place,
            "The value of a header has to be text; soketi may not send it.",
        )
    elif isinstance(value.value, str) and not _HEADER_VALUE.fullmatch(value.value):
        problems.warn(
            "header-invalid",
            value,
            place,
            "This value cannot stand in a header (line break or a character beyond Latin-1): the POST silently never "
            "leaves soketi.",
        )


def _check_filter(problems: ProblemList, node: JsonNode, place: Place) -> None:
    if node.kind is not JsonKind.OBJECT:
        problems.warn(
            "filter-not-an-object",
            node,
            place,
            "filter is not an object, so it filters nothing: the webhook fires for every channel.",
        )
        return
    for key in node.keys:
        name = str(key.value)
        if name not in FILTER_KEYS:
            hint = problems.suggestion(name, FILTER_KEYS)
            problems.warn(
                "filter-key-unknown",
                key,
                place,
                f"soketi ignores {_short(name)}, so this part of the filter lets every channel through.{hint}",
            )
    for name in FILTER_KEYS:
        _check_filter_value(problems, node.get(name), place.at(name))


def _check_filter_value(problems: ProblemList, value: JsonNode | None, place: Place) -> None:
    if value is None or value.kind in (JsonKind.STRING, JsonKind.NULL):
        return
    if value.kind is JsonKind.OBJECT and value.get("toString") is not None:
        problems.error(
            "filter-lethal",
            value,
            place,
            "soketi cannot turn this into text: the whole server shuts down, for all apps, when the webhook fires.",
        )
        return
    problems.warn(
        "filter-not-text",
        value,
        place,
        "The filter has to be text; soketi compares the channel with whatever JavaScript makes of this.",
    )


def _is_truthy(node: JsonNode | None) -> bool:
    if node is None or node.kind is JsonKind.NULL:
        return False
    return node.is_container or bool(node.value)


def _word(value: bool) -> str:
    return "true" if value else "false"


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
