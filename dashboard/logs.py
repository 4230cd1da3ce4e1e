"""How the log is written: one JSON object a line for machines, plain text for a terminal."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from apps_admin.domain.request_id import current_request_id


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request id, and the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON. Only these fields: what a caller hangs on the record stays out."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := current_request_id.get():
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
