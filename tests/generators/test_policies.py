"""Every policy in every output, by the tool of each: linters, HashiCorp's parser, a shell and the real CLI."""

from __future__ import annotations

import json
import shlex
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from apps_admin.domain.errors import ValidationError
from apps_admin.generators.policies import PURPOSES, find_purpose
from apps_admin.generators.policies.inputs import Feature, PolicyInputs
from apps_admin.generators.policies.outputs import OUTPUTS, find_output, sizes
from apps_admin.generators.policies.purpose import PolicyKind
from tests.generators.node_tools import run
from tests.generators.policy_cases import ACCOUNT, EXTERNAL_ID, cases, least, most
from tests.generators.test_terraform import parsed_by_hashicorp

CASES = cases()


def test_parliament_finds_nothing_in_any_policy() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import parliament
    found: dict[str, list[str]] = {}
    for name, (purpose, inputs) in CASES.items():
        if purpose.kind is PolicyKind.IDENTITY:
            text = json.dumps(purpose.document(inputs))
            findings = parliament.analyze_policy_string(text).findings
            found[name] = [str(finding) for finding in findings]
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_cfn_lint_finds_nothing_in_any_policy(tmp_path: Path) -> None:
    for name, (purpose, inputs) in CASES.items():
        text = OUTPUTS["cloudformation"].write(purpose, inputs)
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    files = sorted(str(path) for path in tmp_path.iterdir())
    lint = ["cfn-lint", "--format=parseable", "--ignore-checks=E1029", "--", *files]
    done = run(lint, cwd=tmp_path)
    assert done.stdout + done.stderr == ""


def test_cloudformation_holds_the_document() -> None:
    for name, (purpose, inputs) in CASES.items():
        template = yaml.safe_load(OUTPUTS["cloudformation"].write(purpose, inputs))
        (resource,) = template["Resources"].values()
        properties = resource["Properties"]
        found = properties.get("PolicyDocument") or properties["AssumeRolePolicyDocument"]
        assert found == purpose.document(inputs), name


def test_terraform_holds_the_document(tmp_path: Path) -> None:
    for name, (purpose, inputs) in CASES.items():
        text = OUTPUTS["terraform"].write(purpose, inputs)
        (tmp_path / f"{name}.tf").write_text(text, encoding="utf-8")
    parsed = parsed_by_hashicorp(sorted(str(p) for p in tmp_path.glob("*.tf")), tmp_path)
    for path, document in parsed.items():
        purpose, inputs = CASES[Path(path).stem]
        (data,) = next(iter(document["data"]["aws_iam_policy_document"].values()))
        written = [statement(part) for part in data["statement"]]
        wanted = [as_lists(part.document()) for part in purpose.write(inputs)]
        assert written == wanted, path


def statement(block: dict[str, Any]) -> dict[str, Any]:
    """What aws_iam_policy_document makes of one block, every list a list."""
    made: dict[str, Any] = {
        "Sid": block["sid"],
        "Effect": block["effect"],
        "Action": block["actions"],
    }
    if "resources" in block:
        made["Resource"] = block["resources"]
    for part in block.get("principals", []):
        if part["type"] == "*":
            made["Principal"] = "*"
        else:
            made.setdefault("Principal", {})[part["type"]] = part["identifiers"]
    for part in block.get("condition", []):
        values = [text.replace("$${", "${") for text in part["values"]]
        made.setdefault("Condition", {}).setdefault(part["test"], {})[part["variable"]] = values
    return made


