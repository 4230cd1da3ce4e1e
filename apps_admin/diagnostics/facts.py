"""What the steps of one test learn, for those that come after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps_admin.aws.probe import Probe
from apps_admin.domain.connection import Connection
from apps_admin.domain.item import RawItem


@dataclass(kw_only=True)
class Facts:
    """Filled in as the test goes on; a step writes only what those that need it read afterwards."""

    connection: Connection
    probe: Probe | None = None
    addresses: tuple[str, ...] = ()
    description: Mapping[str, Any] | None = None
    was_scanned: bool = False
    sample: RawItem | None = None

    @property
    def aws(self) -> Probe:
        """The probe; there is one once the settings step has passed."""
        if self.probe is None:
            raise LookupError("the settings step makes the probe")
        return self.probe
