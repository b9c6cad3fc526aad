"""`tekana up` as a whole, with an SMS gateway over HTTP or the console."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.people import PASSWORD, Person, Phone
from tests.processes import ROOT, free_port, inherited, start_program
from tests.sms_gateway import Gateway
from tests.waiting import eventually

STAFF_CREATE = (sys.executable, "-m", "cli.main", "staff", "create")
LEDGER_CHECK = (sys.executable, "-m", "cli.main", "ledger", "check")


class Stack:
    """A `tekana up` in a directory of its own."""

    def __init__(self, data_directory: Path, port: int, environment: dict[str, str]) -> None:
        self.data_directory = data_directory
        self.url = f"http://127.0.0.1:{port}"
        self.environment = (
            inherited()
            | environment
            | {
                "TEKANA_DATA_DIR": str(data_directory),
                "TEKANA_PORT": str(port),
                "TEKANA_WORKERS": "2",
            }
        )
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # What an earlier run left behind may still answer: its own word counts.
        already = self.output.count("Tekana is up")
        log = self.data_directory.parent / "up.log"
        self.process = start_program("cli.main", self.environment, log, "up")

        def is_up_or_has_ended() -> bool:
            return self.output.count("Tekana is up") > already or not self.running

        eventually(is_up_or_has_ended, 120, f"an answer ({log})")
        assert self.running, self.output

    def stop(self, signal_number: int = signal.SIGTERM) -> float:
        """Stop it; how many seconds that took."""
        assert self.process is not None
        begin = time.monotonic()
        self.process.send_signal(signal_number)
        self.process.wait(60)
        return time.monotonic() - begin

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def end(self) -> None:
        """Stop it if it runs."""
        if self.running:
            self.stop()

    @property
    def output(self) -> str:
        path = self.data_directory.parent / "up.log"
        return path.read_text() if path.exists() else ""

    def database(self) -> psycopg.Connection:
        server = PostgresServer(self.data_directory / "postgres")
        return psycopg.connect(server.url("tekana"))


def make_staff(stack: Stack, client: httpx.Client, phone: Phone) -> Person:
    """A member of staff, made with the command, who is signed in."""
    email, number = "till@example.com", "+250789000009"  # README's walk-through has a desk
    subprocess.run(
        [*STAFF_CREATE, "--email", email, "--phone-number", number],
        input=PASSWORD + "\n",
        text=True,
        check=True,
        cwd=ROOT,
        env=stack.environment,
    )
    return Person(client, phone, email, number).sign_in()


def assert_ledger_is_right(stack: Stack) -> None:
    """`tekana ledger check` finds nothing wrong, from nothing and from the last proof on."""
    for how in ([], ["--full"]):
        done = subprocess.run(
            [*LEDGER_CHECK, *how], capture_output=True, text=True, cwd=ROOT, env=stack.environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "The ledger is right" in done.stdout


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    yield gateway
    gateway.close()


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    """Makes a stack with more environment, which is stopped at the end."""
    made: list[Stack] = []

    def make(**environment: str) -> Stack:
        made.append(Stack(tmp_path / "data", free_port(), environment))
        return made[-1]

    yield make
    for stack in made:
        stack.end()


@pytest.fixture(scope="session")
def console_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that sends its SMS to the console; not started."""
    stack = Stack(tmp_path_factory.mktemp("console") / "data", free_port(), {})
    yield stack
    stack.end()


@pytest.fixture
def stack(console_stack: Stack) -> Stack:
    """A stack that runs and sends its SMS to the console; other tests may have used it."""
    if not console_stack.running:
        console_stack.start()
    return console_stack