def as_lists(document: dict[str, Any]) -> dict[str, Any]:
    def one(value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    made = dict(document)
    for key in ("Action", "Resource"):
        if key in made:
            made[key] = one(made[key])
    if isinstance(made.get("Principal"), dict):
        made["Principal"] = {key: one(value) for key, value in made["Principal"].items()}
    if "Condition" in made:
        made["Condition"] = {
            operator: {key: one(value) for key, value in keys.items()}
            for operator, keys in made["Condition"].items()
        }
    return made


AWS_SHIM = '#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done > "$WORDS"\n'


@pytest.mark.parametrize("role", ["", "soketi-role"])
def test_the_shell_commands_hand_over_the_document(role: str, tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "aws"
    shim.parent.mkdir()
    shim.write_text(AWS_SHIM)
    shim.chmod(0o755)
    env = {
        "PATH": f"{shim.parent}:/usr/bin:/bin",
        "WORDS": str(tmp_path / "words"),
        "VPC_ENDPOINT_ID": "vpce-0123",
        "ROLE_NAME": role,
    }
    for name, (purpose, inputs) in CASES.items():
        (tmp_path / "script.sh").write_text(OUTPUTS["cli"].write(purpose, inputs))
        done = run(["sh", "script.sh"], cwd=tmp_path, env=env)
        assert (done.returncode, done.stderr) == (0, ""), name
        words = (tmp_path / "words").read_text(encoding="utf-8").split("\0")
        assert json.loads(words[-2]) == purpose.document(inputs), name
        wanted = {
            PolicyKind.IDENTITY: "put-role-policy" if role else "create-policy",
            PolicyKind.TRUST: "create-role",
            PolicyKind.ENDPOINT: "modify-vpc-endpoint",
        }[purpose.kind]
        assert words[1] == wanted


def test_every_policy_fits_iam() -> None:
    for name in PURPOSES:
        purpose, inputs = CASES[f"{name}-least"]
        for size in sizes(purpose, inputs):
            assert size.fits, (name, size)


def test_a_policy_that_outgrows_a_limit_says_so() -> None:
    inputs = least("soketi-server", accounts=tuple(f"{n:012d}" for n in range(60)))
    by_label = {size.label: size.fits for size in sizes(PURPOSES["soketi-server"], inputs)}
    assert by_label == {
        "managed policy": False,
        "inline policies of a role": True,
        "inline policies of a user": False,
    }


def test_soketi_gets_two_actions_and_no_more() -> None:
    document = PURPOSES["soketi-server"].document(least("soketi-server", table="shop"))
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/shop"
    assert [(part["Action"], part["Resource"]) for part in document["Statement"]] == [
        ("dynamodb:GetItem", table),
        ("dynamodb:Query", f"{table}/index/AppKeyIndex"),
    ]


def test_the_viewer_without_secrets_may_name_everything_but_the_secret() -> None:
    document = PURPOSES["console-viewer-no-secret"].document(least("console-viewer-no-secret"))
    condition = document["Statement"][1]["Condition"]
    names = condition["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert "AppKey" in names
    assert "MaxConnections" in names
    assert not [name for name in names if "secret" in name.lower()]


def test_every_action_has_a_reason() -> None:
    for purpose, inputs in CASES.values():
        for part in purpose.write(inputs):
            assert all(reason and reason[0].islower() for reason in part.actions.values())


@pytest.mark.parametrize(
    ("region", "arn", "partition"),
    [
        ("cn-north-1", "arn:aws-cn:dynamodb:cn-north-1:", "aws-cn"),
        ("us-gov-west-1", "arn:aws-us-gov:dynamodb:us-gov-west-1:", "aws-us-gov"),
    ],
)
def test_the_region_tells_the_partition(region: str, arn: str, partition: str) -> None:
    inputs = least("soketi-server", regions=(region,))
    assert inputs.table_arns[0].startswith(arn)
    assert least("soketi-server", regions=(region,), partition_name=partition) == PolicyInputs(
        accounts=(ACCOUNT,), regions=(region,), partition_name=partition
    )


def test_replicas_get_one_arn_for_each_region_and_account() -> None:
    assert len(most("soketi-server").table_arns) == 4


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accounts": ("12345678901",)}, "account"),
        ({"accounts": ("١٢٣٤٥٦٧٨٩٠١٢",)}, "account"),
        ({"accounts": ()}, "account"),
        ({"regions": ("us-east-9",)}, "region"),
        ({"regions": ()}, "region"),
        ({"regions": ("us-east-1", "cn-north-1")}, "region"),
        ({"partition_name": "aws-cn"}, "region"),
        ({"partition_name": "mars"}, "partition"),
        ({"table": "a!"}, "table"),
        ({"table": "apps*"}, "table"),
        ({"kms_key": "arn:aws:s3:::bucket"}, "kms_key"),
        ({"functions": ("arn:aws:s3:::bucket",)}, "function"),
        ({"vpc_endpoint": "vpc-1"}, "vpc_endpoint"),
        ({"stage": "prod"}, "api"),
        ({"oidc_provider": "https://oidc.example.com"}, "oidc_provider"),
        ({"service_account": "soketi"}, "service_account"),
        ({"external_id": "x"}, "external_id"),
        ({"trusted_account": "root"}, "trusted_account"),
        ({"attributes": ("*",)}, "attribute"),
        ({"key_prefixes": ("a*",)}, "key_prefix"),
        ({"features": frozenset({"fly"})}, "feature"),
    ],
)
def test_impossible_inputs_are_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        PolicyInputs(**{"accounts": (ACCOUNT,), **changes})
    assert field in refusal.value.errors


def test_a_refused_external_id_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as refusal:
        PolicyInputs(external_id="half a secret")
    assert "half a secret" not in str(refusal.value)
    assert EXTERNAL_ID not in repr(least("trust-cross-account"))


def test_an_input_the_purpose_has_no_use_for_is_refused() -> None:
    with pytest.raises(ValidationError, match="kms_key and purpose soketi-server disagree"):
        PURPOSES["soketi-server"].write(
            least("soketi-server", kms_key=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/a")
        )
    with pytest.raises(ValidationError, match="feature seed and purpose console-viewer disagree"):
        PURPOSES["console-viewer"].write(
            least("console-viewer", features=frozenset({Feature.SEED}))
        )


def test_an_input_the_purpose_needs_is_asked_for() -> None:
    with pytest.raises(ValidationError) as refusal:
        PURPOSES["trust-irsa"].write(PolicyInputs())
    assert set(refusal.value.errors) == {"oidc_provider", "service_account"}


def test_unknown_names_list_the_valid_ones() -> None:
    with pytest.raises(ValidationError, match="soketi-server, console-operator"):
        find_purpose("everything")
    with pytest.raises(ValidationError, match="json, cli, cloudformation, terraform"):
        find_output("xml")


def test_the_shell_commands_are_one_word_each_for_hostile_text() -> None:
    inputs = most("tenant")
    text = OUTPUTS["cli"].write(PURPOSES["tenant"], inputs)
    assert json.loads(next(w for w in shlex.split(text, comments=True) if "Version" in w)[7:])
