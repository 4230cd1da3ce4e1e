"""What a format of a table schema is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from apps_admin.domain.table import TableDesign
from apps_admin.domain.table_calls import TableCall

NOT_INFRASTRUCTURE = "It makes the table once and keeps no definition whose removal could matter."


@dataclass(frozen=True, kw_only=True)
class Format:
    """One language a table is written in.

    `cannot` maps the name of an option to why this format does not express it. `write_calls` is there for formats
    that call the API, `write_import` for those that can take over a table that already exists.
    """

    name: str
    label: str
    filename: str
    lexer: str
    write: Callable[[TableDesign], str]
    note: str = ""
    cannot: Mapping[str, str] = field(default_factory=dict)
    write_calls: Callable[[TableDesign, Sequence[TableCall]], str] | None = None
    write_import: Callable[[TableDesign], str] | None = None
    import_filename: str = ""

    def filename_for(self, design: TableDesign) -> str:
        """The name a download gets."""
        return self.filename.replace("TABLE", design.name.strip(".") or "table")

    def note_for(self, design: TableDesign) -> str:
        """The note with this table's names in it."""
        return self.note.replace("TABLE", design.name).replace("REGION", design.region)

    def left_out(self, design: TableDesign) -> Mapping[str, str]:
        """The options this design uses and the format cannot express, with the reason."""
        used = {
            "removal_policy": True,
            "ttl": bool(design.expiry_attribute),
            "pitr": design.recovery_days is not None,
            "region": bool(design.replicas),
            "tag": bool(design.tags),
        }
        return {name: reason for name, reason in self.cannot.items() if used.get(name, True)}
