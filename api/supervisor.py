"""The processes of the API: started, replaced when they die, and stopped, in one loop."""

import logging
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from config.logs import is_read
from config.stopping import SAME_WISH_SECONDS

# Signals and the end of a worker are heard at once.
LOOK_EVERY_SECONDS = 0.5
# A worker that does not serve after as long hangs, whatever PostgreSQL and Valkey do.
STARTING_SECONDS = 30
# How long a worker may take to stop, which is to let go of its clients, to wait for their requests
# (GRACEFUL_SHUTDOWN_TIMEOUT) and to close its connections. Then it is killed.
STOPPING_SECONDS = 8
# After so many failures in a row, and as long as no other worker serves, it is given up.
MOST_FAILURES = 3
PAUSES_SECONDS = (1, 2, 4, 8, 16, 30)
# The last two are a terminal's, which closes or is told to; nohup and others have them ignored.
STOP = (
    *(signal.SIGINT, signal.SIGTERM),
    *(one for one in (signal.SIGHUP, signal.SIGQUIT) if signal.getsignal(one) != signal.SIG_IGN),
)
# To be blocked before a supervisor runs: then none is missed, and the workers, which inherit that,
# do not stop by one that all get at once, before they are to.
HEARD = (*STOP, signal.SIGCHLD, signal.SIGALRM)
# The package that this process has, as far as the current directory and PYTHONPATH are searched for
# it.
_SEARCHED = ("-I",) if sys.flags.isolated else ("-P",) if sys.flags.safe_path else ()
WORKER = (sys.executable, *_SEARCHED, "-m", "api.worker")
logger = logging.getLogger("tekana.api")


class _Worker:
    """A process that serves, or is about to, and a pair of sockets that ties it to this one.

    Over it the worker says that it serves. That its other end is closed cannot be missed, however
    early or late a worker looks, and is so also when this process was killed.
    """

    def __init__(self, listener: socket.socket) -> None:
        self.tie, theirs = socket.socketpair()
        self.tie.setblocking(False)
        with theirs:
            files = (theirs.fileno(), listener.fileno())
            self.process = subprocess.Popen((*WORKER, *map(str, files)), pass_fds=files)  # noqa: S603
        self.launched_at = time.monotonic()
        self._served = False

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def has_served(self) -> bool:
        with suppress(BlockingIOError):
            self._served = self._served or self.tie.recv(1) != b""
        return self._served


@dataclass
class _Place:
    """Of one worker after the other."""

    worker: _Worker | None = None
    failures: int = 0  # without one that served in between
    next_at: float = 0.0  # when the next is launched


class Supervisor:
    """Keeps the workers, which share a socket that listens."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self._listener = listener
        self._places = [_Place() for _ in range(workers)]

    def run(self) -> str | None:
        """Replace whoever dies until a signal comes, or it makes no sense; then stop all.

        Returns:
            Why it cannot go on; None when it was told to stop.
        """
        logger.addFilter(lambda _line: is_read(sys.stdout))
        told = why = None
        while told not in STOP and why is None:
            why = next(filter(None, map(self._look_after, self._places)), None)
            told = _hear(LOOK_EVERY_SECONDS) if why is None else None
        workers = [place.worker for place in self._places if place.worker]
        for worker in workers:
            worker.tie.close()
        # When they no longer listen, nobody does: whoever comes is refused, and not left waiting.
        self._listener.close()
        if told:
            logger.info("told to stop", extra={"signal": told.name})
        else:
            logger.error("gives up: %s", why)
        _wait_for_end(workers)
        return why

    def _look_after(self, place: _Place) -> str | None:
        now, worker = time.monotonic(), place.worker
        if worker and worker.is_alive():
            if now > worker.launched_at + STARTING_SECONDS and not worker.has_served():
                worker.process.kill()
                logger.error("does not start and is killed", extra=_number(worker))
            return None
        if worker:
            place.worker = None
            how = {"exit_code": worker.process.returncode}  # -9: by SIGKILL
            logger.error("an API process died and is replaced", extra=_number(worker) | how)
            if not worker.has_served():
                return self._note_failure(place, now)
            place.failures = 0
        return self._launch(place, now) if now >= place.next_at else None

    def _launch(self, place: _Place, now: float) -> str | None:
        try:
            place.worker = _Worker(self._listener)
        except (OSError, MemoryError) as error:
            # No memory, files or processes left: that may pass.
            logger.error("an API process cannot be launched", extra={"problem": str(error)})  # noqa: TRY400
            return self._note_failure(place, now)
        return None

    def _note_failure(self, place: _Place, now: float) -> str | None:
        place.next_at = now + PAUSES_SECONDS[min(place.failures, len(PAUSES_SECONDS) - 1)]
        place.failures += 1
        others = (other.worker for other in self._places)
        if place.failures < MOST_FAILURES or any(
            worker and worker.is_alive() and worker.has_served() for worker in others
        ):
            return None
        return f"no process of the API can start: {place.failures} in a row did not come to serve"


def _wait_for_end(workers: list[_Worker]) -> None:
    """Wait for all workers; a second signal, or that they take too long, kills who is left."""
    began = time.monotonic()
    deadline = began + STOPPING_SECONDS
    while left := [worker for worker in workers if worker.is_alive()]:
        told_again = _hear(max(deadline - time.monotonic(), 0)) in STOP
        now = time.monotonic()
        if now >= deadline or (told_again and now >= began + SAME_WISH_SECONDS):
            for worker in left:
                worker.process.kill()
            for worker in left:
                worker.process.wait()
                logger.error("does not stop and is killed", extra=_number(worker))


def _hear(seconds: float) -> signal.Signals | None:
    # By an alarm, not by `sigtimedwait`: whoever was suspended until the time was over is told of
    # any signal by that (CPython up to 3.14 reads what nobody wrote).
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))
    heard = signal.sigwait(HEARD)
    return None if heard == signal.SIGALRM else signal.Signals(heard)


def _number(worker: _Worker) -> dict[str, int]:
    return {"process_id": worker.process.pid}
