"""Where a server's Unix socket is: in a directory that only its owner can enter."""

import os
import re
import stat
from hashlib import sha256
from pathlib import Path

from cli.servers import ServerError
from cli.servers.accounts import Account

LONGEST_PATH = 107  # unix(7): sun_path holds 108 bytes with its terminator
POSTGRES_PORT = 5432  # of no network: it names the socket, whatever PGPORT says
LONGEST_NAME = f".s.PGSQL.{POSTGRES_PORT}"
# A comma separates hosts for libpq and directories for PostgreSQL; others need quoting in a URL.
HARMLESS_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
# Not the temp directory of the environment: every command has to find the same path.
SHORT_PLACE = Path("/tmp")  # noqa: S108 - made safely, see make_private


def socket_directory(data_directory: Path) -> Path:
    """Beside the data, or, where that path is too long or odd for a socket's, under /tmp."""
    beside = data_directory.absolute().with_name(data_directory.name + ".socket")
    short = len(os.fsencode(beside / LONGEST_NAME)) <= LONGEST_PATH
    if short and HARMLESS_PATH.fullmatch(str(beside)):
        return beside
    name = sha256(os.fsencode(data_directory.absolute())).hexdigest()[:16]
    return SHORT_PLACE / f"tekana-{name}"


def make_private(directory: Path, account: Account | None = None) -> None:
    """Make a directory, or take an existing one, that only we (or the account) can enter.

    Raises:
        ServerError: it cannot be made, or it is somebody else's or a link, so not to be trusted.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.lstat()
        trusted = {os.geteuid()} | ({account.uid} if account else set())
        in_shared_place = directory.parent == SHORT_PLACE
        if in_shared_place and (stat.S_ISLNK(status.st_mode) or status.st_uid not in trusted):
            raise ServerError(
                f"{directory} belongs to somebody else: remove it, "
                "or set TEKANA_DATA_DIR to a shorter path"
            )
        if account is not None and directory.stat().st_uid != account.uid:
            os.chown(directory, account.uid, account.gid)
        if stat.S_IMODE(directory.stat().st_mode) != stat.S_IRWXU:
            directory.chmod(0o700)
    except OSError as error:
        raise ServerError(
            f"cannot use {directory}: {error.strerror}; make it a directory that you can write to, "
            "or set TEKANA_DATA_DIR to another"
        ) from None
