"""The formats that describe the table to CloudFormation: one run of cfn-lint over the whole matrix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.cloudformation import template
from tests.generators.designs import DESIGNS
from tests.generators.node_tools import run

YAML_FORMATS = ("cloudformation", "cloudformation-global", "sam")
JSON_FORMATS = ("cloudformation-json", "cloudformation-global-json")
# "${...} outside of Fn::Sub" is a guess at what the author meant; here somebody's tag really reads so.
MEANT_LITERALLY = "E1029"


def test_cfn_lint_finds_nothing_in_any_template(tmp_path: Path) -> None:
    for format_name in (*YAML_FORMATS, *JSON_FORMATS):
        for name, design in DESIGNS.items():
            suffix = "json" if format_name in JSON_FORMATS else "yaml"
            path = tmp_path / f"{format_name}-{name}.{suffix}"
            path.write_text(FORMATS[format_name].write(design), encoding="utf-8", newline="")
    done = run(
        [
            "cfn-lint",
            "--format=parseable",
            f"--ignore-checks={MEANT_LITERALLY}",
            "--",
            *map(str, sorted(tmp_path.iterdir())),
        ],
        cwd=tmp_path,
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_yaml_says_the_same_as_json() -> None:
    for name, design in DESIGNS.items():
        for yaml_name, json_name in zip(YAML_FORMATS[:2], JSON_FORMATS, strict=True):
            assert yaml.safe_load(FORMATS[yaml_name].write(design)) == json.loads(
                FORMATS[json_name].write(design)
            ), name


def properties(design: TableDesign, *, is_global: bool = False) -> dict[str, Any]:
    (resource,) = template(design, is_global=is_global)["Resources"].values()
    found: dict[str, Any] = resource["Properties"]
    return found


def test_hostile_tags_arrive_as_they_were_typed() -> None:
    for name in ("hostile-one", "hostile-two"):
        design = DESIGNS[name]
        for format_name in YAML_FORMATS:
            document = yaml.safe_load(FORMATS[format_name].write(design))
            found = document["Resources"]["AppsTable"]["Properties"]
            tags = found.get("Tags") or found["Replicas"][0]["Tags"]
            assert {tag["Key"]: tag["Value"] for tag in tags} == design.tags
            assert found["TimeToLiveSpecification"]["AttributeName"] == design.expiry_attribute


def test_replicas_make_it_a_global_table_with_one_replica_for_each_region() -> None:
    design = DESIGNS["replicated-full"]
    replicas = properties(design)["Replicas"]
    assert [replica["Region"] for replica in replicas] == ["us-east-1", "eu-west-1"]
    assert [replica["SSESpecification"]["KMSMasterKeyId"] for replica in replicas] == [
        design.kms_key,
        design.kms_key.replace("us-east-1", "eu-west-1"),
    ]


def test_a_global_table_is_written_for_one_region_too() -> None:
    assert [r["Region"] for r in properties(TableDesign(), is_global=True)["Replicas"]] == [
        "us-east-1"
    ]


def test_the_import_names_the_resource_of_the_template() -> None:
    for format_name in ("cloudformation", "cloudformation-json", "cloudformation-global"):
        for design in (DESIGNS["plain"], DESIGNS["replicated"], DESIGNS["lawcket"]):
            format_ = FORMATS[format_name]
            assert format_.write_import
            text = format_.write_import(design)
            named = json.loads(text.split("--resources-to-import '")[1].split("'\n")[0])
            resources = yaml.safe_load(format_.write(design))["Resources"]
            assert {r["LogicalResourceId"]: r["ResourceType"] for r in named} == {
                logical_id: resource["Type"] for logical_id, resource in resources.items()
            }
            assert format_.filename_for(design) in text


def test_the_table_of_each_kind_has_its_own_logical_id() -> None:
    assert list(template(TableDesign(kind=TableKind.LAWCKET))["Resources"]) == ["ConnectionsTable"]
