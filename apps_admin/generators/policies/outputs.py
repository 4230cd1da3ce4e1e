"""A policy as a document, as AWS CLI commands, as CloudFormation and as Terraform."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.hcl import Block, hcl_document, hcl_list
from apps_admin.generators.policies.inputs import PolicyInputs
from apps_admin.generators.policies.purpose import PolicyKind, Purpose, Statement
from apps_admin.generators.quoting import hcl_text, json_text, shell_text, yaml_document
from apps_admin.generators.schemas.terraform import required_provider

MANAGED_LIMIT = 6144
USER_INLINE_LIMIT = 2048
ROLE_INLINE_LIMIT = 10240
TRUST_LIMIT = 2048
ENDPOINT_LIMIT = 20480
AWS_PROVIDER = ">= 5.0"


@dataclass(frozen=True, kw_only=True)
class Output:
    """One way to write a policy down."""

    name: str
    label: str
    filename: str
    lexer: str
    write: Callable[[Purpose, PolicyInputs], str]

    def filename_for(self, purpose: Purpose) -> str:
        """The name a download gets."""
        return self.filename.replace("PURPOSE", purpose.name)


@dataclass(frozen=True, kw_only=True)
class Size:
    """The size of a policy as IAM counts it, against one of its limits."""

    label: str
    characters: int
    limit: int

    @property
    def fits(self) -> bool:
        """Whether IAM will take it."""
        return self.characters <= self.limit


def sizes(purpose: Purpose, inputs: PolicyInputs) -> tuple[Size, ...]:
    """The size without white space (IAM does not count it) against each limit that applies."""
    text = json_text(purpose.document(inputs), indent=None)
    characters = len(re.sub(r"\s", "", text))
    limits = {
        PolicyKind.IDENTITY: (
            ("managed policy", MANAGED_LIMIT),
            ("inline policies of a role", ROLE_INLINE_LIMIT),
            ("inline policies of a user", USER_INLINE_LIMIT),
        ),
        PolicyKind.TRUST: (("trust policy of a role", TRUST_LIMIT),),
        PolicyKind.ENDPOINT: (("policy of a VPC endpoint", ENDPOINT_LIMIT),),
    }
    return tuple(
        Size(label=label, characters=characters, limit=limit)
        for label, limit in limits[purpose.kind]
    )


def _as_json(purpose: Purpose, inputs: PolicyInputs) -> str:
    return json_text(purpose.document(inputs)) + "\n"


def _as_cli(purpose: Purpose, inputs: PolicyInputs) -> str:
    document = shell_text(json_text(purpose.document(inputs)))
    name = _policy_name(purpose, inputs)
    if purpose.kind is PolicyKind.TRUST:
        commands = [f"aws iam create-role --role-name {name} \\\n    --assume-role-policy-document"]
    elif purpose.kind is PolicyKind.ENDPOINT:
        endpoint = '"${VPC_ENDPOINT_ID:?the id of the endpoint, vpce-...}"'
        commands = [
            (
                f"aws ec2 modify-vpc-endpoint --region {inputs.home_region} \\\n"
                f"    --vpc-endpoint-id {endpoint} \\\n    --policy-document"
            )
        ]
    else:
        role = '"${ROLE_NAME:?the role that gets the policy}"'
        return (
            "#!/bin/sh\nset -eu\n\n"
            f"policy={document}\n\n"
            "# With ROLE_NAME set, into that role; else as a policy of its own, to attach where it is needed.\n"
            'if [ -n "${ROLE_NAME:-}" ]; then\n'
            f"    aws iam put-role-policy --role-name {role} \\\n"
            f'        --policy-name {name} --policy-document "$policy"\n'
            "else\n"
            f'    aws iam create-policy --policy-name {name} --policy-document "$policy"\n'
            "fi\n"
        )
    return "#!/bin/sh\nset -eu\n\n" + f"{commands[0]} {document}\n"


def _as_cloudformation(purpose: Purpose, inputs: PolicyInputs) -> str:
    document = purpose.document(inputs)
    name = _policy_name(purpose, inputs)
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"{purpose.label}, for the table {inputs.table}.",
    }
    if purpose.kind is PolicyKind.TRUST:
        resource = _resource(
            "Role", "AWS::IAM::Role", {"RoleName": name, "AssumeRolePolicyDocument": document}
        )
    elif purpose.kind is PolicyKind.ENDPOINT:
        template["Parameters"] = {
            "VpcId": {"Type": "AWS::EC2::VPC::Id"},
            "RouteTableIds": {"Type": "List<String>"},
        }
        resource = _resource(
            "Endpoint",
            "AWS::EC2::VPCEndpoint",
            {
                "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"},
                "VpcId": {"Ref": "VpcId"},
                "RouteTableIds": {"Ref": "RouteTableIds"},
                "PolicyDocument": document,
            },
        )
    else:
        resource = _resource(
            "Policy",
            "AWS::IAM::ManagedPolicy",
            {"ManagedPolicyName": name, "PolicyDocument": document},
        )
    return yaml_document(template | {"Resources": resource})


def _resource(logical_id: str, kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {logical_id: {"Type": kind, "Properties": dict(properties)}}


def _as_terraform(purpose: Purpose, inputs: PolicyInputs) -> str:
    label = purpose.name.replace("-", "_")
    name = hcl_text(_policy_name(purpose, inputs))
    document = f"data.aws_iam_policy_document.{label}.json"
    blocks = [
        required_provider(AWS_PROVIDER),
        Block(
            type="data",
            labels=["aws_iam_policy_document", label],
            blocks=[_statement_block(statement) for statement in purpose.write(inputs)],
        ),
    ]
    if purpose.kind is PolicyKind.TRUST:
        role = {"name": name, "assume_role_policy": document}
        blocks.append(Block(type="resource", labels=["aws_iam_role", label], groups=[role]))
    elif purpose.kind is PolicyKind.ENDPOINT:
        endpoint = {"vpc_endpoint_id": "var.vpc_endpoint_id", "policy": document}
        blocks += [
            Block(type="variable", labels=["vpc_endpoint_id"], groups=[{"type": "string"}]),
            Block(type="resource", labels=["aws_vpc_endpoint_policy", label], groups=[endpoint]),
        ]
    else:
        policy = {"name": name, "policy": document}
        blocks.append(Block(type="resource", labels=["aws_iam_policy", label], groups=[policy]))
    return hcl_document(blocks)


def _statement_block(statement: Statement) -> Block:
    groups: list[Mapping[str, str]] = [
        {"sid": hcl_text(statement.sid), "effect": hcl_text(statement.effect)},
        {"actions": hcl_list(list(statement.actions), 2)},
    ]
    if statement.resources:
        groups.append({"resources": hcl_list(statement.resources, 2)})
    blocks = []
    if statement.principal is not None:
        blocks += [
            Block(
                type="principals",
                groups=[{"type": hcl_text(kind)}, {"identifiers": hcl_list(identifiers, 3)}],
            )
            for kind, identifiers in _principals(statement.principal)
        ]
    for operator, keys in statement.condition.items():
        for key, value in keys.items():
            values = [value] if isinstance(value, str) else list(value)
            blocks.append(
                Block(
                    type="condition",
                    groups=[
                        {"test": hcl_text(operator), "variable": hcl_text(key)},
                        {"values": hcl_list(values, 3)},
                    ],
                )
            )
    return Block(type="statement", groups=groups, blocks=blocks)


def _principals(
    principal: Mapping[str, Sequence[str]] | str,
) -> list[tuple[str, Sequence[str]]]:
    return [("*", ["*"])] if isinstance(principal, str) else list(principal.items())


def _policy_name(purpose: Purpose, inputs: PolicyInputs) -> str:
    table = re.sub(r"[^A-Za-z0-9_.-]", "-", inputs.table)
    limit = 64 if purpose.kind is PolicyKind.TRUST else 128
    return f"{purpose.name}-{table}"[:limit]


OUTPUTS: dict[str, Output] = {
    output.name: output
    for output in (
        Output(
            name="json",
            label="Policy document (JSON)",
            filename="PURPOSE.json",
            lexer="json",
            write=_as_json,
        ),
        Output(
            name="cli", label="AWS CLI", filename="create-PURPOSE.sh", lexer="bash", write=_as_cli
        ),
        Output(
            name="cloudformation",
            label="CloudFormation (YAML)",
            filename="PURPOSE.yaml",
            lexer="yaml",
            write=_as_cloudformation,
        ),
        Output(
            name="terraform",
            label="Terraform",
            filename="PURPOSE.tf",
            lexer="terraform",
            write=_as_terraform,
        ),
    )
}


def find_output(name: str) -> Output:
    """The output of this name. Raises ValidationError that lists the valid ones."""
    try:
        return OUTPUTS[name]
    except KeyError:
        raise ValidationError(
            {"format": [f"There is no format {name!r}. The formats are {', '.join(OUTPUTS)}."]}
        ) from None
