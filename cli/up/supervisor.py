"""Keeps the children running, and stops them in the order that loses nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from cli.servers import ServerError
from cli.servers.child import Child
from cli.trouble import Trouble
from cli.up.leftovers import Notes
from cli.up.screen import Screen
from cli.up.stop_signals import StopSignals

SERVERS_SECONDS = 1.5  # for each of them to stop, all at once, when the programs have
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# A child that never ran this long has something wrong with it, and is not tried for ever.
PROVEN_SECONDS = 10.0
FIRST_TRIES = 3


@dataclass
class Watched:
    """A child and how it has been doing."""

    child: Child
    stop_seconds: float
    launched_at: float
    proven: bool = False
    deaths: int = 0
    next_try_at: float | None = None


class Supervisor:
    """Starts servers and programs, restarts the one that dies, and stops all of them."""

    def __init__(self, screen: Screen, signals: StopSignals, notes: Notes) -> None:
        self._screen = screen
        self._signals = signals
        self._notes = notes
        self._servers: list[Watched] = []
        self._programs: list[Watched] = []

    @property
    def has_started(self) -> bool:
        """Whether there may be anything to stop."""
        return bool(self._servers or self._programs)

    def start_server(self, server: Child) -> None:
        """Start what the programs need, and wait until it answers.

        Raises:
            ServerError: it cannot run.
            StopRequested: a signal came meanwhile.
        """
        self._start(server, self._servers, SERVERS_SECONDS)

    def start_program(self, program: Child, stop_seconds: float) -> None:
        """Start what does the work; programs are stopped first, the first started first.

        Args:
            program: to start.
            stop_seconds: how long it may take to stop, beside what those before it leave.

        Raises:
            ServerError: it cannot run.
            StopRequested: a signal came meanwhile.
        """
        self._start(program, self._programs, stop_seconds)

    def wait_until(self, ready: Callable[[], bool], timeout_seconds: float) -> bool:
        """Watch until something is so.

        Returns:
            Whether it became so in time.

        Raises:
            Trouble: a child ends again and again.
            StopRequested: a signal came meanwhile.
        """
        deadline = time.monotonic() + timeout_seconds
        while not ready():
            if time.monotonic() > deadline:
                return False
            self._look_after_all()
            self._signals.sleep(0.1)
        return True

    def watch(self) -> NoReturn:
        """Restart whatever dies, until a signal comes.

        Raises:
            Trouble: a child ends again and again from its first start on.
            StopRequested: a signal came.
        """
        while True:
            self._look_after_all()
            self._signals.sleep(0.5)

    def stop_all(self) -> None:
        """Stop all, the API before the worker before the servers, within ten seconds.

        Whoever is asked a second time meanwhile, hurries.
        """
        pause, hurry = self._signals.pause, lambda: self._signals.impatient
        deadline = time.monotonic()
        for watched in self._programs:
            deadline += watched.stop_seconds
            watched.child.stop(max(deadline - time.monotonic(), 0.5), pause, hurry)
        running = [watched for watched in reversed(self._servers) if watched.child.running]
        asked_at = time.monotonic()
        for watched in running:
            watched.child.ask_to_stop()
        for watched in running:
            deadline = asked_at + watched.stop_seconds
            watched.child.stop(max(deadline - time.monotonic(), 0.1), pause, hurry)
        self._notes.forget()

    def _start(self, child: Child, among: list[Watched], stop_seconds: float) -> None:
        self._signals.check()
        child.on_launch = self._notes.add
        among.append(Watched(child, stop_seconds, time.monotonic()))
        child.start(sleep=self._signals.sleep)

    def _look_after_all(self) -> None:
        for watched in (*self._servers, *self._programs):
            self._look_after(watched)

    def _look_after(self, watched: Watched) -> None:
        now = time.monotonic()
        if watched.child.running:
            if now - watched.launched_at > PROVEN_SECONDS:
                watched.proven, watched.deaths = True, 0
        elif watched.next_try_at is None:
            self._died(watched, now)
        elif now >= watched.next_try_at:
            watched.next_try_at, watched.launched_at = None, now
            try:
                watched.child.start(sleep=self._signals.sleep)
            except ServerError as error:
                self._screen.warn(f"{error}")

    def _died(self, watched: Watched, now: float) -> None:
        child = watched.child
        watched.deaths += 1
        if not watched.proven and watched.deaths >= FIRST_TRIES:
            raise Trouble(
                f"{child.name} {child.how_it_ended()}, {watched.deaths} times in a row, "
                f"the last time after printing: {child.last_words()}"
            )
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (watched.deaths - 1), LONGEST_PAUSE_SECONDS)
        watched.next_try_at = now + pause
        self._screen.warn(
            f"{child.name} {child.how_it_ended()} and will be restarted in {pause:g} s; "
            f"see {child.log_path}"
        )
