"""`tekana up` as a real process on real servers, with small programs in place of API and worker."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from cli.main import main
from config.environment import load_settings
from tests.processes import free_port, processes_of
from tests.waiting import eventually

STAND_INS = Path(__file__).parent / "stand_ins"


class Up:
    """One `tekana up`."""

    def __init__(
        self,
        data_directory: Path,
        port: int,
        log_path: Path,
        environment: dict[str, str],
        prefix: Sequence[str] = (),
    ) -> None:
        self.data_directory = data_directory
        self.url = f"http://127.0.0.1:{port}"
        self._log_path = log_path
        kept = {name: value for name, value in os.environ.items() if "TEKANA" not in name}
        told = {
            "PYTHONPATH": str(STAND_INS),
            "TEKANA_DATA_DIR": str(data_directory),
            "TEKANA_HOST": "127.0.0.1",
            "TEKANA_PORT": str(port),
        }
        with log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, sys.executable, "-P", "-m", "cli.main", "up"],
                env=kept | told | environment,
                stdout=log,
                stderr=log,
            )

    @property
    def output(self) -> str:
        return self._log_path.read_text()

    def wait_until_up(self) -> "Up":
        eventually(lambda: "Tekana is up" in self.output or self.process.poll() is not None)
        assert "Tekana is up" in self.output, self.output
        return self

    def running(self) -> dict[str, int]:
        """The children, by name."""
        noted = json.loads((self.data_directory / "processes.json").read_text())
        return {one["name"]: one["pid"] for one in noted}

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return response.read().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> float:
        """Stop it; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def private_place() -> Iterator[Path]:
    """Where data will be, in a directory closed to others, as mktemp -d makes it.

    Not in pytest's own, which each new run of pytest closes again to the user PostgreSQL runs as.
    """
    with tempfile.TemporaryDirectory(prefix="tekana-") as directory:
        yield Path(directory) / "data"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def place() -> Iterator[Path]:
    with private_place() as place:
        yield place


@pytest.fixture(scope="module")
def kept_place() -> Iterator[Path]:
    """A place for all tests of a module: the first to start on it makes the data."""
    with private_place() as place:
        yield place


@pytest.fixture
def start(place: Path, port: int, tmp_path: Path) -> Iterator[Callable[..., Up]]:
    """Starts `tekana up` with more or other environment variables; it ends with the test."""
    started: list[Up] = []

    def start(**environment: str) -> Up:
        log_path = tmp_path / f"up-{len(started)}.log"
        started.append(Up(place, port, log_path, environment))
        return started[-1]

    yield start
    for up in started:
        if up.process.poll() is None:
            up.stop()
    for process in processes_of(place):
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def refusal(
    place: Path, port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., str]]:
    """Runs `tekana up` in this process, with more environment, and returns why it refuses."""

    def refusal(**environment: str) -> str:
        told = {"TEKANA_DATA_DIR": str(place), "TEKANA_PORT": str(port)}
        for name, value in (told | {"PYTHONPATH": str(STAND_INS)} | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["tekana", "up"])
        load_settings.cache_clear()
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 1
        [sentence] = capsys.readouterr().err.splitlines()
        assert sentence.startswith("tekana: ")
        return sentence

    yield refusal
    load_settings.cache_clear()
