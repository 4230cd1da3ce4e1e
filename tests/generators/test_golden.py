"""The documents as files, with the extensions they are used under, and the page that shows one of each."""

from __future__ import annotations

from pathlib import Path

from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.domain.table_options import OPTIONS
from apps_admin.generators.policies import PURPOSES
from apps_admin.generators.policies.outputs import OUTPUTS
from apps_admin.generators.policies.purpose import Purpose
from apps_admin.generators.schemas import FORMATS, lawcket_handler
from apps_admin.generators.schemas.format import Format
from tests.generators.designs import DESIGNS
from tests.generators.policy_cases import ACCOUNT, NEEDED, least
from tests.golden_files import GoldenFiles

FOLDER = Path("tests/golden")
KEPT_DESIGNS = ("plain", "everything", "replicated-full", "lawcket")


def test_the_schemas_are_as_kept(golden: GoldenFiles) -> None:
    for format_ in FORMATS.values():
        for name in KEPT_DESIGNS:
            design = DESIGNS[name]
            folder = FOLDER / "schemas" / format_.name / name
            golden.check(folder / format_.filename_for(design), format_.write(design))
            if format_.write_import:
                golden.check(
                    folder / f"import-{name}{suffix(format_)}", format_.write_import(design)
                )


def suffix(format_: Format) -> str:
    return Path(format_.import_filename).suffix


def test_the_handler_of_lawcket_is_as_kept(golden: GoldenFiles) -> None:
    path = FOLDER / "schemas" / "lawcket-handler" / "index.js"
    golden.check(path, lawcket_handler.write_handler(DESIGNS["lawcket"]))


def test_the_policies_are_as_kept(golden: GoldenFiles) -> None:
    for purpose in PURPOSES.values():
        for output in OUTPUTS.values():
            path = FOLDER / "policies" / purpose.name / output.filename_for(purpose)
            golden.check(path, output.write(purpose, least(purpose.name)))


def test_the_documentation_shows_every_format_and_every_purpose(golden: GoldenFiles) -> None:
    golden.check(Path("docs/generators.md"), page())


def page() -> str:
    """docs/generators.md."""
    parts = [
        HEAD,
        *(format_section(format_) for format_ in FORMATS.values()),
        handler_section(),
        POLICIES_HEAD,
        *(purpose_section(purpose) for purpose in PURPOSES.values()),
    ]
    return "\n".join(parts)


def format_section(format_: Format) -> str:
    design = TableDesign()
    lines = [
        f"### {format_.label}",
        "",
        f"`--format {format_.name}`, file `{format_.filename_for(design)}`.",
    ]
    if format_.note:
        lines += ["", format_.note_for(design)]
    for name, reason in format_.cannot.items():
        lines.append(f"- Leaves out `{flag(name)}`: {reason}")
    if format_.write_import:
        lines += ["", "Takes over a table that exists: `--import`."]
    return "\n".join([*lines, "", fenced(format_.lexer, format_.write(design))])


def flag(name: str) -> str:
    return next(option.flag for option in OPTIONS if option.name == name)


def handler_section() -> str:
    design = TableDesign(kind=TableKind.LAWCKET, expiry_attribute="expiresAt")
    return "\n".join(
        [
            "### The handler of lawcket",
            "",
            f"`--for lawcket --handler --ttl expiresAt`, file `{lawcket_handler.FILENAME}`.",
            "",
            lawcket_handler.NOTE,
            "",
            fenced("javascript", lawcket_handler.write_handler(design)),
        ]
    )


def purpose_section(purpose: Purpose) -> str:
    inputs = least(purpose.name)
    flags = " ".join(
        f"--{name.replace('_', '-').removesuffix('es')} {value if isinstance(value, str) else value[0]}"
        for name, value in NEEDED.get(purpose.name, {}).items()
    )
    command = f"generate_policy --purpose {purpose.name} --account {ACCOUNT} {flags}".rstrip()
    lines = [f"### {purpose.label}", "", f"`{command}`"]
    if purpose.note:
        lines += ["", purpose.note]
    if purpose.features:
        lines += ["", f"Features: {', '.join(f'`{feature}`' for feature in purpose.features)}."]
    if purpose.unproven_note:
        lines += ["", f"Not proven here: {purpose.unproven_note}"]
    reasons = [
        f"| `{action}` | {reason} |"
        for statement in purpose.write(inputs)
        for action, reason in statement.actions.items()
    ]
    lines += ["", "| Action | Reason |", "|---|---|", *reasons, ""]
    return "\n".join([*lines, fenced("json", OUTPUTS["json"].write(purpose, inputs))])


def fenced(language: str, text: str) -> str:
    known = {"terraform": "hcl"}.get(language, language)
    return f"```{known}\n{text}```\n"


HEAD = """\
# Table schemas and IAM policies

The console writes the definition of its table, and the policies every party needs, in the format you deploy with:
on the pages Schemas and Policies, and with `manage.py generate_schema` and `manage.py generate_policy`
(docs/commands.md lists every flag). One desired table is behind the generators, `manage.py bootstrap_table` and the
comparison with the live table. docs/permissions.md shows what each policy was proven to allow.

This page is written by `tests/generators/test_golden.py` (`make golden`). Every document on it passes its own tool in
the tests, over a matrix of options and more than eighty hostile texts in names and tags.

## Table schemas

`manage.py generate_schema --list` names the formats. `--for lawcket` writes the connections table of
`@lawcket/websocket` with `@lawcket/dynamo` instead of soketi's.
"""

POLICIES_HEAD = """\
## IAM policies

`manage.py generate_policy --list` names the purposes. `--format` is `json`, `cli`, `cloudformation` or `terraform`;
below is the JSON of each. `--check FILE` holds an existing policy against a purpose: what is missing, what is too much.
"""
