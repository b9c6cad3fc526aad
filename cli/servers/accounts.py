"""Who the embedded PostgreSQL runs as when we are root, which it refuses to be."""

import os
import pwd
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from cli.servers import ServerError

SYSTEM_USER = "tekana-postgres"


@dataclass(frozen=True)
class Account:
    """A user of the operating system and its main group, by number."""

    uid: int
    gid: int


def account_for(data_directory: Path) -> Account | None:
    """Who PostgreSQL has to run as on a data directory; None means as ourselves.

    As root it is the owner of the data when that is a plain user (who then can go on without
    root later), else the user `tekana-postgres`, made when missing.

    Raises:
        ServerError: we are root and the user cannot be made.
    """
    if os.geteuid() != 0:
        return None
    try:
        owner = data_directory.stat()
    except OSError:
        return _system_account()
    return Account(owner.st_uid, owner.st_gid) if owner.st_uid != 0 else _system_account()


def _system_account() -> Account:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    problem = ""
    for _ in range(20):
        try:
            entry = pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            try:
                result = subprocess.run(  # noqa: S603 - fixed arguments, no shell
                    [*command, SYSTEM_USER], capture_output=True, text=True, check=False
                )
            except OSError as error:
                problem = f"useradd: {error.strerror}"
                break
            problem = result.stderr.strip()
            if result.returncode != 0:
                time.sleep(0.1)  # the password file is locked while somebody else adds a user
        else:
            return Account(entry.pw_uid, entry.pw_gid)
    raise ServerError(
        f"PostgreSQL does not run as root and the user {SYSTEM_USER} could not be "
        f"created ({problem}): create it yourself, or run as an ordinary user"
    )
