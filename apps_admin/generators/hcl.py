"""Blocks of HCL, laid out as `terraform fmt` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from apps_admin.generators.quoting import hcl_text


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block. `attributes` are expressions of HCL; groups of them are set apart by an empty line."""

    type: str
    labels: Sequence[str] = ()
    groups: Sequence[Mapping[str, str]] = ()
    blocks: Sequence[Block] = field(default_factory=tuple)

    def lines(self, indent: int = 0) -> list[str]:
        """The block's lines."""
        pad = "  " * indent
        head = " ".join([self.type, *(hcl_text(label) for label in self.labels)])
        parts = [_attributes(group, indent + 1) for group in self.groups if group]
        parts += [block.lines(indent + 1) for block in self.blocks]
        body: list[str] = []
        for part in parts:
            body += (["", *part]) if body else part
        return [f"{pad}{head} {{", *body, f"{pad}}}"]


def hcl_document(blocks: Sequence[Block], *, comment: str = "") -> str:
    """The blocks, set apart by empty lines."""
    texts = ["\n".join(block.lines()) for block in blocks]
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return (head + "\n" if head else "") + "\n\n".join(texts) + "\n"


def hcl_bool(value: object) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def hcl_list(values: Sequence[str], indent: int = 0) -> str:
    """A list of strings, each on a line of its own when there are several."""
    if len(values) <= 1:
        return "[" + "".join(hcl_text(value) for value in values) + "]"
    pad = "  " * indent
    return "[\n" + "".join(f"{pad}  {hcl_text(value)},\n" for value in values) + pad + "]"


def hcl_map(values: Mapping[str, str], indent: int = 0) -> str:
    """A map with quoted keys, aligned."""
    pad = "  " * (indent + 1)
    keys = {key: hcl_text(key) for key in values}
    width = max((len(key) for key in keys.values()), default=0)
    lines = [f"{pad}{keys[key]:<{width}} = {hcl_text(value)}\n" for key, value in values.items()]
    return "{\n" + "".join(lines) + "  " * indent + "}"


def _attributes(group: Mapping[str, str], indent: int) -> list[str]:
    pad = "  " * indent
    width = max(len(name) for name in group)
    return [
        line
        for name, text in group.items()
        for line in f"{pad}{name:<{width}} = {text}".splitlines()
    ]
