"""Workers of the API that die are replaced, and one that cannot be is no reason to hang."""

import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sanic import Sanic
from sanic.worker.constants import ProcessState
from sanic.worker.manager import WorkerManager
from sanic.worker.process import WorkerProcess

# Often enough that nobody notices, seldom enough that one that cannot start does not spin.
LOOK_EVERY_SECONDS = 0.5
# A worker that does not serve after as long hangs, whatever PostgreSQL and Valkey do.
STARTING_SECONDS = 30
# After so many failures in a row, and as long as no other worker serves, it is given up.
MOST_FAILURES = 3
LONGEST_PAUSE_SECONDS = 30
logger = logging.getLogger("tekana.api")


@dataclass
class _Place:
    """Of one worker after the other."""

    process: WorkerProcess
    is_asked_for: bool = True  # to be launched, by the main thread
    launched_at: float = 0.0
    failures: int = 0  # without having served in between
    next_at: float | None = None  # when the next is launched


class Watch:
    """Launches the workers of Sanic's manager, and those that replace them.

    The manager launches them in its main thread alone. It waits for all of them before it looks
    after any, and then replaces one that asks for it, not one that died (Sanic 25.12).
    """

    def __init__(self, app: Sanic[Any, Any]) -> None:
        self._manager: WorkerManager = app.manager
        self._serving = app.ctx.serving  # the end of a pipe: process ids
        self._served: set[int | None] = set()
        self._places = {one.name: _Place(one) for one in self._manager.transient_processes}
        self.launching = Lock()
        self._manager.start = self._launch_all  # type: ignore[method-assign]
        self._manager.restart = self._launch_again  # type: ignore[method-assign, assignment]
        self._manager.wait_for_ack = lambda: None  # type: ignore[method-assign]

    def keep(self) -> str | None:
        """Replace whoever dies, until everything is being stopped.

        Returns:
            Why it cannot go on; None when it was told to stop.
        """
        while not self._manager._shutting_down:
            while self._serving.poll():
                self._served.add(self._serving.recv())
            for place in self._places.values():
                if not place.is_asked_for and (why := self._look_after(place)):
                    return why
            time.sleep(LOOK_EVERY_SECONDS)
        return None

    def _look_after(self, place: _Place) -> str | None:
        now, process = time.monotonic(), place.process
        if _is_alive(process):
            if process.pid not in self._served and now > place.launched_at + STARTING_SECONDS:
                logger.error("does not start and is killed", extra={"process_id": process.pid})
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            return None
        if place.next_at is None and (why := self._note_death(place, now)):
            return why
        if place.next_at is not None and now >= place.next_at:
            place.next_at, place.is_asked_for = None, True
            self._manager.monitor_publisher.send(process.name)
        return None

    def _note_death(self, place: _Place, now: float) -> str | None:
        process = place.process
        place.failures = 0 if process.pid in self._served else place.failures + 1
        # -9: by SIGKILL. No number: it could not even be launched.
        how = {"process_id": process.pid, "exit_code": process.exitcode}
        logger.error("an API process died and is replaced", extra=how)
        self._served.discard(process.pid)  # the number may be another's some day
        if place.failures >= MOST_FAILURES and not any(map(self._serves, self._places.values())):
            return (
                f"no process of the API can start: {place.failures} in a row did not come to serve"
            )
        pause = min(LOOK_EVERY_SECONDS * 2**place.failures, LONGEST_PAUSE_SECONDS)
        place.next_at = now + (pause if place.failures else 0)
        return None

    def _serves(self, place: _Place) -> bool:
        return _is_alive(place.process) and place.process.pid in self._served

    def _launch_all(self) -> None:
        with self.launching:
            for place in self._places.values():
                self._launch(place, place.process.start)

    def _launch_again(self, process_names: Sequence[str] | None = None, **_: object) -> None:
        # Of other names are messages of Sanic's, such as that a worker will end as it cannot start.
        for name in process_names or ():
            place = self._places.get(name)
            if place is not None and place.is_asked_for:
                with self.launching:
                    self._launch(place, place.process.restart)

    def _launch(self, place: _Place, launch: Callable[[], None]) -> None:
        if self._manager._shutting_down:
            return
        try:
            launch()
        except (OSError, MemoryError) as error:
            # No memory, files or processes left: that may pass.
            logger.error("an API process cannot be launched", extra={"problem": str(error)})  # noqa: TRY400
            place.process.set_state(ProcessState.FAILED, force=True)
        place.launched_at, place.is_asked_for = time.monotonic(), False


def _is_alive(process: WorkerProcess) -> bool:
    return bool(process.is_alive())  # type: ignore[no-untyped-call]
