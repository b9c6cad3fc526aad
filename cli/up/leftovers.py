"""What an earlier, killed `tekana up` left running: found again by what was noted, and ended."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cli.servers.child import Child
from cli.servers.strangers import has_ended, wait_for_end
from cli.up.files import write_private

# Start times are counted from the boot, and the wall clock of the boot is known to about a second.
SAME_MOMENT_SECONDS = 2.0
GENTLE_SECONDS = 5


@dataclass(frozen=True)
class Noted:
    """A child as noted when it was launched; the number alone could be anybody's by now."""

    name: str
    pid: int
    started_at: float
    executable: str
    stop_signal: int


class Notes:
    """The children that run now, in `processes.json` of the data directory."""

    def __init__(self, data_directory: Path) -> None:
        self._path = data_directory / "processes.json"
        self._running: dict[str, Noted] = {}

    def add(self, child: Child) -> None:
        """Note a child that was just launched, in place of the one of that name before it."""
        if child.process is None:
            return
        with suppress(psutil.Error):  # it has ended already
            process = psutil.Process(child.process.pid)
            self._running[child.name] = Noted(
                child.name,
                process.pid,
                process.create_time(),
                process.exe(),
                int(child.stop_signals[0]),
            )
            self._write()

    def forget(self) -> None:
        """Note that nothing runs any more."""
        self._path.unlink(missing_ok=True)

    def end_leftovers(self, report: Callable[[str], None]) -> None:
        """End whatever is noted and still there, the last started first.

        Args:
            report: told the name of each.
        """
        for noted in reversed(self._read()):
            found = list(_still_there(noted))
            if found:
                report(noted.name)
                _end(noted, found)
        self.forget()

    def _write(self) -> None:
        noted = [asdict(one) for one in self._running.values()]
        write_private(self._path, json.dumps(noted, indent=2) + "\n")

    def _read(self) -> list[Noted]:
        try:
            return [Noted(**one) for one in json.loads(self._path.read_text())]
        except (OSError, ValueError, TypeError):
            return []  # none, or written by another version


def _still_there(noted: Noted) -> Iterator[psutil.Process]:
    """The noted process and those of its session, which outlive it when it was killed."""
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(noted.pid)
        if abs(leader.create_time() - noted.started_at) > SAME_MOMENT_SECONDS:
            return  # another process by now; the kernel reuses no number of a living session
        if not has_ended(leader):
            yield leader
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if process.pid == noted.pid or os.getsid(process.pid) != noted.pid:
                continue
            if process.create_time() >= noted.started_at - SAME_MOMENT_SECONDS and (
                process.exe() == noted.executable
            ):
                yield process


def _end(noted: Noted, found: list[psutil.Process]) -> None:
    """The leader gently, as it ends its own helpers; then whatever is left, at once."""
    for leader in (process for process in found if process.pid == noted.pid):
        with suppress(psutil.Error):
            leader.send_signal(noted.stop_signal)
            wait_for_end([leader], GENTLE_SECONDS)
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    wait_for_end(found, timeout_seconds=2)
