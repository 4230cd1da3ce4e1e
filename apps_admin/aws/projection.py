"""What a read asks for where AWS hides secrets: everything soketi reads but the secret, by name.

The policy `console-viewer-no-secret` allows exactly these names, and only to reads that say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from apps_admin.domain.fields import READABLE_ATTRIBUTES

WITHOUT_SECRETS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "ProjectionExpression": ", ".join(f"#a{n}" for n in range(len(READABLE_ATTRIBUTES))),
        "ExpressionAttributeNames": {f"#a{n}": name for n, name in enumerate(READABLE_ATTRIBUTES)},
    }
)
# What Query and Scan have to say beside it.
SPECIFIC: Final[Mapping[str, Any]] = MappingProxyType({"Select": "SPECIFIC_ATTRIBUTES"})
EVERYTHING: Final[Mapping[str, Any]] = MappingProxyType({})
