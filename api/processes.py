"""What Sanic's manager of worker processes does not do by itself (Sanic 25.12)."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from threading import Thread
from typing import Any

from sanic import Sanic
from sanic.worker.manager import WorkerManager
from sanic.worker.process import WorkerProcess

# Often enough that nobody notices, seldom enough that one that cannot start does not spin.
LOOK_EVERY_SECONDS = 0.5
# How long a worker may take to stop, which is to let go of its clients, to wait for their requests
# (GRACEFUL_SHUTDOWN_TIMEOUT) and to close its connections. Then it is killed.
STOPPING_SECONDS = 8
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
                how = {"process_id": pid, "exit_code": process.exitcode}  # -9: by SIGKILL
                logger.error("an API process died and is replaced", extra=how)
                manager.monitor_publisher.send(process.name)
        time.sleep(LOOK_EVERY_SECONDS)


async def tie_to_workers(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_start`: a pipe, of which each worker will hold the other end.

    That it is closed cannot be missed, however early or late a worker looks, and is so also when
    the manager was killed. A signal can: by one that is still starting, and by one that serves and
    has not begun to wait for anything (https://github.com/sanic-org/sanic/issues/2997).
    """
    app.shared_ctx.tie, app.ctx.tie = Pipe(duplex=False)


async def leave_when_untied(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `before_server_start`: a worker that starts ends when everything stops."""
    app.loop.add_reader(app.shared_ctx.tie.fileno(), os._exit, 0)


async def stop_when_untied(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `after_server_start`: a worker that serves stops in an orderly way."""
    loop, tie = app.loop, app.shared_ctx.tie.fileno()
    # By the pipe alone: a signal that all get at once would have it stop before it is to.
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_IGN)

    def stop() -> None:
        loop.remove_reader(tie)
        if app.ctx.is_stopping:
            return
        # Until it serves, its loop will still be left and entered once more.
        if app.state.is_running:
            app.stop(terminate=False)
        else:
            loop.call_later(0.01, stop)

    loop.add_reader(tie, stop)


async def stop_when_told(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_ready`: stop in an orderly way, however early the signal comes.

    Further signals change nothing until the workers have been told; then one kills whoever is left.
    """
    manager = app.manager
    all_are_there: Callable[[], bool] = manager._all_workers_ack
    kill: Callable[[int, Any], None] = manager.shutdown_signal
    stopping: list[Thread] = []

    def stop_soon(number: int, frame: Any) -> None:
        if manager._shutting_down:
            kill(number, frame)
        elif not stopping:
            # In a thread of its own: this one may be in the middle of starting a worker.
            stopping.append(Thread(target=_stop, args=(app, number), daemon=True))
            stopping[0].start()

    # It waits for all of them before it hears that it is to stop.
    manager._all_workers_ack = lambda: manager._shutting_down or all_are_there()  # type: ignore[method-assign]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_soon)


def _stop(app: Sanic[Any, Any], number: int) -> None:
    manager = app.manager
    workers = list(manager.transient_processes)
    while not all(worker.pid for worker in workers):
        time.sleep(0.02)
    manager._shutting_down = True
    # Before anything is written: a log that nobody reads would keep the workers from hearing it.
    app.ctx.tie.close()
    logger.info("told to stop", extra={"signal": signal.Signals(number).name})
    _let_go_of_sockets(app)
    manager.monitor_publisher.send(None)
    deadline = time.monotonic() + STOPPING_SECONDS
    while any(worker.is_alive() for worker in workers):
        if time.monotonic() > deadline:
            for worker in filter(WorkerProcess.is_alive, workers):
                logger.error("does not stop and is killed", extra={"process_id": worker.pid})
                # It may have ended in this moment.
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, signal.SIGKILL)
            return
        time.sleep(0.05)


def _let_go_of_sockets(app: Sanic[Any, Any]) -> None:
    """Leave listening to the workers: when they no longer do, whoever comes is refused.

    As long as this process held the port too, whoever came waited for nobody, and was cut off when
    it ended.
    """
    for server in app.state.server_info:
        listener = server.settings.get("sock")
        if listener is not None:
            listener.close()
