"""What the API answers about files, in the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class TransferFormat(BaseModel):
    """A format of files of apps. Apps exported and imported again in a lossless one are the same, byte for byte."""

    name: str
    label: str
    extension: str
    media_type: str
    is_written: bool
    is_lossless: bool


class TransferFormats(BaseModel):
    """Every format that is read."""

    formats: list[TransferFormat]


class AuditExport(BaseModel):
    """An export of the audit log, kept for a day. `file` is its address when it is done."""

    id: str
    state: Literal["waiting", "running", "succeeded", "failed", "stopped"]
    format: str
    filter: dict[str, str]
    message: str
    entries: int
    reason: str
    operation_id: str
    created_at: str
    finished_at: str | None
    file: str | None


class AuditExportList(BaseModel):
    """Exports, newest first."""

    exports: list[AuditExport]
