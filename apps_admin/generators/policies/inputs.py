"""What a policy is written for: account, region, table, and what a single purpose needs beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from apps_admin.domain.connection import DEFAULT_REGION, KEY_INDEX
from apps_admin.domain.errors import ValidationError
from apps_admin.domain.regions import PARTITIONS, Partition, partition_of, unknown_region_message

EXAMPLE_ACCOUNT = "123456789012"

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_FUNCTION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FUNCTION_ARN = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9_$-]{1,128})?"
)
_KEY_ARN = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]{1,128}")
_VPC_ENDPOINT = re.compile(r"vpce-[0-9a-f]{8,32}")
_API_ID = re.compile(r"[a-z0-9]{1,64}")
_STAGE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_OIDC_PROVIDER = re.compile(r"[a-z0-9.-]+(/[A-Za-z0-9._-]+)*")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}:[a-z0-9][a-z0-9.-]{0,252}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_ATTRIBUTE = re.compile(r"[^\x00-\x1f\x7f*?]{1,255}")


class Feature(StrEnum):
    """What a party does beyond the least it must."""

    HEALTH = "health"
    LIST_TABLES = "list-tables"
    SEED = "seed"


FEATURES: Mapping[Feature, str] = {
    Feature.HEALTH: "show time to live, backups and tags beside the table",
    Feature.LIST_TABLES: "list the tables of the account",
    Feature.SEED: "write the first apps into a new table",
}


@dataclass(frozen=True, kw_only=True)
class PolicyInputs:
    """Inputs of every purpose; each uses some. Making impossible ones raises ValidationError."""

    table: str = "apps"
    regions: tuple[str, ...] = (DEFAULT_REGION,)
    accounts: tuple[str, ...] = (EXAMPLE_ACCOUNT,)
    partition_name: str = ""
    features: frozenset[Feature] = frozenset()
    functions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    key_prefixes: tuple[str, ...] = ()
    kms_key: str = ""
    vpc_endpoint: str = ""
    api: str = ""
    stage: str = ""
    oidc_provider: str = ""
    service_account: str = ""
    trusted_account: str = ""
    external_id: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        errors: dict[str, list[str]] = {}
        for name, message in _problems(self):
            errors.setdefault(name, []).append(message)
        if errors:
            raise ValidationError(errors)

    @property
    def partition(self) -> Partition:
        """The partition of the regions."""
        return PARTITIONS[self.partition_name] if self.partition_name else self._home

    @property
    def _home(self) -> Partition:
        return partition_of(self.regions[0]) or PARTITIONS["aws"]

    def arns(self, service: str, resource: str) -> tuple[str, ...]:
        """The resource in every account and region."""
        return tuple(
            f"arn:{self.partition.name}:{service}:{region}:{account}:{resource}"
            for account in self.accounts
            for region in self.regions
        )

    @property
    def table_arns(self) -> tuple[str, ...]:
        """The table: one ARN for each account and region."""
        return self.arns("dynamodb", f"table/{self.table}")

    @property
    def index_arns(self) -> tuple[str, ...]:
        """The index that finds an app by its key."""
        return self.arns("dynamodb", f"table/{self.table}/index/{KEY_INDEX}")

    @property
    def function_arns(self) -> tuple[str, ...]:
        """The named Lambda functions; a full ARN stays as it is."""
        return tuple(
            arn
            for function in self.functions
            for arn in (
                (function,)
                if function.startswith("arn:")
                else self.arns("lambda", f"function:{function}")
            )
        )

    @property
    def home_region(self) -> str:
        """The first region."""
        return self.regions[0]


def _problems(inputs: PolicyInputs) -> Iterator[tuple[str, str]]:
    yield from _place_problems(inputs)
    yield from _pattern_problems(inputs)
    for feature in inputs.features:
        if feature not in FEATURES:
            yield "feature", f"There is no feature {feature!r}: {', '.join(FEATURES)}."
    if inputs.stage and not inputs.api:
        yield "api", "stage and api disagree: a stage belongs to an API; name it as well."


def _place_problems(inputs: PolicyInputs) -> Iterator[tuple[str, str]]:
    if not _TABLE.fullmatch(inputs.table):
        yield (
            "table",
            "A table name has 3 to 255 characters, each a letter, a digit, '_', '-' or '.'.",
        )
    accounts = [("account", account) for account in inputs.accounts]
    if inputs.trusted_account:
        accounts.append(("trusted_account", inputs.trusted_account))
    for name, account in accounts:
        if not _ACCOUNT.fullmatch(account):
            yield name, f"{account!r} is not an account id: 12 digits."
    if not inputs.accounts:
        yield "account", "Name at least one account."
    if not inputs.regions:
        yield "region", "Name at least one region."
    if inputs.partition_name and inputs.partition_name not in PARTITIONS:
        yield (
            "partition",
            f"There is no partition {inputs.partition_name!r}: {', '.join(PARTITIONS)}.",
        )
        return
    yield from _region_problems(inputs)


def _region_problems(inputs: PolicyInputs) -> Iterator[tuple[str, str]]:
    for region in inputs.regions:
        partition = partition_of(region)
        if partition is None:
            yield "region", unknown_region_message(region)
        elif partition != inputs.partition:
            other = "partition" if inputs.partition_name else f"region {inputs.regions[0]}"
            yield (
                "region",
                f"region {region} and {other} disagree: it is in {partition.name}, not in {inputs.partition.name}.",
            )


def _pattern_problems(inputs: PolicyInputs) -> Iterator[tuple[str, str]]:
    checks: tuple[tuple[str, Sequence[str], re.Pattern[str], str], ...] = (
        ("kms_key", _given(inputs.kms_key), _KEY_ARN, "arn:aws:kms:REGION:ACCOUNT:key/ID"),
        ("vpc_endpoint", _given(inputs.vpc_endpoint), _VPC_ENDPOINT, "vpce-0123456789abcdef0"),
        ("api", _given(inputs.api), _API_ID, "the id of an API, like a1b2c3d4e5"),
        ("stage", _given(inputs.stage), _STAGE, "the name of a stage, like prod"),
        (
            "oidc_provider",
            _given(inputs.oidc_provider),
            _OIDC_PROVIDER,
            "oidc.eks.REGION.amazonaws.com/id/ID, without https://",
        ),
        (
            "service_account",
            _given(inputs.service_account),
            _SERVICE_ACCOUNT,
            "NAMESPACE:NAME of a Kubernetes service account",
        ),
        (
            "external_id",
            _given(inputs.external_id),
            _EXTERNAL_ID,
            "2 to 1224 letters, digits and + = , . @ : / -",
        ),
        ("attribute", inputs.attributes, _ATTRIBUTE, "the name of an attribute, without * or ?"),
        (
            "key_prefix",
            inputs.key_prefixes,
            _ATTRIBUTE,
            "the beginning of an AppId, without * or ?",
        ),
    )
    for name, values, pattern, form in checks:
        for value in values:
            if not pattern.fullmatch(value):
                # An external id is half a secret: the message does not repeat it.
                shown = "This" if name == "external_id" else repr(value)
                yield name, f"{shown} is not of the form {form}."
    for function in inputs.functions:
        if not (_FUNCTION.fullmatch(function) or _FUNCTION_ARN.fullmatch(function)):
            yield "function", f"{function!r} is neither the name nor the ARN of a Lambda function."


def _given(value: str) -> tuple[str, ...]:
    return (value,) if value else ()
