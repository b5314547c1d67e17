"""Log lines as JSON on standard error: what happened, with its facts beside it."""

import logging
from datetime import UTC, datetime
from typing import Any

from msgspec import json

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what a call passes as ``extra`` are its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.encode(line, enc_hook=str).decode()


def configure_logs(level: int = logging.INFO) -> None:
    """Send the log of everything to standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("httpx2", "httpcore2"):  # they tell every request, and its headers
        logging.getLogger(name).setLevel(logging.WARNING)
