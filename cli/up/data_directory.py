"""The data directory: one `tekana up` at a time, and only where it can read and write."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.trouble import Trouble


@contextmanager
def hold(directory: Path) -> Iterator[Path]:
    """Make the data directory if need be, and keep every other `tekana up` out of it meanwhile.

    Yields:
        Its absolute path.

    Raises:
        Trouble: it cannot be used, or another `tekana up` uses it.
    """
    path = directory.absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (path / "lock").open("a+")
    except OSError as error:
        raise Trouble(
            f"the data directory {path} cannot be used ({error.strerror}): make it a directory "
            "that you can read and write, or set TEKANA_DATA_DIR to another"
        ) from None
    # The kernel lets go of it when we end, however we end; children do not inherit it.
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise Trouble(
                f"another 'tekana up' (process {lock.read().strip() or 'unknown'}) runs on {path}: "
                "stop it first, or set TEKANA_DATA_DIR and TEKANA_PORT to others"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield path
