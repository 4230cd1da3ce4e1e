"""What the API answers about schemas, policies and the live table."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field


class SchemaFormat(BaseModel):
    """One format a table's schema is written in."""

    name: str
    label: str
    filename: str


class SchemaFormats(BaseModel):
    """The formats there are."""

    formats: list[SchemaFormat]


class Document(BaseModel):
    """A generated document."""

    format: str
    filename: str
    text: str
    notes: list[str]


class PolicyCheck(BaseModel):
    """Whether a policy gives what its purpose needs, and nothing more."""

    purpose: str
    exact: bool
    remarks: list[dict[str, Any]]


class TableCall(BaseModel):
    """One call that changes the table."""

    operation: str
    parameters: dict[str, Any]


class Table(BaseModel):
    """The live table, held against a design."""

    table: str
    exists: bool
    status: str
    differences: list[dict[str, Any]]
    calls: list[TableCall] = Field(description="What would make it the design, in this order.")
    by_hand: list[str] = Field(description="What no call of its own can do.")
