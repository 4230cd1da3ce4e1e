"""Forms of import and export."""

from __future__ import annotations

from typing import Any

from django import forms

from apps_admin.domain.transfer import FORMATS, WRITABLE
from apps_admin.forms.apps import ConsoleForm, ReasonField
from apps_admin.services.transfer_import import ImportOptions, OnExisting, OnMissing


class ImportForm(ConsoleForm):
    """A file, and what to do with its apps."""

    file = forms.FileField(label="File", help_text="At most 200 MB, also compressed with gzip.")
    format = forms.ChoiceField(
        label="Format",
        required=False,
        choices=[("", "Detect by content"), *((n, each.label) for n, each in FORMATS.items())],
        help_text="The preview says what was detected.",
    )
    on_existing = forms.ChoiceField(
        label="Apps that are in the table already",
        choices=[
            (OnExisting.FAIL.value, "Report as a conflict, unless nothing differs"),
            (OnExisting.SKIP.value, "Leave as they are"),
            (OnExisting.UPDATE.value, "Update with what the file says"),
        ],
    )
    on_missing = forms.ChoiceField(
        label="New apps without key or secret",
        choices=[
            (OnMissing.GENERATE.value, "Generate what is missing"),
            (OnMissing.FAIL.value, "Report as an error"),
        ],
    )

    def to_options(self) -> ImportOptions:
        """What was asked for. Call after `is_valid`."""
        typed = self.cleaned_data
        return ImportOptions(
            format=typed["format"],
            on_existing=OnExisting(typed["on_existing"]),
            on_missing=OnMissing(typed["on_missing"]),
        )


class ExportForm(ConsoleForm):
    """A format, and whether secrets go along."""

    format = forms.ChoiceField(
        label="Format", choices=[(n, each.label) for n, each in WRITABLE.items()]
    )

    def __init__(self, *arguments: Any, needs_reason: bool, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["reason"] = ReasonField(required=needs_reason)
