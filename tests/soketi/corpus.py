"""Items for the real soketi to judge: every encoding, alias, limit edge and webhook shape, then random mixtures.

The same items in every run. Only what DynamoDB can store: no lone surrogates, no empty sets, no empty keys.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.item import AttributeValue, RawItem
from tests.soketi.records import an_item

SEED = 161
RANDOM_ITEMS = 900

FLAGS = {
    "Enabled": ("enabled",),
    "EnableClientMessages": ("enableClientMessages", "enable_client_messages"),
    "EnableUserAuthentication": ("enableUserAuthentication", "enable_user_authentication"),
}
LIMITS = {
    "MaxConnections": ("maxConnections", "max_connections"),
    "MaxBackendEventsPerSecond": ("maxBackendEventsPerSecond", "max_backend_events_per_sec"),
    "MaxClientEventsPerSecond": ("maxClientEventsPerSecond", "max_client_events_per_sec"),
    "MaxReadRequestsPerSecond": ("maxReadRequestsPerSecond", "max_read_req_per_sec"),
    "MaxPresenceMembersPerChannel": (
        "maxPresenceMembersPerChannel",
        "max_presence_members_per_channel",
    ),
    "MaxPresenceMemberSizeInKb": ("maxPresenceMemberSizeInKb", "max_presence_member_size_in_kb"),
    "MaxChannelNameLength": ("maxChannelNameLength", "max_channel_name_length"),
    "MaxEventChannelsAtOnce": ("maxEventChannelsAtOnce", "max_event_channels_at_once"),
    "MaxEventNameLength": ("maxEventNameLength", "max_event_name_length"),
    "MaxEventPayloadInKb": ("maxEventPayloadInKb", "max_event_payload_in_kb"),
    "MaxEventBatchSize": ("maxEventBatchSize", "max_event_batch_size"),
}


def words(text: str) -> list[str]:
    """The words of a text, for long tables."""
    return text.split()


# What any attribute may hold, whoever wrote it.
ODD_VALUES: tuple[AttributeValue, ...] = (
    {"NULL": True},
    {"BOOL": True},
    {"BOOL": False},
    {"L": []},
    {"L": [{"N": "5"}]},
    {"L": [{"S": "7"}, {"N": "1"}]},
    {"L": [{"L": [{"N": "3"}]}]},
    {"L": [{"NULL": True}]},
    {"L": [{"BOOL": True}]},
    {"L": [{"M": {"a": {"N": "1"}}}]},
    {"L": [{"B": b"6"}, {"S": ""}]},
    {"M": {}},
    {"M": {"a": {"S": "b"}}},
    {"M": {"toString": {"S": "x"}}},
    {"SS": ["5"]},
    {"SS": ["5", "6"]},
    {"NS": ["5"]},
    {"BS": [b"5"]},
    {"B": b""},
    {"B": b"5"},
    {"B": b"\x00"},
    {"B": b"\x01"},
    {"B": b"\xff\xfe"},
    {"B": b" 12 apples"},
    {"B": b"\xef\xbb\xbf8"},
)
FLAG_TEXTS = (
    *words("true false TRUE False t f y n yes no on off 1 0 2 null undefined on! wahr oN"),
    *(
        "",
        " ",
        " true ",
        "\ttrue\n",
        "\u00a0true",
        "true\ufeff",
        "tru\u0435",
        "\uff34RUE",
        "\u0130",
    ),
)
NUMBERS = words(
    "-1 0 1 -0 2 3.7 0.5 0.0001 -0.5 -2.9 2.9 100 99999 2147483648 9007199254740991 9007199254740993 "
    "12345678901234567890123456789012345678 1e20 1e21 123456789012345678901234 5e22 1E-6 1E-7 1.5E-7 25E-8 "
    "1E+125 -1E+125 1E-130 9.9999999999999999999999999999999999999E+125 0.1 0.30000000000000004 "
    "0.99999999999999999999 1.99999999999999999999 999999999999999999999 -1E-7 -1e21 4.35 1.005"
)
NUMBER_TEXTS = (
    *words(
        "3 -1 0 abc 5px 0x10 0X1f 0b11 0o7 1e3 1e21 .5 5. -.5 +4 +-4 --4 1_000 1,5 \u0663 \uff15 NaN"
    ),
    *words("Infinity -Infinity Infinityx true null [] {} 007 -0 0.5 2.9 1e400 1e-400 0.0000001"),
    *words("9007199254740993 e5 1e 1e+ 1e+2 0x -0x10 0xg"),
    *("", " ", " 7 ", "\t8\n", "\u00a09", "\ufeff6", "\u20285", "\u200b5", "1 2", "1" * 400),
)

EVENT_TYPES: tuple[Any, ...] = (
    ["channel_occupied"],
    ["client_event", "cache_miss"],
    ["member_added", "member_removed", "channel_vacated"],
    ["channel_occupied", "nonsense"],
    ["nonsense"],
    [],
    ["CHANNEL_OCCUPIED"],
    [" channel_occupied"],
    [None, 5, True, {}, ["channel_occupied"]],
    [["channel_occupied"], "member_added"],
    "channel_occupied",
    "channel_occupied,member_added",
    "xxcache_missxx",
    "",
    None,
    5,
    0,
    True,
    False,
    {},
    {"0": "channel_occupied", "length": 1},
    {"includes": True},
    {"includes": None},
)
TARGETS: tuple[dict[str, Any], ...] = (
    {"url": "https://hooks.example.com/a"},
    {"url": "http://hooks.example.com/a"},
    {"url": "nonsense"},
    {"url": "ftp://hooks.example.com"},
    {"url": ""},
    {"url": None},
    {"url": 0},
    {"url": 5},
    {"url": False},
    {"url": True},
    {"url": []},
    {"url": {}},
    {"url": " "},
    {},
    {"URL": "https://hooks.example.com"},
    {"lambda_function": "f"},
    {"lambda_function": "f", "lambda": None},
    {"lambda_function": "f", "lambda": {}},
    {"lambda_function": "f", "lambda": []},
    {"lambda_function": "f", "lambda": ""},
    {"lambda_function": "f", "lambda": "x"},
    {"lambda_function": "f", "lambda": 0},
    {"lambda_function": "f", "lambda": False},
    {"lambda_function": "f", "lambda": {"async": True, "region": "eu-west-1"}},
    {"lambda_function": "f", "lambda": {"async": "false", "region": ""}},
    {"lambda_function": "f", "lambda": {"client_options": None}},
    {"lambda_function": "f", "lambda": {"client_options": {}}},
    {"lambda_function": "f", "lambda": {"client_options": {"region": "eu-central-1"}}},
    {"lambda_function": "f", "lambda": {"client_options": {"maxRetries": 2}}},
    {"lambda_function": "f", "lambda": {"client_options": {"endpoint": "http://127.0.0.1:9"}}},
    {"lambda_function": "f", "lambda": {"client_options": {"credentials": {"accessKeyId": "A"}}}},
    {"lambda_function": "f", "lambda": {"client_options": "text"}},
    {"lambda_function": "f", "lambda": {"client_options": [1, 2]}},
    {"lambda_function": "", "lambda": {}},
    {"lambda_function": None},
    {"lambda_function": 5},
    {"lambda_function": 0},
    {"lambda_function": ["f"], "lambda": {}},
    {"lambda_function": {}, "lambda": {}},
    {"url": "https://hooks.example.com", "lambda_function": "f"},
    {"url": "", "lambda_function": "f"},
)
FILTERS: tuple[Any, ...] = (
    None,
    {},
    [],
    "x",
    0,
    5,
    True,
    {"channel_name_starts_with": "private-"},
    {"channel_name_ends_with": "-probe"},
    {"channel_name_starts_with": "presence-", "channel_name_ends_with": "-1"},
    {"channel_name_starts_with": "", "channel_name_ends_with": ""},
    {"channel_name_starts_with": None, "channel_name_ends_with": None},
    {"starts_with": "private-"},
    {"channel_name_starts_with": 1},
    {"channel_name_starts_with": True},
    {"channel_name_starts_with": ["probe"]},
    {"channel_name_starts_with": []},
    {"channel_name_starts_with": {}},
    {"channel_name_ends_with": 0},
    {"channel_name_ends_with": [["probe"]]},
    {"channel_name_ends_with": {"toString": 1}},
    {"channel_name_starts_with": {"toString": None}},
)
URLS = (
    *words(
        "HTTP://hooks.example.com HTTPS://HOOKS.EXAMPLE.COM/A https:hooks.example.com "
        "https:/hooks.example.com https:///hooks.example.com http:// https:// //hooks.example.com "
        "hooks.example.com hooks.example.com:8080/x http://hooks.example.com:99999/ "
        "http://hooks.example.com:0/ http://hooks.example.com:x/ http://[::1]:8080/ http://[::1 "
        "http://hooks_a.example.com http://h\u00fcks.example.com http://hooks.example.com?a=b "
        "http://hooks.example.com#a http://u:p@hooks.example.com/ http://u@hooks.example.com "
        "http://@hooks.example.com ws://hooks.example.com mailto:a@example.com javascript:1 data:x "
        "file:///etc/passwd http://127.1/ http://0x7f.1/ http://hooks.example.com\\a "
        "http:\\\\hooks.example.com http://hooks.example.com/\u00fc http://.example.com "
        "http://a..example.com http://example.com. http://\uff41.example.com http://a%41.example.com "
        "http://-a.example.com http+unix://hooks.example.com https://hooks.example.com/%zz "
        "http://hooks.example.com:80:80/ http://*.example.com http://a!b.example.com "
        "http://h,h.example.com http://{id}.example.com http://localhost/ http://127.0.0.1/ "
    ),
    *(
        " https://hooks.example.com",
        "https://hooks.example.com ",
        "https://hooks example.com",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\n",
        "https://\thooks.example.com",
        "\nhttps://hooks.example.com",
        "https ://hooks.example.com",
        "https://hooks.example.com/\u20ac",
        "https://hooks.example.com/?q=\u20ac",
        "https://hooks.example.com/#\u20ac",
        "https://hooks.example.com/{}|^`<>\"'",
    ),
)
HEADERS: tuple[Any, ...] = (
    None,
    [],
    ["a"],
    ["a\nb"],
    "text",
    "",
    5,
    True,
    {},
    {"X-A": 1},
    {"X-A": 1.5, "X-B": True, "X-C": False, "X-D": 0},
    {"X-A": None},
    {"X-A": ""},
    {"X-A": " padded "},
    {"X-A": ["a", "b"]},
    {"X-A": []},
    {"X-A": [1, None]},
    {"X-A": {"a": 1}},
    {"X-A": {}},
    {"X-A": {"toString": 1}},
    {"": ""},
    {"X A": "a"},
    {"X:A": "a"},
    {"X-\u00dc": "a"},
    {"X-A": "\u00fc"},
    {"X-A": "\u20ac"},
    {"X-A": "a\r\nX-B: c"},
    {"X-A": "a\nb"},
    {"X-A": "a\tb"},
    {"X-A": "a\x7fb"},
    {"X-A": "a\x00b"},
    {"accept": "a"},
    {"ACCEPT": "a", "Accept": "b"},
    {"Accept": "b", "ACCEPT": "a"},
    {"content-type": "text/plain"},
    {"Content-Type": "text/plain"},
    {"Content-Type": None},
    {"Content-Type": ""},
    {"Content-Type": "application/x-www-form-urlencoded"},
    {"content-TYPE": "a", "CONTENT-type": "b"},
    {"user-agent": "a"},
    {"User-Agent": "a"},
    {"USER-AGENT": ""},
    {"x-pusher-key": "a"},
    {"X-Pusher-Key": "a", "X-Z": "b"},
    {"x-pusher-signature": "a", "X-Z": "b"},
    {"X-Z": "b", "x-PUSHER-key": "a"},
    {"x-a": "1", "X-A": "2"},
    {"Host": "other.example.com"},
    {"host": "other.example.com"},
    {"Content-Length": "3"},
    {"content-length": 3},
    {"Connection": "close"},
    {"connection": "keep-alive"},
    {"Transfer-Encoding": "chunked"},
    {"Expect": "100-continue"},
    {"Authorization": "Bearer x"},
    {"authorization": "Bearer x"},
    {"Cookie": ["a=1", "b=2"]},
    {"common": "x"},
    {"post": "x"},
    {"common": {"X-A": "1"}, "post": {"X-B": "2"}},
    {"delete": {"X-B": "2"}, "head": "x"},
    {"1": "a", "X-A": "b", "0": "c"},
    {"constructor": "a", "toString": "b"},
)
CLIENT_OPTIONS: tuple[Any, ...] = (
    {"apiVersion": "2010-01-01"},
    {"apiVersion": "2015-03-31"},
    {"apiVersion": "latest"},
    {"apiVersion": 5},
    {"apiVersion": None},
    {"endpoint": 5},
    {"endpoint": {}},
    {"endpoint": ""},
    {"endpoint": None},
    {"endpoint": "nonsense"},
    {"endpoint": []},
    {"endpoint": True},
    {"region": 5},
    {"region": ""},
    {"region": None},
    {"region": {}},
    {"region": "EU WEST"},
    {"credentials": "x"},
    {"credentials": None},
    {"httpOptions": {"timeout": 5}},
    {"httpOptions": None},
    {"httpOptions": "x"},
    {"params": "x"},
    {"params": {"FunctionName": "other"}},
    {"maxRetries": "x"},
    {"sslEnabled": False},
    {"logger": {}},
    {"apiConfig": {}},
    {"apiConfig": "x"},
    {"apiConfig": None},
    {"retryDelayOptions": 5},
    {"useDualstackEndpoint": True},
    {"useFipsEndpoint": True, "region": "eu-west-1"},
    {"systemClockOffset": "x"},
    {"customUserAgent": 5},
    {"accessKeyId": "A", "secretAccessKey": "S"},
    {"signatureVersion": "v9"},
    {"apiVersions": {"lambda": "2010-01-01"}},
)
ELEMENTS: tuple[Any, ...] = (
    None, "text", "", 5, 0, True, False, [], [1], {}, {"event_types": None}, {"event_types": []},
)  # fmt: skip
WEBHOOK_TEXTS: tuple[str, ...] = (
    "",
    " ",
    "null",
    "5",
    "{}",
    "[]",
    "[ ]",
    '""',
    '"[]"',
    '"text"',
    "true",
    "[{",
    "[{}]",
    "[,]",
    "[1,]",
    "[] []",
    "\ufeff[]",
    "\u00a0[]",
    "[]\u00a0",
    "\n[]\t\r",
    "\x0b[]",
    "[]//x",
    "[NaN]",
    "[Infinity]",
    "[-Infinity]",
    '[{"event_types": NaN}]',
    "['x']",
    '[{url:"x"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":1e999}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":' + "9" * 5000 + "}]",
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":01}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":-}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":1.}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":.5}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","n":-0}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"a\nb"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"a\tb"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"a\x7fb\u2028"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"\\ud800"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"\\x41"}]',
    '[{"event_types":["channel_occupied"],"url":"https://a.example","s":"\\u00zz"}]',
    '[{"event_types":["channel_\\u006fccupied"],"url":"https://a.example"}]',
    '[{"url":"https://a.example","event_types":[],"event_types":["cache_miss"]}]',
    '[{"url":"https://a.example","event_types":["cache_miss"],"event_types":5}]',
    '[{"__proto__":{"event_types":["cache_miss"]},"url":"https://a.example"}]',
    '[{"event_types":["cache_miss"],"__proto__":{"url":"https://a.example"}}]',
    '{"0":{"event_types":[]},"length":1}',
    '"[{\\"event_types\\":[\\"cache_miss\\"],\\"url\\":\\"https://a.example\\"}]"',
    '"\\"[]\\""',
    '"[{"',
    '"[null]"',
    "[" * 5000 + "]" * 5000,
    '[{"event_types":[],"deep":' + "[" * 3000 + "]" * 3000 + "}]",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One item and what it is about."""

    name: str
    item: RawItem


