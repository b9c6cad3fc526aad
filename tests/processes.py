"""Our programs as processes of the tests' own."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def inherited() -> dict[str, str]:
    """The environment of the tests, without what Tekana is told in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TEKANA_")}


def processes_of(data_directory: Path) -> list[psutil.Process]:
    """Every process, but this one, that was told of a data directory, or that serves one."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            told = process.environ().get("TEKANA_DATA_DIR") if process.pid != os.getpid() else None
            if told == str(data_directory) or str(data_directory) in " ".join(process.cmdline()):
                found.append(process)
    return found


def workers_of(parent: psutil.Process) -> list[psutil.Process]:
    """The processes of an API that answer requests, or are about to, given its first process."""
    return [
        child
        for child in parent.children()
        if child.status() != psutil.STATUS_ZOMBIE and "api.worker" in child.cmdline()
    ]


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
