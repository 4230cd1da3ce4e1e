"""The forms of the schema and policy pages: the options by their names, judged by the domain and the generators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from apps_admin.domain.errors import ValidationError
from apps_admin.domain.table import TableDesign, TableKind
from apps_admin.domain.table_options import OPTIONS, TableOption, parse_design
from apps_admin.forms.fields import plain_lines
from apps_admin.generators.policies.inputs import FEATURES, PolicyInputs
from apps_admin.generators.policies.options import (
    WITHOUT_ACCOUNT,
    PolicyOption,
    parse_inputs,
    relevant_options,
)
from apps_admin.generators.policies.outputs import OUTPUTS
from apps_admin.generators.policies.purpose import Purpose
from apps_admin.generators.schemas import FORMATS

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
KINDS = {
    TableKind.APPS: "soketi's apps",
    TableKind.LAWCKET: "lawcket's connections",
}
TABLE_LABELS = {
    "table": "Table name",
    "region": "Regions",
    "billing_mode": "Billing mode",
    "read_capacity": "Read capacity",
    "write_capacity": "Write capacity",
    "max_reads": "On-demand ceiling, reads",
    "max_writes": "On-demand ceiling, writes",
    "pitr": "Point-in-time recovery, days",
    "ttl": "Time to live attribute",
    "deletion_protection": "Deletion protection",
    "encryption": "Encryption",
    "kms_key": "KMS key",
    "table_class": "Table class",
    "stream": "Stream",
    "tag": "Tags",
    "removal_policy": "Removal policy",
}
EXAMPLES = {
    "table": "apps",
    "region": "us-east-1",
    "read_capacity": "5",
    "write_capacity": "5",
    "max_reads": "1000",
    "max_writes": "100",
    "pitr": "35",
    "ttl": "expiresAt",
    "kms_key": "arn:aws:kms:us-east-1:123456789012:key/...",
}
# Values that hold no white space may stand side by side in one box.
SIDE_BY_SIDE = frozenset({"region", "account", "function"})
TAG_HELP = (
    "One a line, key=value; at most 50. A line break within a tag is written \\n, a backslash \\\\."
)

Values = dict[str, list[str]]


class SchemaForm(forms.Form):
    """A table and the format it is written in. `without` leaves options out that are said elsewhere."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        without: frozenset[str] = frozenset(),
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.fields["for"] = _choice("For", KINDS)
        self.fields["format"] = _choice(
            "Format", {name: format_.label for name, format_ in FORMATS.items()}
        )
        for option in OPTIONS:
            if option.name not in without:
                self.fields[option.name] = _table_field(option)
        if "for" in without:
            del self.fields["for"]

    def to_design(self, place: Mapping[str, Sequence[str]] | None = None) -> TableDesign | None:
        """The design that was asked for, None with the errors at their fields.

        `place` is what a connection says: its table and its region, which may be an emulator's.
        """
        if not self.is_valid():
            return None
        kind = TableKind(self.cleaned_data.get("for") or TableKind.APPS)
        try:
            return parse_design(
                kind,
                {**values_of(self.data, self.fields), **(place or {})},
                is_on_aws=place is None,
            )
        except ValidationError as error:
            take_errors(self, error)
            return None