def build_corpus() -> tuple[Case, ...]:
    """Every case, in a fixed order."""
    cases = [
        *_flag_cases(),
        *_limit_cases(),
        *_webhook_cases(),
        *_identity_cases(),
        *_prototype_cases(),
        *_random_cases(random.Random(SEED)),  # noqa: S311 - the same items in every run
    ]
    return tuple(cases)


def _case(name: str, **attributes: AttributeValue | None) -> Case:
    return Case(name=f"{name}: {_short(attributes)}", item=an_item("shop", **attributes))


def _short(attributes: Any) -> str:
    text = repr(attributes)
    return text if len(text) < 300 else f"{text[:300]}... ({len(text)})"


def _flag_values() -> list[AttributeValue]:
    texts: list[AttributeValue] = [{"S": text} for text in FLAG_TEXTS]
    binaries: list[AttributeValue] = [{"B": text.encode()} for text in FLAG_TEXTS]
    numbers: list[AttributeValue] = [
        {"N": text} for text in ("1", "0", "-0", "-1", "0.0", "1E-130")
    ]
    return [*ODD_VALUES, *texts, *binaries, *numbers]


def _flag_cases() -> Iterator[Case]:
    for attribute, aliases in FLAGS.items():
        for value in _flag_values():
            yield _case("flag", **{attribute: value})
        for alias in aliases:
            for value in _flag_values()[::4]:
                yield _case("flag by alias", **{alias: value})
            for stored in ({"BOOL": True}, {"BOOL": False}, {"NULL": True}, {"S": ""}):
                for wins in (
                    {"BOOL": True},
                    {"BOOL": False},
                    {"NULL": True},
                    {"S": ""},
                    {"B": b""},
                ):
                    yield _case("flag and alias", **{attribute: stored, alias: wins})


