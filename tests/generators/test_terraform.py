"""Terraform: HashiCorp's own parser over every document, and Terraform itself where it is installed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps_admin.domain.table import TableDesign
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.terraform import write_import
from tests.generators.designs import DESIGNS
from tests.generators.node_tools import node_tools, run

TERRAFORM_FORMATS = ("terraform", "terraform-key-schema")
PARSER = """
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const { parse } = createRequire(import.meta.url)("@cdktf/hcl2json");
const parsed = {};
for (const path of process.argv.slice(2)) parsed[path] = await parse(path, readFileSync(path, "utf8"));
console.log(JSON.stringify(parsed));
"""


@pytest.fixture
def documents(tmp_path: Path) -> dict[str, tuple[str, TableDesign]]:
    """Every design in both spellings: path -> format and design."""
    written = {}
    for format_name in TERRAFORM_FORMATS:
        for name, design in DESIGNS.items():
            path = tmp_path / f"{format_name}-{name}.tf"
            path.write_text(FORMATS[format_name].write(design), encoding="utf-8", newline="")
            written[str(path)] = (format_name, design)
    return written


def parsed_by_hashicorp(paths: list[str], folder: Path) -> dict[str, Any]:
    (folder / "node_modules").symlink_to(node_tools() / "node_modules")
    (folder / "parser.mjs").write_text(PARSER)
    done = run(["node", "parser.mjs", *paths], cwd=folder)
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def _literal(template: str) -> str:
    """What a template that interpolates nothing comes to: the parser leaves these two escapes as they are."""
    return template.replace("$${", "${").replace("%%{", "%{")


def test_the_parser_reads_what_was_meant(
    documents: dict[str, tuple[str, TableDesign]], tmp_path: Path
) -> None:
    for path, document in parsed_by_hashicorp(list(documents), tmp_path).items():
        format_name, design = documents[path]
        (resource,) = next(iter(document["resource"]["aws_dynamodb_table"].values()))
        assert resource["name"] == design.name
        tags = resource.get("tags", {})
        assert {_literal(k): _literal(v) for k, v in tags.items()} == design.tags
        expiry = resource.get("ttl", [{}])[0].get("attribute_name", "")
        assert _literal(expiry) == design.expiry_attribute
        assert [r["region_name"] for r in resource.get("replica", [])] == list(design.replicas)
        if design.shape.index:
            (index,) = resource["global_secondary_index"]
            older = format_name == "terraform"
            assert (index["hash_key"] if older else index["key_schema"][0]["attribute_name"]) == (
                "AppKey"
            )
            assert index["projection_type"] == "ALL"
            assert index.get("read_capacity") == design.read_capacity
        assert document["provider"]["aws"][0]["region"] == design.region


def test_the_import_block_takes_over_the_table_of_the_document() -> None:
    text = write_import(TableDesign(name="shop-apps"))
    assert text == 'import {\n  to = aws_dynamodb_table.apps\n  id = "shop-apps"\n}\n'
    assert 'resource "aws_dynamodb_table" "apps"' in FORMATS["terraform"].write(TableDesign())
