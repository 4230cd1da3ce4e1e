"""Where a call went, for messages about it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a call went; `endpoint` is the resolved address."""

    table: str
    region: str
    endpoint: str

    @property
    def host(self) -> str:
        """The endpoint's host and port, without credentials or path."""
        parts = urlsplit(self.endpoint)
        return parts.netloc.rpartition("@")[2]

    @property
    def is_aws(self) -> bool:
        """Whether the endpoint is one of AWS's own, as an empty one is."""
        host = urlsplit(self.endpoint).hostname or ""
        return not host or host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))
