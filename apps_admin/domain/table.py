"""The desired table: one value behind `bootstrap_table`, the generators and the comparison with a live table.

Two tables are known: the one soketi reads its apps from (soketi 1.6.1 `src/app-managers/dynamodb-app-manager.ts`
asks for exactly `AppKeyIndex`, and only sees what that index projects), and the one the `@lawcket/dynamo` plugin
keeps WebSocket connections in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from apps_admin.domain.connection import DEFAULT_REGION, DEFAULT_TABLE, KEY_INDEX
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.regions import partition_of

DEFAULT_CONNECTIONS_TABLE = "connections"
MAXIMUM_TAGS = 50

_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PLAIN_TAG = re.compile(r"[\w\s+\-=.:/@]*")
_KEY_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):key/(?P<id>[A-Za-z0-9-]{1,128})"
)


class TableKind(StrEnum):
    """Whose table it is."""

    APPS = "apps"
    LAWCKET = "lawcket"


class BillingMode(StrEnum):
    """How DynamoDB charges, under its API names."""

    ON_DEMAND = "PAY_PER_REQUEST"
    PROVISIONED = "PROVISIONED"


class Encryption(StrEnum):
    """Whose key encrypts the table at rest."""

    OWNED = "owned"
    MANAGED = "managed"
    CUSTOMER = "customer"


class TableClass(StrEnum):
    """DynamoDB's storage classes, under their API names."""

    STANDARD = "STANDARD"
    INFREQUENT_ACCESS = "STANDARD_INFREQUENT_ACCESS"


class StreamView(StrEnum):
    """What a stream's records carry, under the API names."""

    KEYS_ONLY = "KEYS_ONLY"
    NEW_IMAGE = "NEW_IMAGE"
    OLD_IMAGE = "OLD_IMAGE"
    NEW_AND_OLD_IMAGES = "NEW_AND_OLD_IMAGES"


class RemovalPolicy(StrEnum):
    """What an infrastructure tool does with the table when its definition is removed."""

    RETAIN = "retain"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class TableIndex:
    """A global secondary index with a hash key of type S, projecting every attribute."""

    name: str
    hash_key: str


@dataclass(frozen=True, kw_only=True)
class TableShape:
    """What makes the table this kind of table; no option changes it."""

    hash_key: str
    index: TableIndex | None
    default_name: str

    @property
    def key_attributes(self) -> tuple[str, ...]:
        """Exactly the attributes that must be defined: the keys, each of type S."""
        return (self.hash_key, self.index.hash_key) if self.index else (self.hash_key,)


SHAPES: Mapping[TableKind, TableShape] = {
    TableKind.APPS: TableShape(
        hash_key="AppId",
        index=TableIndex(name=KEY_INDEX, hash_key="AppKey"),
        default_name=DEFAULT_TABLE,
    ),
    TableKind.LAWCKET: TableShape(
        hash_key="connectionId", index=None, default_name=DEFAULT_CONNECTIONS_TABLE
    ),
}


@dataclass(frozen=True, kw_only=True)
class TableDesign:
    """A table as it should be. Making one that cannot exist raises ValidationError.

    Capacities are units per second, for the table and its index alike. `recovery_days` is the window of
    point-in-time recovery, None is off. `replicas` are further regions.
    """

    kind: TableKind = TableKind.APPS
    name: str = ""
    region: str = DEFAULT_REGION
    billing_mode: BillingMode = BillingMode.ON_DEMAND
    read_capacity: int | None = None
    write_capacity: int | None = None
    max_reads: int | None = None
    max_writes: int | None = None
    recovery_days: int | None = None
    expiry_attribute: str = ""
    deletion_protection: bool = False
    encryption: Encryption = Encryption.OWNED
    kms_key: str = ""
    table_class: TableClass = TableClass.STANDARD
    stream: StreamView | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    replicas: tuple[str, ...] = ()
    removal: RemovalPolicy = RemovalPolicy.RETAIN

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.shape.default_name)
        errors: dict[str, list[str]] = {}
        for option, message in _problems(self):
            errors.setdefault(option, []).append(message)
        if errors:
            raise ValidationError(errors)

    @property
    def shape(self) -> TableShape:
        """Keys and index of this kind of table."""
        return SHAPES[self.kind]

    @property
    def is_provisioned(self) -> bool:
        """Whether capacity is bought in advance."""
        return self.billing_mode is BillingMode.PROVISIONED

    @property
    def regions(self) -> tuple[str, ...]:
        """Every region the table lives in, its own first."""
        return (self.region, *self.replicas)

    def kms_key_in(self, region: str) -> str:
        """The own key as a replica in this region sees it; empty without an own key."""
        match = _KEY_ARN.fullmatch(self.kms_key)
        if match is None:
            return ""
        return f"arn:{match['partition']}:kms:{region}:{match['account']}:key/{match['id']}"

    def warnings(self) -> tuple[str, ...]:
        """What is possible but probably not meant."""
        return tuple(_warnings(self))


def check_regions(design: TableDesign) -> None:
    """Raise ValidationError for regions that AWS does not have, or that are in two partitions.

    Not part of the design itself: an endpoint other than AWS's may use any region.
    """
    errors: dict[str, list[str]] = {}
    home = partition_of(design.region)
    for option, region in [("region", design.region), *(("replicas", r) for r in design.replicas)]:
        partition = partition_of(region)
        if partition is None:
            errors.setdefault(option, []).append(f"AWS has no region called {region!r}.")
        elif home is not None and partition != home:
            errors.setdefault(option, []).append(
                f"{region} and {design.region} disagree: {partition.name} and {home.name} are separate partitions."
            )
    if errors:
        raise ValidationError(errors)


