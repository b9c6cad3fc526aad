"""Our programs as processes of the tests' own."""

import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def inherited() -> dict[str, str]:
    """The environment of the tests, without what Tekana is told in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TEKANA_")}


def start_program(
    module: str, environment: dict[str, str], log: Path, *arguments: str
) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE`, which adds what it says to the log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=inherited() | environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
