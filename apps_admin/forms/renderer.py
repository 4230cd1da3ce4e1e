"""How every form of the console is drawn: one template a field, ARIA attributes by Django, classes by widget."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting


class ConsoleBoundField(BoundField):
    """A field that gives its widget the class the style sheets know."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Django's ARIA attributes, and the widget's class."""
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        own = _class_of(widget)
        if own:
            given = widget.attrs.get("class", "")
            built["class"] = f"{own} {given}".strip()
        return built


def _class_of(widget: forms.Widget) -> str:
    if widget.is_hidden:
        return ""
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


class ConsoleRenderer(TemplatesSetting):
    """The FORM_RENDERER setting."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = ConsoleBoundField
