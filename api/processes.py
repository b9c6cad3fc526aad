"""What Sanic's manager of worker processes does not do by itself (Sanic 25.12)."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from sanic import Sanic
from sanic.worker.manager import WorkerManager

# Often enough that nobody notices, seldom enough that one that cannot start does not spin.
LOOK_EVERY_SECONDS = 0.5
# How long a worker may take to start when it is to be stopped at once; then it is killed.
STARTING_SECONDS = 5
logger = logging.getLogger("tekana.api")


async def watch_workers(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_ready`: replace every worker that dies, whatever killed it.

    The manager restarts a worker that asks for it, and not one that is killed
    (sanic/worker/manager.py); asking in the dead one's place makes it.
    """
    Thread(target=_watch, args=(app.manager,), daemon=True, name="worker-watch").start()


def _watch(manager: WorkerManager) -> None:
    replaced: set[int] = set()
    while not manager._shutting_down:
        for process in list(manager.transient_processes):
            pid = process.pid
            # One that ended well was told to: everything is being stopped.
            if pid and pid not in replaced and not process.is_alive() and process.exitcode:
                replaced.add(pid)
                logger.error("an API process died and is replaced", extra={"process_id": pid})
                manager.monitor_publisher.send(process.name)
        time.sleep(LOOK_EVERY_SECONDS)


async def stop_when_started(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_ready`: stop in an orderly way, however early the signal comes.

    A worker that is still starting may miss that it is told to stop, and the manager then waits
    for ever, for it or to hear that it is there (https://github.com/sanic-org/sanic/issues/2997).
    Signals that come meanwhile change nothing; one that comes while it stops kills whoever is left.
    """
    manager = app.manager
    all_are_there: Callable[[], bool] = manager._all_workers_ack
    kill: Callable[[int, Any], None] = manager.shutdown_signal
    stopping: list[Thread] = []

    def stop_soon(number: int, frame: Any) -> None:
        if manager._shutting_down:
            kill(number, frame)
        elif not stopping:
            # In a thread of its own, from beginning to end: this one may be in the middle of asking
            # the workers' states, and would take an answer to that for one to what it asks here.
            stopping.append(Thread(target=_stop, args=(app, number), daemon=True))
            stopping[0].start()

    manager._all_workers_ack = lambda: manager._shutting_down or all_are_there()  # type: ignore[method-assign]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_soon)


def _stop(app: Sanic[Any, Any], number: int) -> None:
    manager = app.manager
    tell_all: Callable[[], None] = manager.shutdown
    deadline = time.monotonic() + STARTING_SECONDS
    while not _all_serve(manager) and time.monotonic() < deadline:
        time.sleep(0.02)
    if not manager._shutting_down:
        logger.info("told to stop", extra={"signal": signal.Signals(number).name})
        starting = [one.pid for one in manager.processes if not _serves(manager, one.name)]
        tell_all()
        _let_go_of_sockets(app)
        for pid in starting:
            # It may not hear that it is told to, and nobody is served by it yet.
            with suppress(ProcessLookupError, TypeError):
                os.kill(pid, signal.SIGKILL)
        # The manager goes on when it hears of it: not before every worker has been told.
        manager.monitor_publisher.send(None)


def _let_go_of_sockets(app: Sanic[Any, Any]) -> None:
    """Leave listening to the workers: when they no longer do, whoever comes is refused.

    As long as this process held the port too, whoever came waited for nobody, and was cut off when
    it ended.
    """
    for server in app.state.server_info:
        listener = server.settings.get("sock")
        if listener is not None:
            listener.close()


def _all_serve(manager: WorkerManager) -> bool:
    names = [name for name, state in manager.worker_state.items() if state.get("server")]
    return all(_serves(manager, name) for name in names) and len(names) == manager.num_server


def _serves(manager: WorkerManager, name: str) -> bool:
    state = manager.worker_state.get(name, {})
    return bool(state.get("serving")) or not state.get("server")
