"""The inputs of a policy as people type them: one spelling for flags, form fields and query strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.regions import PARTITIONS
from apps_admin.generators.policies.inputs import FEATURES, Feature, PolicyInputs
from apps_admin.generators.policies.purpose import PLACE_INPUTS, Purpose

OptionValues = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class PolicyOption:
    """One input: its name, the field of PolicyInputs it sets, what to say about it."""

    name: str
    field: str
    help: str
    label: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    is_repeated: bool = False
    is_linkable: bool = True

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return "--" + self.name.replace("_", "-")


OPTIONS: tuple[PolicyOption, ...] = (
    PolicyOption(
        name="table", field="table", label="Table", metavar="NAME", help="Name of the table."
    ),
    PolicyOption(
        name="region",
        field="regions",
        label="Regions",
        metavar="REGION",
        is_repeated=True,
        help="Region of the table; name each region of its replicas.",
    ),
    PolicyOption(
        name="account",
        field="accounts",
        label="Accounts",
        metavar="ACCOUNT",
        is_repeated=True,
        help="Id of the account the table is in: 12 digits.",
    ),
    PolicyOption(
        name="partition",
        field="partition_name",
        label="Partition",
        choices=tuple(PARTITIONS),
        help="Partition of AWS; usually told by the region.",
    ),
    PolicyOption(
        name="feature",
        field="features",
        label="Features",
        choices=tuple(FEATURES),
        is_repeated=True,
        help="What the party does beyond the least it must: "
        + "; ".join(f"{name} ({what})" for name, what in FEATURES.items())
        + ".",
    ),
    PolicyOption(
        name="function",
        field="functions",
        label="Lambda functions",
        metavar="FUNCTION",
        is_repeated=True,
        help="Name or ARN of a Lambda function: of a webhook, or lawcket's own.",
    ),
    PolicyOption(
        name="attribute",
        field="attributes",
        label="Further attributes",
        metavar="NAME",
        is_repeated=True,
        help="Further attribute a viewer without secrets may read.",
    ),
    PolicyOption(
        name="key_prefix",
        field="key_prefixes",
        label="Beginnings of AppIds",
        metavar="PREFIX",
        is_repeated=True,
        help="How the tenant's AppIds begin.",
    ),
    PolicyOption(
        name="kms_key",
        field="kms_key",
        label="KMS key",
        metavar="ARN",
        help="ARN of your own KMS key.",
    ),
    PolicyOption(
        name="vpc_endpoint",
        field="vpc_endpoint",
        label="VPC endpoint",
        metavar="ID",
        help="Id of the VPC endpoint, vpce-...",
    ),
    PolicyOption(
        name="api",
        field="api",
        label="API",
        metavar="ID",
        help="Id of the WebSocket API in API Gateway.",
    ),
    PolicyOption(
        name="stage",
        field="stage",
        label="Stage",
        metavar="NAME",
        help="Stage of the WebSocket API.",
    ),
    PolicyOption(
        name="oidc_provider",
        field="oidc_provider",
        label="OIDC provider",
        metavar="HOST/PATH",
        help="OIDC issuer of the EKS cluster, without https://.",
    ),
    PolicyOption(
        name="service_account",
        field="service_account",
        label="Service account",
        metavar="NAMESPACE:NAME",
        help="Kubernetes service account that gets the role.",
    ),
    PolicyOption(
        name="trusted_account",
        field="trusted_account",
        label="Trusted account",
        metavar="ACCOUNT",
        help="Id of the account that may take on the role.",
    ),
    PolicyOption(
        name="external_id",
        field="external_id",
        label="External id",
        metavar="TEXT",
        is_linkable=False,
        help="External id of a cross-account role; one is made up when none is given.",
    ),
)
_LISTS = frozenset({"regions", "accounts", "functions", "attributes", "key_prefixes"})
# Purposes whose document names no account.
WITHOUT_ACCOUNT = frozenset(
    {
        "kms-data-plane",
        "kms-create-table",
        "trust-ec2",
        "trust-lambda",
        "trust-pod-identity",
        "trust-cross-account",
    }
)


def parse_inputs(purpose: Purpose, values: OptionValues) -> PolicyInputs:
    """The inputs these options give; empty values count as not given.

    Raises ValidationError with the names of the options.
    """
    fields: dict[str, object] = {}
    for option in OPTIONS:
        texts = tuple(text for value in values.get(option.name, ()) if (text := value.strip()))
        if not texts:
            continue
        if option.name == "feature":
            fields["features"] = frozenset(_features(texts))
        else:
            fields[option.field] = texts if option.field in _LISTS else texts[-1]
    if "accounts" not in fields and purpose.name not in WITHOUT_ACCOUNT:
        raise ValidationError(
            {"account": ["Name the account: 12 digits, as aws sts get-caller-identity shows them."]}
        )
    return PolicyInputs(**fields)  # type: ignore[arg-type]


def relevant_options(purpose: Purpose) -> tuple[PolicyOption, ...]:
    """The options this purpose asks for, in order."""
    names = {*PLACE_INPUTS, *purpose.uses, *purpose.requires}
    if purpose.features:
        names.add("feature")
    return tuple(option for option in OPTIONS if option.name in names)


def _features(texts: Sequence[str]) -> list[Feature]:
    unknown = [text for text in texts if text not in FEATURES]
    if unknown:
        raise ValidationError(
            {"feature": [f"There is no feature {unknown[0]!r}: {', '.join(FEATURES)}."]}
        )
    return [Feature(text) for text in texts]
