"""Small files of ours that are there whole or not at all."""

import os
from pathlib import Path

from cli.trouble import Trouble


def write_private(path: Path, text: str) -> None:
    """Put a file in place, readable by its owner only; a crash leaves the old one or the new one.

    Raises:
        Trouble: it cannot be written.
    """
    scratch = path.with_name(f"{path.name}.new")
    try:
        _write(scratch, text)
        scratch.replace(path)
    except OSError as error:  # of itself it does not say where a disk is full
        scratch.unlink(missing_ok=True)
        raise Trouble(f"cannot write {path}: {error.strerror}") from None


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