def _number_values() -> list[AttributeValue]:
    numbers: list[AttributeValue] = [{"N": text} for text in NUMBERS]
    texts: list[AttributeValue] = [{"S": text} for text in NUMBER_TEXTS]
    return [*numbers, *texts, *ODD_VALUES]


def _limit_cases() -> Iterator[Case]:
    for attribute, aliases in LIMITS.items():
        for value in _number_values():
            yield _case("limit", **{attribute: value})
        for alias in aliases:
            for value in ({"N": "5"}, {"N": "-1"}, {"NULL": True}, {"S": ""}, {"S": "x"}):
                yield _case("limit by alias", **{alias: value})
                yield _case("limit and alias", **{attribute: {"N": "7"}, alias: value})


def _webhook_cases() -> Iterator[Case]:
    for text in WEBHOOK_TEXTS:
        for name in ("Webhooks", "webhooks"):
            yield _case("webhook text", **{name: {"S": text}})
        yield _case("webhook bytes", Webhooks={"B": text.encode()})
    for value in ODD_VALUES:
        yield _case("webhook value", Webhooks=value)
        yield _case("webhook value by alias", webhooks=value)
    good = {"url": "https://hooks.example.com/", "event_types": ["channel_occupied"]}
    shapes = [
        *({"url": "https://hooks.example.com/", "event_types": types} for types in EVENT_TYPES),
        *({**target, "event_types": ["member_added"]} for target in TARGETS),
        *({**good, "filter": one} for one in FILTERS),
        *({**good, "headers": one} for one in HEADERS),
        *({**good, "url": one} for one in URLS),
        *(
            {
                "lambda_function": "f",
                "lambda": {"client_options": one},
                "event_types": ["cache_miss"],
            }
            for one in CLIENT_OPTIONS
        ),
        *ELEMENTS,
    ]
    for shape in shapes:
        yield _case("webhook", Webhooks={"S": json.dumps([shape])})
        yield _case("webhook after a good one", Webhooks={"S": json.dumps([good, shape])})
        yield _case("native webhook", Webhooks={"L": [native(shape)]})
    yield _case("both names", Webhooks={"S": json.dumps([good])}, webhooks={"S": "[null]"})
    yield _case(
        "unparsable hides the alias", Webhooks={"S": "[{"}, webhooks={"S": json.dumps([good])}
    )
    yield _case(
        "null lets the alias through", Webhooks={"S": "null"}, webhooks={"S": json.dumps([good])}
    )
    yield _case(
        "binary event types",
        Webhooks={
            "L": [{"M": {"url": {"S": "https://a.example"}, "event_types": {"B": b"cache_miss"}}}]
        },
    )
    yield _case(
        "set of event types",
        Webhooks={
            "L": [{"M": {"url": {"S": "https://a.example"}, "event_types": {"SS": ["cache_miss"]}}}]
        },
    )


