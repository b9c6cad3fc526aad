"""Small files of ours that are there whole or not at all."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put a file in place, readable by its owner only; a crash leaves the old one or the new one.

    Raises:
        OSError: it cannot be written.
    """
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    scratch.replace(path)
