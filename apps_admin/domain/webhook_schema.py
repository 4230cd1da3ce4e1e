"""The JSON Schema of the webhooks' format: what soketi 1.6.1 reads, as this console lets it be saved.

It is as strict as the linter's errors where a schema can be; what soketi merely ignores is left to the linter's
warnings.
"""

from __future__ import annotations

from typing import Any, Final

from apps_admin.domain.webhook_lambda import SIGNATURE_VERSIONS
from apps_admin.domain.webhook_verdicts import EVENT_MEANINGS

SCHEMA_ID: Final = "urn:soketi:1.6.1:webhooks"


def webhooks_schema() -> dict[str, Any]:
    """A new copy of the schema (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Webhooks of a soketi app",
        "description": "The attribute Webhooks, as soketi 1.6.1 reads it from DynamoDB.",
        "type": "array",
        "items": {"$ref": "#/$defs/webhook"},
        "$defs": {"webhook": _webhook(), "filter": _filter(), "lambda": _lambda()},
    }


def _webhook() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["event_types"],
        "properties": {
            "url": {
                "type": "string",
                "description": "Where soketi POSTs to, http or https. It wins over lambda_function.",
                "examples": ["https://example.com/soketi"],
            },
            "lambda_function": {
                "type": "string",
                "description": "Name or ARN of an AWS Lambda function, called when there is no url.",
            },
            "lambda": {"$ref": "#/$defs/lambda"},
            "event_types": {
                "type": "array",
                "description": "Required. Without it soketi cannot read the app at all.",
                "items": {
                    "anyOf": [
                        {"const": event.value, "description": meaning}
                        for event, meaning in EVENT_MEANINGS.items()
                    ]
                },
            },
            "headers": {
                "type": ["object", "null"],
                "description": "Headers to add. Names that begin with X-Pusher- are soketi's own.",
                "propertyNames": {"pattern": "^(?![Xx]-[Pp][Uu][Ss][Hh][Ee][Rr]-)"},
                "additionalProperties": {"type": ["string", "number", "boolean"]},
            },
            "filter": {"$ref": "#/$defs/filter"},
        },
        "if": {"required": ["lambda_function"], "not": {"required": ["url"]}},
        "then": {"required": ["lambda"]},
    }


def _filter() -> dict[str, Any]:
    text = {"type": "string", "description": "Empty means no filter."}
    return {
        "type": ["object", "null"],
        "description": "Both parts have to match the channel's name.",
        "properties": {"channel_name_starts_with": text, "channel_name_ends_with": dict(text)},
    }


def _lambda() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Required with lambda_function, {} is enough: without it soketi shuts down.",
        "properties": {
            "async": {
                "type": "boolean",
                "description": "true: do not wait for the function's answer.",
            },
            "region": {"type": "string", "default": "us-east-1"},
            "client_options": {
                "type": "object",
                "description": "Options of aws-sdk v2's Lambda client. Credentials do not belong here.",
                "properties": {"signatureVersion": {"enum": sorted(SIGNATURE_VERSIONS)}},
            },
        },
    }