class PolicyForm(forms.Form):
    """The inputs of one purpose and the format the policy is written in."""

    def __init__(
        self,
        purpose: Purpose,
        data: QueryDict | None = None,
        *,
        checks: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        self.purpose = purpose
        if checks:
            self.fields["policy"] = forms.CharField(
                label="Policy",
                strip=False,
                help_text="The JSON of a policy, or of one of its statements.",
                widget=forms.Textarea(attrs={**PLAIN, "rows": 14, "class": "mono"}),
            )
        else:
            self.fields["format"] = _choice(
                "Format", {name: output.label for name, output in OUTPUTS.items()}
            )
        for option in relevant_options(purpose):
            self.fields[option.name] = _policy_field(option, purpose)

    def to_inputs(self) -> PolicyInputs | None:
        """The inputs that were given, None with the errors at their fields."""
        if not self.is_valid():
            return None
        try:
            inputs = parse_inputs(self.purpose, values_of(self.data, self.fields))
            self.purpose.write(inputs)
        except ValidationError as error:
            take_errors(self, error)
            return None
        return inputs


def values_of(data: Mapping[str, Any], names: Iterable[str]) -> Values:
    """The options as texts: repeated in a query string, or lines of one box in a form."""
    values: Values = {}
    for name in names:
        given = data.getlist(name) if isinstance(data, QueryDict) else [str(data.get(name, ""))]
        if name in SIDE_BY_SIDE:
            given = [part for text in given for part in re.split(r"[\s,]+", text)]
        elif name == "tag":
            lines = [line for text in given for line in plain_lines(text).split("\n")]
            given = [unescaped(line) for line in lines]
        elif name in {"attribute", "key_prefix"}:
            given = [line for text in given for line in plain_lines(text).split("\n")]
        values[name] = [text for text in given if text.strip()]
    return values


def initial_of(values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Option values as the fields of a form hold them."""
    initial: dict[str, Any] = {}
    for name, texts in values.items():
        if name == "tag":
            initial[name] = "\n".join(escaped(text) for text in texts)
        elif name in SIDE_BY_SIDE:
            initial[name] = " ".join(texts)
        elif name in {"attribute", "key_prefix"}:
            initial[name] = "\n".join(texts)
        elif name == "feature":
            initial[name] = list(texts)
        else:
            initial[name] = texts[-1] if texts else ""
    return initial


def as_form_data(values: Mapping[str, Sequence[str]]) -> QueryDict:
    """Option values as a form would send them."""
    data = QueryDict(mutable=True)
    for name, value in initial_of(values).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def take_errors(form: forms.Form, error: ValidationError) -> None:
    """Put the domain's complaints at their fields, or on top when the form has no such field."""
    for name, messages in error.errors.items():
        for message in messages:
            form.add_error(name if name in form.fields else None, message)


def _choice(label: str, choices: Mapping[Any, str], *, required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[(str(value), text) for value, text in choices.items()],
        required=required,
        widget=forms.Select(attrs={"autocomplete": "off"}),
    )


def _table_field(option: TableOption) -> forms.Field:
    label = TABLE_LABELS[option.name]
    if option.is_flag:
        return forms.BooleanField(label=label, help_text=option.help, required=False)
    if option.choices:
        choices = {"": "Default"} | {choice: choice for choice in option.choices}
        field = _choice(label, choices, required=False)
        field.help_text = option.help
        return field
    if option.name == "tag":
        return forms.CharField(
            label=label,
            help_text=TAG_HELP,
            required=False,
            strip=False,
            widget=forms.Textarea(attrs={**PLAIN, "rows": 3, "class": "mono"}),
        )
    return forms.CharField(
        label=label,
        help_text=option.help,
        required=False,
        widget=forms.TextInput(attrs={**PLAIN, "placeholder": EXAMPLES.get(option.name, "")}),
    )


def _policy_field(option: PolicyOption, purpose: Purpose) -> forms.Field:
    if option.name == "feature":
        return forms.MultipleChoiceField(
            label=option.label,
            help_text="What it does beyond the least it must.",
            choices=[(str(each), FEATURES[each].capitalize()) for each in purpose.features],
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
    if option.choices:
        choices = {"": "As the region tells"} | {each: each for each in option.choices}
        return _choice(option.label, choices, required=False)
    lines = option.name in {"attribute", "key_prefix"}
    widget = forms.Textarea(attrs={**PLAIN, "rows": 2}) if lines else forms.TextInput(attrs=PLAIN)
    return forms.CharField(
        label=option.label,
        help_text=option.help + (" One a line." if lines else ""),
        required=is_needed(option.name, purpose),
        widget=widget,
    )


def is_needed(name: str, purpose: Purpose) -> bool:
    """Whether the purpose makes no document without this input."""
    return name in purpose.requires or (name == "account" and purpose.name not in WITHOUT_ACCOUNT)


def escaped(text: str) -> str:
    """A tag as one line."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def unescaped(line: str) -> str:
    """The tag that a line stands for."""
    marks = {"\\n": "\n", "\\r": "\r", "\\\\": "\\"}
    return re.sub(r"\\[nr\\]", lambda found: marks[found[0]], line)
