"""Structured logs: one JSON object a line on standard output, the same from every process."""

import logging
import logging.config
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from config.redaction import mask_phone_number, redact

__all__ = ["JsonLogFormatter", "configure_logging", "logging_config", "mask_phone_number"]

# Libraries whose INFO says nothing that our own lines do not say better.
_TALKATIVE = ("httpcore", "httpx", "psycopg.pool", "saq")
_SANIC = ("sanic.root", "sanic.error", "sanic.access", "sanic.server", "sanic.websockets")


class JsonLogFormatter(JsonFormatter):
    """Writes time, level, logger, message, extra fields, exception and process, redacted."""

    def __init__(self, process: str) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "exception"},
        )
        self._process = process

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Put the time first: lines are read, and sorted, from the left."""
        time = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        super().add_fields(log_data, record, message_dict)
        log_data["process"] = self._process

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Take out what must not be logged, after everything has been put in."""
        return dict(redact(log_data))


def logging_config(level: str, process: str) -> dict[str, Any]:
    """A dictionary for `logging.config.dictConfig`, usable as Sanic's `log_config`.

    Args:
        level: least level that is logged, as `INFO`.
        process: who speaks, as `api` or `worker`; a field of every line.
    """
    quiet = level if level == "DEBUG" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "config.logs.JsonLogFormatter", "process": process}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stdout",
            }
        },
        "root": {"level": level, "handlers": ["stdout"]},
        "loggers": {
            # To the root's handler and no other; Sanic gives its loggers handlers of their own.
            **{name: {"level": level, "handlers": [], "propagate": True} for name in _SANIC},
            **{name: {"level": quiet} for name in _TALKATIVE},
        },
    }


def configure_logging(level: str, process: str) -> None:
    """Make this process log as `logging_config` says."""
    logging.config.dictConfig(logging_config(level, process))
