"""The options of a table as people type them: one spelling for flags, form fields and query strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import (
    BillingMode,
    Encryption,
    RemovalPolicy,
    StreamView,
    TableClass,
    TableDesign,
    TableKind,
    check_regions,
)
from apps_admin.domain.table_comparison import Aspect

LONGEST_RECOVERY = 35

OptionValues = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class TableOption:
    """One option: its name, the field of TableDesign it sets, and what of a live table it is about."""

    name: str
    field: str
    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    is_flag: bool = False
    is_repeated: bool = False
    aspects: tuple[Aspect, ...] = ()

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return "--" + self.name.replace("_", "-")


OPTIONS: tuple[TableOption, ...] = (
    TableOption(
        name="table",
        field="name",
        metavar="NAME",
        help="Name of the table: 3 to 255 letters, digits, '_', '-' or '.'.",
    ),
    TableOption(
        name="region",
        field="region",
        metavar="REGION",
        is_repeated=True,
        help="Region of the table; name further ones for replicas.",
        aspects=(Aspect.REPLICAS,),
    ),
    TableOption(
        name="billing_mode",
        field="billing_mode",
        choices=tuple(BillingMode),
        help="PAY_PER_REQUEST (on demand), or PROVISIONED with both capacities.",
        aspects=(Aspect.BILLING,),
    ),
    TableOption(
        name="read_capacity",
        field="read_capacity",
        metavar="UNITS",
        help="Provisioned reads per second, for the table and its index each.",
        aspects=(Aspect.CAPACITY, Aspect.INDEX_CAPACITY),
    ),
    TableOption(
        name="write_capacity",
        field="write_capacity",
        metavar="UNITS",
        help="Provisioned writes per second, for the table and its index each.",
        aspects=(Aspect.CAPACITY, Aspect.INDEX_CAPACITY),
    ),
    TableOption(
        name="max_reads",
        field="max_reads",
        metavar="UNITS",
        help="Ceiling of on-demand reads per second, for the table and its index each.",
        aspects=(Aspect.MAXIMUM, Aspect.INDEX_MAXIMUM),
    ),
    TableOption(
        name="max_writes",
        field="max_writes",
        metavar="UNITS",
        help="Ceiling of on-demand writes per second, for the table and its index each.",
        aspects=(Aspect.MAXIMUM, Aspect.INDEX_MAXIMUM),
    ),
    TableOption(
        name="pitr",
        field="recovery_days",
        metavar="DAYS",
        help="Point-in-time recovery, with its window of 1 to 35 days (35 when no number is given).",
        aspects=(Aspect.RECOVERY,),
    ),
    TableOption(
        name="ttl",
        field="expiry_attribute",
        metavar="ATTRIBUTE",
        help="Attribute (epoch seconds) after which DynamoDB deletes an item.",
        aspects=(Aspect.EXPIRY,),
    ),
    TableOption(
        name="deletion_protection",
        field="deletion_protection",
        is_flag=True,
        help="Refuse to delete the table until the protection is taken off.",
        aspects=(Aspect.DELETION_PROTECTION,),
    ),
    TableOption(
        name="encryption",
        field="encryption",
        choices=tuple(Encryption),
        help="Whose key encrypts the table: DynamoDB's (owned), the account's aws/dynamodb (managed), your own.",
        aspects=(Aspect.ENCRYPTION,),
    ),
    TableOption(
        name="kms_key",
        field="kms_key",
        metavar="ARN",
        help="ARN of your own KMS key, with encryption customer.",
        aspects=(Aspect.ENCRYPTION,),
    ),
    TableOption(
        name="table_class",
        field="table_class",
        choices=tuple(TableClass),
        help="Storage class; infrequent access is cheaper to keep and dearer to read.",
        aspects=(Aspect.TABLE_CLASS,),
    ),
    TableOption(
        name="stream",
        field="stream",
        choices=tuple(StreamView),
        help="Stream of changes; replicas need NEW_AND_OLD_IMAGES.",
        aspects=(Aspect.STREAM,),
    ),
    TableOption(
        name="tag",
        field="tags",
        metavar="KEY=VALUE",
        is_repeated=True,
        help="A tag of the table; at most 50.",
        aspects=(Aspect.TAGS,),
    ),
    TableOption(
        name="removal_policy",
        field="removal",
        choices=tuple(RemovalPolicy),
        help="What an infrastructure tool does with the table when its definition is removed.",
    ),
)
_BY_NAME = {option.name: option for option in OPTIONS}
_BY_FIELD = {option.field: option.name for option in OPTIONS} | {"replicas": "region"}


def parse_design(kind: TableKind, values: OptionValues, *, is_on_aws: bool = True) -> TableDesign:
    """The design these options ask for; empty values count as not given.

    Raises ValidationError with the names of the options, also for regions AWS does not have: only an endpoint other
    than AWS's may use any.
    """
    errors: dict[str, list[str]] = {}
    fields: dict[str, Any] = {"kind": kind}
    for name in given_options(values):
        option = _BY_NAME[name]
        texts = [text for text in values[name] if text != ""]
        try:
            fields |= _parse(option, texts)
        except ValueError as error:
            errors.setdefault(name, []).append(str(error))
    if errors:
        raise ValidationError(errors)
    try:
        design = TableDesign(**fields)
        if is_on_aws:
            check_regions(design)
    except ValidationError as error:
        raise _renamed(error) from error
    return design


def _renamed(error: ValidationError) -> ValidationError:
    """The same complaints under the names of the options."""
    errors: dict[str, list[str]] = {}
    for field, messages in error.errors.items():
        errors.setdefault(_BY_FIELD.get(field, field), []).extend(messages)
    return ValidationError(errors, hint=error.hint)


def given_options(values: OptionValues) -> tuple[str, ...]:
    """The names of the options that have a value."""
    return tuple(
        option.name for option in OPTIONS if any(text != "" for text in values.get(option.name, ()))
    )


def given_aspects(values: OptionValues) -> frozenset[Aspect]:
    """What of a live table the given options are about."""
    return frozenset(aspect for name in given_options(values) for aspect in _BY_NAME[name].aspects)


def written_options(design: TableDesign) -> dict[str, list[str]]:
    """The options that make this design, without those that have their default value."""
    default = TableDesign(kind=design.kind)
    values: dict[str, list[str]] = {}
    for option in OPTIONS:
        value = getattr(design, option.field)
        if option.name == "region":
            if design.regions != default.regions:
                values["region"] = list(design.regions)
        elif option.name == "tag":
            values |= {"tag": [f"{key}={text}" for key, text in value.items()]} if value else {}
        elif value != getattr(default, option.field):
            values[option.name] = ["on" if value is True else str(value)]
    return values


def _parse(option: TableOption, texts: Sequence[str]) -> dict[str, Any]:
    if option.name == "region":
        return {"region": texts[0], "replicas": tuple(texts[1:])}
    if option.name == "tag":
        return {"tags": _parse_tags(texts)}
    text = texts[-1].strip()
    if option.is_flag:
        return {option.field: text.lower() not in {"off", "false", "no", "0"}}
    if option.name == "pitr":
        if text.lower() in {"off", "false", "no"}:
            return {}
        return {option.field: LONGEST_RECOVERY if text.lower() == "on" else _whole_number(text)}
    if option.choices:
        return {option.field: _ENUMS[option.field](_choice(option, text))}
    if option.metavar == "UNITS":
        return {option.field: _whole_number(text)}
    return {option.field: text}


_ENUMS: Mapping[str, type[StrEnum]] = {
    "billing_mode": BillingMode,
    "encryption": Encryption,
    "table_class": TableClass,
    "stream": StreamView,
    "removal": RemovalPolicy,
}


def _choice(option: TableOption, text: str) -> str:
    for choice in option.choices:
        if choice.lower() == text.lower():
            return choice
    raise ValueError(f"{text!r} is none of {', '.join(option.choices)}.")


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValueError(f"{text!r} is not a whole number.")
    return int(text)


def _parse_tags(texts: Sequence[str]) -> dict[str, str]:
    tags: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text!r} is not a tag: write key=value.")
        if key in tags:
            raise ValueError(f"Tag {key!r} is given twice.")
        tags[key] = value
    return tags
