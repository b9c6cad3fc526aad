"""Letting another user walk to a directory of ours, without opening the way to everybody.

Root's directories (/root, those of mktemp) are closed to others, and the embedded PostgreSQL,
which runs as another user then, has to pass through them to reach its binaries and its data.
"""

import os
import stat
import struct
from contextlib import suppress
from pathlib import Path

from cli.servers import ServerError
from cli.servers.accounts import Account

# The POSIX access control list as Linux stores it (linux/posix_acl_xattr.h): a version,
# then entries of tag, permissions and id.
_ATTRIBUTE = "system.posix_acl_access"
_VERSION = struct.pack("<I", 2)
_ENTRY = struct.Struct("<HHI")
_OWNER, _USER, _GROUP, _NAMED_GROUP, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_NOBODY = 0xFFFFFFFF
_PASS = 0o1

_Entry = tuple[int, int, int]


def let_pass(account: Account, path: Path) -> None:
    """Let a user go through (not list, not read) every directory above a path.

    By an entry for this user alone in the directory's access control list; where the file system
    has none, by the search permission for others.

    Raises:
        ServerError: a directory can be neither passed nor changed.
    """
    for directory in reversed(path.absolute().parents):
        status = directory.stat()
        if status.st_mode & stat.S_IXOTH or (
            status.st_uid == account.uid and status.st_mode & stat.S_IXUSR
        ):
            continue
        try:
            _admit(account, directory, status.st_mode)
        except OSError as error:
            raise ServerError(
                f"PostgreSQL cannot reach {path}: {directory} denies it access and cannot "
                f"be changed ({error.strerror}); set TEKANA_DATA_DIR to a directory elsewhere"
            ) from None


def _admit(account: Account, directory: Path, mode: int) -> None:
    with suppress(OSError, AttributeError):  # no such lists here: Linux and some file systems only
        entries = [
            entry
            for entry in _read(directory, mode)
            if (entry[0], entry[2]) != (_USER, account.uid)
        ]
        entries.append((_USER, _PASS, account.uid))
        os.setxattr(directory, _ATTRIBUTE, _written(entries))
        return
    directory.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _read(directory: Path, mode: int) -> list[_Entry]:
    try:
        stored = os.getxattr(directory, _ATTRIBUTE)
    except OSError:  # only the plain mode so far
        return [
            (_OWNER, mode >> 6 & 0o7, _NOBODY),
            (_GROUP, mode >> 3 & 0o7, _NOBODY),
            (_OTHER, mode & 0o7, _NOBODY),
        ]
    return list(_ENTRY.iter_unpack(stored[len(_VERSION) :]))


def _written(entries: list[_Entry]) -> bytes:
    # The mask limits all but the owner and others, so it has to hold what any of them may.
    limited = [allowed for tag, allowed, _ in entries if tag in {_USER, _GROUP, _NAMED_GROUP}]
    mask = 0
    for allowed in limited:
        mask |= allowed
    kept = [entry for entry in entries if entry[0] != _MASK] + [(_MASK, mask, _NOBODY)]
    return _VERSION + b"".join(_ENTRY.pack(*entry) for entry in sorted(kept))
