"""A program that runs as our child: launched, watched, asked to stop, and at worst killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from cli.servers import ServerError
from cli.servers.accounts import Account

LARGEST_OLD_LOG = 20_000_000  # bytes
Sleep = Callable[[float], None]
"""How to wait some seconds; a supervisor's own raises when it is asked to stop meanwhile."""


class Child:
    """A program in a session of its own, so that Ctrl-C in a terminal reaches the supervisor only.

    Its output is appended to a log file, of which a long one is put aside first. It is ended by
    each of `stop_signals` in turn, then by SIGKILL, to itself and to whatever it left in its
    session.
    """

    stop_signals: Sequence[signal.Signals] = (signal.SIGTERM,)

    def __init__(self, name: str, log_path: Path) -> None:
        self.name = name
        self.log_path = log_path
        self.process: subprocess.Popen[bytes] | None = None
        self.on_launch: Callable[[Child], None] = lambda _: None
        self._log_start = 0

    def start(self, timeout_seconds: float = 30, sleep: Sleep = time.sleep) -> None:
        """Launch it and wait until it is of use.

        Args:
            timeout_seconds: how long it may take.
            sleep: how to wait; what it raises ends the child and passes on.

        Raises:
            ServerError: it cannot run here; the message says why and what to do.
        """
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it is of use by now."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether it was launched and has not ended."""
        return self.process is not None and self.process.poll() is None

    def how_it_ended(self) -> str:
        """Why it does not run any more, as words that follow its name."""
        code = self.process.poll() if self.process else None
        if code is None:
            return "is running" if self.process else "was never started"
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def last_words(self, lines: int = 5) -> str:
        """The last lines that it wrote since it was last launched, as one line."""
        with suppress(OSError), self.log_path.open("rb") as log:
            log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 10_000))
            written = log.read().decode(errors="replace").strip().splitlines()[-lines:]
            if written:
                return " / ".join(line.strip() for line in written)
        return f"it printed nothing; see {self.log_path}"

    def ask_to_stop(self) -> None:
        """Send the gentlest of its signals; `stop` then waits for the end."""
        self._signal(self.stop_signals[0])

    def stop(
        self,
        timeout_seconds: float = 8,
        sleep: Sleep = time.sleep,
        hurry: Callable[[], bool] = lambda: False,
    ) -> None:
        """End it, and return when nothing of it is left.

        Args:
            timeout_seconds: how long it may take over the gentlest way; each harsher one adds 1 s.
            sleep: how to wait.
            hurry: whether to go on to the next, harsher way without waiting longer.
        """
        for number, harsher in enumerate((*self.stop_signals, signal.SIGKILL)):
            if not self.running:
                break
            self._signal(harsher)
            deadline = time.monotonic() + (1 if number else timeout_seconds)
            while self.running and time.monotonic() < deadline and not hurry():
                sleep(0.02)
        self._end_session()

    def _wait_for_answer(self, timeout_seconds: float, sleep: Sleep) -> None:
        try:
            self._poll_for_answer(timeout_seconds, sleep)
        except BaseException:
            self.stop(1)
            raise

    def _poll_for_answer(self, timeout_seconds: float, sleep: Sleep) -> None:
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if not self.running and not self._launched_again():
                raise ServerError(f"{self.name} did not start: {self.last_words()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self.name} did not answer within {timeout_seconds:g} s; see {self.log_path}"
                )
            sleep(0.03)

    def _launched_again(self) -> bool:
        """Whether its end while starting was of a kind that passes, and it was launched anew."""
        return False

    def _end_session(self) -> None:
        """Kill what a process that has ended left running: it would hold ports and sockets."""
        if self.process is not None:
            self.process.wait()
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def _launch(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        directory: str | Path | None = None,
    ) -> None:
        self._end_session()
        try:
            if self.log_path.exists() and self.log_path.stat().st_size > LARGEST_OLD_LOG:
                self.log_path.replace(self.log_path.with_suffix(".old.log"))
            with open(self.log_path, "ab", opener=_open_for_us_only) as log:
                self._log_start = log.seek(0, os.SEEK_END)
                self.process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                    cwd=directory,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServerError(
                f"{self.name} cannot be run: {error.strerror}: {error.filename or command[0]}"
            ) from None
        self.on_launch(self)


def _open_for_us_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
