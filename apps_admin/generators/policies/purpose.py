"""What a purpose of a policy is, and the statements it is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies.inputs import Feature, PolicyInputs

Condition: TypeAlias = Mapping[str, Mapping[str, str | Sequence[str]]]

VERSION = "2012-10-17"
# Every purpose says where its table is, or tolerates being told.
PLACE_INPUTS = ("table", "region", "account", "partition")


class PolicyKind(StrEnum):
    """What a policy is attached to."""

    IDENTITY = "identity"
    TRUST = "trust"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. `actions` maps each action to the reason it is there."""

    sid: str
    actions: Mapping[str, str]
    resources: Sequence[str] = ()
    effect: str = "Allow"
    principal: Mapping[str, Sequence[str]] | str | None = None
    condition: Condition = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The statement as IAM reads it; a list of one is written as its only member."""
        written: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if isinstance(self.principal, str):
            written["Principal"] = self.principal
        elif self.principal is not None:
            written["Principal"] = {k: _one_or_all(v) for k, v in self.principal.items()}
        written["Action"] = _one_or_all(list(self.actions))
        if self.resources:
            written["Resource"] = _one_or_all(self.resources)
        if self.condition:
            written["Condition"] = {
                operator: {key: _value(value) for key, value in keys.items()}
                for operator, keys in self.condition.items()
            }
        return written


def _one_or_all(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)


def _value(value: str | Sequence[str]) -> str | list[str]:
    return value if isinstance(value, str) else list(value)


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """One party or one need. `uses` and `features` name what it asks for beside the place."""

    name: str
    label: str
    statements: Callable[[PolicyInputs], Sequence[Statement]]
    kind: PolicyKind = PolicyKind.IDENTITY
    uses: Sequence[str] = ()
    requires: Sequence[str] = ()
    features: Sequence[Feature] = ()
    note: str = ""

    def write(self, inputs: PolicyInputs) -> tuple[Statement, ...]:
        """The statements. Raises ValidationError for inputs that are missing, or that this purpose has no use for."""
        errors: dict[str, list[str]] = {}
        given = _given_inputs(inputs)
        for name in self.requires:
            if name not in given:
                errors.setdefault(name, []).append(f"The purpose {self.name} needs it.")
        for name in given:
            if name not in (*self.uses, *self.requires):
                errors.setdefault(name, []).append(
                    f"{name} and purpose {self.name} disagree: it has no use for it."
                )
        for feature in sorted(inputs.features - set(self.features)):
            offered = ", ".join(self.features) or "none"
            errors.setdefault("feature", []).append(
                f"feature {feature} and purpose {self.name} disagree: it knows {offered}."
            )
        if errors:
            raise ValidationError(errors)
        return tuple(self.statements(inputs))

    def document(self, inputs: PolicyInputs) -> dict[str, Any]:
        """The policy document."""
        statements = [statement.document() for statement in self.write(inputs)]
        return {"Version": VERSION, "Statement": statements}

    @property
    def unproven_note(self) -> str:
        """What the tests cannot prove by running it; empty when they do."""
        if self.kind is PolicyKind.TRUST:
            return "Trust policies are linted only: no emulator at hand evaluates who may assume a role."
        if self.kind is PolicyKind.ENDPOINT:
            return "Endpoint policies are linted only: no emulator at hand has VPC endpoints."
        if self.name in CONDITIONAL:
            return "Its actions and resources are proven; its conditions are linted only: no emulator evaluates them."
        return ""


CONDITIONAL = frozenset(
    {"console-viewer-no-secret", "kms-data-plane", "kms-create-table", "tenant", "vpc-only"}
)

_INPUT_FIELDS = {
    "function": "functions",
    "attribute": "attributes",
    "key_prefix": "key_prefixes",
    "kms_key": "kms_key",
    "vpc_endpoint": "vpc_endpoint",
    "api": "api",
    "stage": "stage",
    "oidc_provider": "oidc_provider",
    "service_account": "service_account",
    "trusted_account": "trusted_account",
    "external_id": "external_id",
}


def _given_inputs(inputs: PolicyInputs) -> tuple[str, ...]:
    return tuple(name for name, field_ in _INPUT_FIELDS.items() if getattr(inputs, field_))
