"""Being told to stop (a signal, Ctrl-C, the terminal gone) without being torn out of a step."""

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType

from config.stopping import SAME_WISH_SECONDS

STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)


class StopRequested(KeyboardInterrupt):
    """Somebody wants Tekana to stop. As Ctrl-C, so that psycopg cancels what it waits for."""


class StopSignals:
    """Counts the signals to stop while it is entered, and raises only where that is safe.

    A signal is noticed in `sleep` and in an `interruptible` block, and nowhere else: a child that
    has just been launched is always recorded before anything else happens.
    """

    def __init__(self) -> None:
        self.count = 0
        self._last = 0.0
        self._interruptible = False

    def __enter__(self) -> "StopSignals":
        self._read_end, write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        os.set_blocking(write_end, False)
        self._write_end = write_end
        # The pipe wakes `sleep`; the death of a child does too.
        self._woken_before = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        # nohup asks to outlive the terminal.
        heard = [number for number in STOP if signal.getsignal(number) != signal.SIG_IGN]
        heard += [signal.SIGINT] if signal.SIGINT not in heard else []  # 'make up &' in a script
        self._before = {number: signal.signal(number, self._stop) for number in heard}
        self._before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken_before)
        os.close(self._read_end)
        os.close(self._write_end)

    @property
    def impatient(self) -> bool:
        """Whether it was asked for more than once: then what is left is ended at once."""
        return self.count > 1

    def check(self) -> None:
        """Raise StopRequested when a signal came."""
        if self.count:
            raise StopRequested

    def sleep(self, seconds: float) -> None:
        """Wait, less long when a child ends; raises StopRequested when a signal came."""
        self.check()
        self.pause(seconds)
        self.check()

    def pause(self, seconds: float) -> None:
        """Wait, less long when a child ends or a signal comes. Raises nothing."""
        select.select([self._read_end], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._read_end, 4096)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Around a long wait of somebody else's: a signal raises StopRequested in its midst."""
        self._interruptible = True
        try:
            self.check()
            yield
        finally:
            self._interruptible = False

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - signal's form
        if self.count and time.monotonic() - self._last < SAME_WISH_SECONDS:
            return
        self.count, self._last = self.count + 1, time.monotonic()
        if self._interruptible:
            self._interruptible = False
            raise StopRequested
