"""Structured logs: one JSON object a line on standard output, the same from every process."""

import asyncio
import logging
import logging.config
import select
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.json import JsonFormatter

from config.redaction import redact

# Libraries whose INFO says nothing that our own lines do not say better.
_TALKATIVE = ("httpcore", "httpx", "psycopg.pool", "saq")
LATEST_SECONDS = 0.02  # that a line waits for others to be written with


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
        log_data["time"] = _written(datetime.fromtimestamp(record.created, UTC))
        super().add_fields(log_data, record, message_dict)
        log_data["process"] = self._process

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Take out what must not be logged, after everything has been put in."""
        return dict(redact(log_data))


class PlainLines:
    """Lines of the same form for what is logged all the time, in a tenth of the time.

    Neither records nor formatters are made, nothing is escaped and nothing taken out: a message and
    every field must be a number, or a plain word that the caller made itself. Lines wait for each
    other, for no longer than `LATEST_SECONDS`: writing each by itself would take as long as making
    it. Whoever ends the event loop flushes before.
    """

    def __init__(self, logger: logging.Logger, process: str, fields: Sequence[str]) -> None:
        self._logger = logger
        members = "".join(f', "{name}": %s' for name in fields)
        self._form = (
            f'{{"time": "%s", "level": "INFO", "logger": "{logger.name}", "message": "%s"'
            f'{members}, "process": "{process}"}}\n'
        )
        self._waiting: list[str] = []

    def info(self, message: str, *values: str | float | None) -> None:
        """Write a line at level INFO, if that is logged at all.

        Args:
            message: what happened.
            values: of the fields, in their order.
        """
        if not self._logger.isEnabledFor(logging.INFO):
            return
        if not self._waiting:
            asyncio.get_running_loop().call_later(LATEST_SECONDS, self.flush)
        told = [
            "null" if value is None else f'"{value}"' if isinstance(value, str) else value
            for value in values
        ]
        self._waiting.append(self._form % (_written(datetime.now(UTC)), message, *told))

    def flush(self) -> None:
        """Write the lines that wait."""
        lines, self._waiting = "".join(self._waiting), []
        sys.stdout.write(lines)
        sys.stdout.flush()


def _written(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def logging_config(level: str, process: str) -> dict[str, Any]:
    """A dictionary for `logging.config.dictConfig`, usable as Sanic's `log_config`.

    Args:
        level: least level that is logged, as `INFO`.
        process: who speaks, as `api` or `worker`; a field of every line.
    """
    quiet = "WARNING" if level == "INFO" else level
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
        "loggers": {name: {"level": quiet} for name in _TALKATIVE},
    }


def configure_logging(level: str, process: str) -> None:
    """Make this process log as `logging_config` says."""
    logging.config.dictConfig(logging_config(level, process))


def is_read(stream: TextIO) -> bool:
    """Whether a line can be written: to a log that nobody reads, whoever writes waits for ever.

    (A pipe counts as writable when it has room for more than a line of ours.)
    """
    return bool(select.select([], [stream], [], 0.1)[1])
