"""What is measured: the API and a bare handler, as processes of their own over one PostgreSQL."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer

ROOT = Path(__file__).parents[1]
JWT_SECRET = "a secret of measurements that signs access tokens"  # noqa: S105 - of no use elsewhere


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server(NamedTuple):
    """A process that answers."""

    port: int
    process_id: int


@contextmanager
def running(module: str, environment: dict[str, str], log: Path) -> Iterator[Server]:
    """A server process on a port of its own, until the block ends."""
    port = free_port()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env=os.environ | environment | {"TEKANA_HOST": "127.0.0.1", "TEKANA_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        _wait(port, process, log)
        yield Server(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def environment(server: PostgresServer, database: str, valkey: ValkeyServer) -> dict[str, str]:
    """The settings of one process of the API over a database."""
    return {
        "TEKANA_WORKERS": "1",
        "TEKANA_API_DATABASE_URL": server.url(database, "tekana_authenticator"),
        "TEKANA_REDIS_URL": valkey.url,
        "TEKANA_JWT_SECRET": JWT_SECRET,
        "TEKANA_OTP_SECRET": "a secret of measurements that seals passwords",
        "TEKANA_ACCESS_TOKEN_SECONDS": "86400",
    }


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"bench: a server does not start, its log is {log}")
