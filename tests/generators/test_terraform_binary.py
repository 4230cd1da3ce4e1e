"""Terraform itself, on machines that have it (conftest.py leaves this file out elsewhere)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from apps_admin.domain.table import TableDesign
from apps_admin.generators.policies.outputs import OUTPUTS
from apps_admin.generators.schemas import FORMATS
from apps_admin.generators.schemas.terraform import write_import
from tests.generators.designs import DESIGNS
from tests.generators.live import moto_endpoint
from tests.generators.node_tools import run
from tests.generators.policy_cases import cases
from tests.generators.test_terraform import TERRAFORM_FORMATS

# A folder with the AWS provider (version 5), laid out as terraform init -plugin-dir wants it.
PLUGINS = os.environ.get("TERRAFORM_PLUGIN_DIR", "")


def test_terraform_would_not_format_a_line_differently(tmp_path: Path) -> None:
    for format_name in TERRAFORM_FORMATS:
        for name, design in DESIGNS.items():
            text = FORMATS[format_name].write(design)
            (tmp_path / f"{format_name}-{name}.tf").write_text(text, encoding="utf-8")
    for name, (purpose, inputs) in cases().items():
        text = OUTPUTS["terraform"].write(purpose, inputs)
        (tmp_path / f"policy-{name}.tf").write_text(text, encoding="utf-8")
    (tmp_path / "import.tf").write_text(write_import(TableDesign()))
    done = run(["terraform", "fmt", "-check", "-diff", "."], cwd=tmp_path)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


if PLUGINS:

    @pytest.mark.parametrize("name", ["plain", "hostile-one", "hostile-two"])
    def test_terraform_applies_it_and_then_plans_nothing(name: str, tmp_path: Path) -> None:
        design = DESIGNS[name]
        (tmp_path / "main.tf").write_text(FORMATS["terraform"].write(design), encoding="utf-8")
        with moto_endpoint() as endpoint:
            env = endpoint.env() | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
            commands = [
                ["init", f"-plugin-dir={PLUGINS}"],
                ["validate"],
                ["apply", "-auto-approve"],
                ["plan", "-detailed-exitcode"],
            ]
            # moto tells of only ten tags and never of the class, so Terraform would plan to set them again.
            for command in commands if name == "plain" else commands[:-1]:
                done = run(["terraform", *command, "-no-color"], cwd=tmp_path, env=env)
                assert done.returncode == 0, done.stdout + done.stderr
            # The provider's own SDK keeps a map under "tags.%" and loses keys that begin with that character.
            kept = {key: text for key, text in design.tags.items() if not key.startswith("%")}
            assert endpoint.differences(replace(design, tags=kept)) == {}
