"""Terraform (and OpenTofu): two spellings of an index's key, since provider 6.28 deprecates the older one."""

from __future__ import annotations

from apps_admin.domain.table import (
    Encryption,
    RemovalPolicy,
    TableClass,
    TableDesign,
    TableIndex,
    TableKind,
)
from apps_admin.generators.hcl import Block, hcl_bool, hcl_document, hcl_map
from apps_admin.generators.quoting import hcl_text
from apps_admin.generators.schemas.format import Format

RESOURCE = "aws_dynamodb_table"
OLDER_PROVIDER = ">= 5.90, < 6.28"
NEWER_PROVIDER = ">= 6.28"


def local_name(design: TableDesign) -> str:
    """The name of the resource in Terraform."""
    return "apps" if design.kind is TableKind.APPS else "connections"


def _write(design: TableDesign, *, key_schema: bool) -> str:
    provider = NEWER_PROVIDER if key_schema else OLDER_PROVIDER
    return hcl_document(
        [
            required_provider(provider),
            Block(type="provider", labels=["aws"], groups=[{"region": hcl_text(design.region)}]),
            _table(design, key_schema=key_schema),
        ]
    )


def required_provider(version: str) -> Block:
    """The `terraform` block that names the AWS provider and its version."""
    aws = f'{{\n      source  = "hashicorp/aws"\n      version = "{version}"\n    }}'
    return Block(type="terraform", blocks=[Block(type="required_providers", groups=[{"aws": aws}])])


def _table(design: TableDesign, *, key_schema: bool) -> Block:
    first: dict[str, str] = {
        "name": hcl_text(design.name),
        "billing_mode": hcl_text(str(design.billing_mode)),
        "hash_key": hcl_text(design.shape.hash_key),
        **_capacity(design),
    }
    if design.table_class is not TableClass.STANDARD:
        first["table_class"] = hcl_text(str(design.table_class))
    if design.deletion_protection:
        first["deletion_protection_enabled"] = "true"
    if design.stream:
        first |= {"stream_enabled": "true", "stream_view_type": hcl_text(str(design.stream))}
    tags = {"tags": hcl_map(design.tags, 1)} if design.tags else {}
    return Block(
        type="resource",
        labels=[RESOURCE, local_name(design)],
        groups=[first, tags],
        blocks=[*_key_blocks(design, key_schema=key_schema), *_option_blocks(design)],
    )


def _key_blocks(design: TableDesign, *, key_schema: bool) -> list[Block]:
    blocks = [
        Block(type="attribute", groups=[{"name": hcl_text(name), "type": hcl_text("S")}])
        for name in design.shape.key_attributes
    ]
    if design.shape.index:
        blocks.append(_index(design, design.shape.index, key_schema=key_schema))
    return blocks


def _index(design: TableDesign, index: TableIndex, *, key_schema: bool) -> Block:
    attributes = {"name": hcl_text(index.name)}
    if not key_schema:
        attributes["hash_key"] = hcl_text(index.hash_key)
    attributes |= {"projection_type": hcl_text("ALL"), **_capacity(design)}
    blocks = []
    if key_schema:
        key = {"attribute_name": hcl_text(index.hash_key), "key_type": hcl_text("HASH")}
        blocks.append(Block(type="key_schema", groups=[key]))
    blocks += _maximum(design)
    return Block(type="global_secondary_index", groups=[attributes], blocks=blocks)


def _capacity(design: TableDesign) -> dict[str, str]:
    if not design.is_provisioned:
        return {}
    return {
        "read_capacity": str(design.read_capacity),
        "write_capacity": str(design.write_capacity),
    }


def _maximum(design: TableDesign) -> list[Block]:
    maximum = {
        name: str(units)
        for name, units in (
            ("max_read_request_units", design.max_reads),
            ("max_write_request_units", design.max_writes),
        )
        if units is not None
    }
    return [Block(type="on_demand_throughput", groups=[maximum])] if maximum else []


def _option_blocks(design: TableDesign) -> list[Block]:
    blocks = _maximum(design)
    if design.expiry_attribute:
        expiry = {"attribute_name": hcl_text(design.expiry_attribute), "enabled": "true"}
        blocks.append(Block(type="ttl", groups=[expiry]))
    if design.recovery_days is not None:
        recovery = {"enabled": "true", "recovery_period_in_days": str(design.recovery_days)}
        blocks.append(Block(type="point_in_time_recovery", groups=[recovery]))
    if design.encryption is not Encryption.OWNED:
        encryption = {"enabled": "true"}
        if design.encryption is Encryption.CUSTOMER:
            encryption["kms_key_arn"] = hcl_text(design.kms_key)
        blocks.append(Block(type="server_side_encryption", groups=[encryption]))
    blocks += [_replica(design, region) for region in design.replicas]
    if design.removal is RemovalPolicy.RETAIN:
        blocks.append(Block(type="lifecycle", groups=[{"prevent_destroy": "true"}]))
    return blocks


def _replica(design: TableDesign, region: str) -> Block:
    replica = {"region_name": hcl_text(region)}
    if design.encryption is Encryption.CUSTOMER:
        replica["kms_key_arn"] = hcl_text(design.kms_key_in(region))
    if design.recovery_days is not None:
        replica["point_in_time_recovery"] = hcl_bool(value=True)
    if design.tags:
        replica["propagate_tags"] = hcl_bool(value=True)
    return Block(type="replica", groups=[replica])


def write_import(design: TableDesign) -> str:
    """The block with which `terraform plan` takes an existing table over (Terraform 1.5, OpenTofu 1.6)."""
    return hcl_document(
        [
            Block(
                type="import",
                groups=[{"to": f"{RESOURCE}.{local_name(design)}", "id": hcl_text(design.name)}],
            )
        ]
    )


def _older(design: TableDesign) -> str:
    return _write(design, key_schema=False)


def _newer(design: TableDesign) -> str:
    return _write(design, key_schema=True)


OPENTOFU = (
    "OpenTofu reads the same file: tofu init, tofu apply. "
    "The provider loses a tag whose key begins with %; AWS takes no such key anyway."
)

FORMAT = Format(
    name="terraform",
    label="Terraform (AWS provider up to 6.27)",
    filename="TABLE.tf",
    lexer="terraform",
    write=_older,
    note=f"The index names its key by hash_key, which newer providers deprecate. {OPENTOFU}",
    write_import=write_import,
    import_filename="import-TABLE.tf",
)
KEY_SCHEMA_FORMAT = Format(
    name="terraform-key-schema",
    label="Terraform (AWS provider 6.28 and newer)",
    filename="TABLE.tf",
    lexer="terraform",
    write=_newer,
    note=f"The index names its key by a key_schema block, which older providers do not know. {OPENTOFU}",
    write_import=write_import,
    import_filename="import-TABLE.tf",
)