def _problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    yield from _name_problems(design)
    yield from _capacity_problems(design)
    yield from _retention_problems(design)
    yield from _encryption_problems(design)
    yield from _replica_problems(design)
    yield from _tag_problems(design.tags)


def _name_problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    if not _NAME.fullmatch(design.name):
        yield (
            "name",
            "A table name has 3 to 255 characters, each a letter, a digit, '_', '-' or '.'.",
        )
    if not _REGION.fullmatch(design.region):
        yield "region", f"{design.region!r} is not the name of a region."


def _capacity_problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    capacities = {"read_capacity": design.read_capacity, "write_capacity": design.write_capacity}
    maximums = {"max_reads": design.max_reads, "max_writes": design.max_writes}
    for option, units in (capacities | maximums).items():
        if units is not None and units < 1:
            yield option, "Capacity is at least 1 unit per second."
    if design.is_provisioned:
        for option, units in capacities.items():
            if units is None:
                yield option, f"Billing mode PROVISIONED needs {option} as well."
        refused, mode = maximums, BillingMode.PROVISIONED
    else:
        refused, mode = capacities, BillingMode.ON_DEMAND
    for option, units in refused.items():
        if units is not None:
            yield option, f"{option} and billing mode {mode} disagree: leave one out."


def _retention_problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    if design.recovery_days is not None and not 1 <= design.recovery_days <= 35:
        yield "recovery_days", "Point-in-time recovery keeps 1 to 35 days."
    attribute = design.expiry_attribute
    if attribute in design.shape.key_attributes:
        yield (
            "expiry_attribute",
            f"{attribute} is a key of type S; DynamoDB expires items by an attribute of type N.",
        )
    if len(attribute.encode("utf-8", "replace")) > 255:
        yield "expiry_attribute", "The name of an attribute has at most 255 bytes."
    if message := _unwritable(attribute):
        yield "expiry_attribute", message


def _encryption_problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    if design.encryption is not Encryption.CUSTOMER:
        if design.kms_key:
            yield (
                "kms_key",
                (
                    f"kms_key and encryption {design.encryption} disagree: "
                    f"an own key goes with encryption {Encryption.CUSTOMER}."
                ),
            )
        return
    match = _KEY_ARN.fullmatch(design.kms_key)
    if match is None:
        yield (
            "kms_key",
            (
                f"Encryption {Encryption.CUSTOMER} needs the ARN of a KMS key: "
                "arn:aws:kms:REGION:ACCOUNT:key/ID."
            ),
        )
        return
    if match["region"] != design.region:
        yield (
            "kms_key",
            f"kms_key and region disagree: the key is in {match['region']}, the table in {design.region}.",
        )
    if design.replicas and not match["id"].startswith("mrk-"):
        yield (
            "kms_key",
            "kms_key and replicas disagree: only a multi-Region key (mrk-...) exists in every region.",
        )


def _replica_problems(design: TableDesign) -> Iterator[tuple[str, str]]:
    if not design.replicas:
        return
    for region in design.replicas:
        if not _REGION.fullmatch(region):
            yield "replicas", f"{region!r} is not the name of a region."
    if design.region in design.replicas:
        yield (
            "replicas",
            f"replicas and region disagree: {design.region} is the table's own region.",
        )
    if len(set(design.replicas)) != len(design.replicas):
        yield "replicas", "A region is named twice."
    if design.stream is not StreamView.NEW_AND_OLD_IMAGES:
        chosen = design.stream or "none"
        yield (
            "stream",
            f"replicas and stream ({chosen}) disagree: replication needs the stream {StreamView.NEW_AND_OLD_IMAGES}.",
        )
    if design.is_provisioned:
        yield (
            "billing_mode",
            (
                "replicas and billing mode PROVISIONED disagree: "
                f"without auto scaling a table with replicas has to be {BillingMode.ON_DEMAND}."
            ),
        )


def _tag_problems(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if len(tags) > MAXIMUM_TAGS:
        yield "tags", f"A table has at most {MAXIMUM_TAGS} tags; these are {len(tags)}."
    for key, value in tags.items():
        if not 1 <= len(key) <= 128:
            yield "tags", "The key of a tag has 1 to 128 characters."
        if len(value) > 256:
            yield "tags", f"The value of tag {key!r} has more than 256 characters."
        if key.lower().startswith("aws:"):
            yield "tags", f"Tag {key!r}: keys that begin with aws: belong to AWS."
        if message := _unwritable(key) or _unwritable(value):
            yield "tags", f"Tag {key!r}: {message}"


def _unwritable(text: str) -> str:
    """Why no document can carry this text; empty when all can."""
    if "\x00" in text:
        return "A NUL character can not be written in every format."
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return "Half of a surrogate pair is not a character."
    return ""


def _warnings(design: TableDesign) -> Iterator[str]:
    if design.kind is TableKind.APPS and design.expiry_attribute:
        yield (
            "DynamoDB deletes expired items hours or days late, and soketi serves an expired app until then. "
            "When an app that has webhooks vanishes while clients are connected, "
            "soketi 1.6.1 shuts down for every app."
        )
    if design.deletion_protection and design.removal is RemovalPolicy.DELETE:
        yield (
            "Deletion protection and removal policy delete pull in two directions: "
            "removing the definition will fail until the protection is taken off."
        )
    for key, value in design.tags.items():
        if not (_PLAIN_TAG.fullmatch(key) and _PLAIN_TAG.fullmatch(value)):
            yield (
                f"Tag {key!r} is written as it is, but DynamoDB accepts only letters, digits, spaces and "
                "+ - = . _ : / @ in tags."
            )
