"""The developer's phone: every SMS is a JSON line in `<data dir>/sms.log`."""

import asyncio
import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from config.redaction import mask_phone_number
from config.settings import Settings, SettingsError
from workers.sms import SmsUnavailable

logger = logging.getLogger(__name__)


class ConsoleGateway:
    """Appends to a file that only its owner reads, and says so in the log, without the text."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def send(self, to: str, message: str) -> None:
        """Append `{"to", "message", "at"}`.

        Raises:
            SmsUnavailable: the file cannot be written.
        """
        line = json.dumps({"to": to, "message": message, "at": datetime.now(UTC).isoformat()})
        try:
            await asyncio.to_thread(append_line, self._path, line)
        except OSError as error:
            raise SmsUnavailable(f"cannot write {self._path}: {error.strerror}") from None
        logger.info("SMS written to %s", self._path, extra={"to": mask_phone_number(to)})

    async def close(self) -> None:
        """Nothing is held open."""


def open_gateway(settings: Settings) -> ConsoleGateway:
    """The console gateway, unless this is production.

    Raises:
        SettingsError: `TEKANA_ENV` is `production`, or the data directory cannot be written.
    """
    if settings.env == "production":
        raise SettingsError(
            "TEKANA_SMS_GATEWAY is 'console', which writes one-time passwords to a file, and "
            "TEKANA_ENV is 'production': choose a gateway that delivers, such as 'intouch'"
        )
    path = settings.data_dir / "sms.log"
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        append_line(path, "")
    except OSError as error:
        raise SettingsError(
            f"cannot write {path}: {error.strerror}; make it writable or set TEKANA_DATA_DIR"
        ) from None
    return ConsoleGateway(path)


def append_line(path: Path, line: str) -> None:
    """Append in one write, so that workers side by side do not mix their lines; "" only touches."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode() if line else b"")
    finally:
        os.close(descriptor)