def native(value: Any) -> AttributeValue:
    """A JSON value as a DynamoDB list or map, not as text."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [native(one) for one in value]}
    return {"M": {name: native(one) for name, one in value.items()}}


def _identity_cases() -> Iterator[Case]:
    for value in (*ODD_VALUES, {"S": ""}, {"S": "x"}, {"S": "ünïcödé 🔑"}, {"N": "5"}, {"N": "0"}):
        yield _case("secret", AppSecret=value)
        yield _case("secret by alias", AppSecret=None, secret=value)
        yield _case("secret and alias", secret=value)
    yield _case("no key", AppKey=None)
    yield _case("key by alias only", AppKey=None, key={"S": "other"})
    yield _case("id alias", id={"S": "other"})
    yield _case("no secret", AppSecret=None)
    yield _case(
        "unknown names", Zebra={"SS": ["a"]}, MaxConnection={"N": "1"}, Webhook={"S": "[null]"}
    )
    yield _case("unknown deep", Deep={"M": {"a": {"L": [{"BS": [b"\x00"]}, {"NS": ["1"]}]}}})


def _prototype_cases() -> Iterator[Case]:
    """`__proto__` as a name: the SDK's Converter assigns it, which sets the object's prototype."""
    yield _case("proto", __proto__={"M": {"max_connections": {"N": "3"}}})
    yield _case("proto flag", __proto__={"M": {"Enabled": {"BOOL": False}}})
    hook = {"url": {"S": "https://a.example"}}
    types: AttributeValue = {"M": {"event_types": {"L": [{"S": "cache_miss"}]}}}
    yield _case("proto webhook", Webhooks={"L": [{"M": {**hook, "__proto__": types}}]})
    yield _case("constructor", constructor={"S": "x"}, hasOwnProperty={"BOOL": False})


def _random_cases(chance: random.Random) -> Iterator[Case]:
    for _ in range(RANDOM_ITEMS):
        attributes: dict[str, AttributeValue | None] = {}
        for name, aliases in FLAGS.items():
            if chance.random() < 0.6:
                attributes[chance.choice((name, name, *aliases))] = chance.choice(_flag_values())
        for name, aliases in LIMITS.items():
            for one in (name, *aliases):
                if chance.random() < 0.2:
                    attributes[one] = chance.choice(_number_values())
        if chance.random() < 0.8:
            attributes[chance.choice(("Webhooks", "Webhooks", "webhooks"))] = _random_hooks(chance)
        if chance.random() < 0.1:
            attributes["AppSecret"] = chance.choice(ODD_VALUES)
        yield _case("random", **attributes)


def _random_hooks(chance: random.Random) -> AttributeValue:
    hooks: list[Any] = []
    for _ in range(chance.randint(0, 4)):
        known = EVENT_TYPES[: 6 if chance.random() < 0.9 else None]
        hook: dict[str, Any] = {**chance.choice(TARGETS), "event_types": chance.choice(known)}
        if chance.random() < 0.4:
            hook["filter"] = chance.choice(FILTERS)
        if chance.random() < 0.05:
            hook.pop("event_types")
        hooks.append(hook)
    match chance.randint(0, 9):
        case 0:
            return native(hooks)
        case 1:
            return {"B": json.dumps(hooks).encode()}
        case 2:
            return {"S": json.dumps(json.dumps(hooks))}
    return {"S": json.dumps(hooks)}
