"""What Sanic's manager of worker processes does not do by itself (Sanic 25.12)."""

import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Pipe
from queue import SimpleQueue
from threading import Thread
from typing import Any

from sanic import Sanic
from sanic.worker.process import WorkerProcess

from api.watch import Watch

# How long a worker may take to stop, which is to let go of its clients, to wait for their requests
# (GRACEFUL_SHUTDOWN_TIMEOUT) and to close its connections. Then it is killed.
STOPPING_SECONDS = 8
logger = logging.getLogger("tekana.api")


async def tie_to_workers(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_start`: two pipes, of which each worker will hold the other end.

    Over one it says that it serves. That the other is closed cannot be missed, however early or
    late a worker looks, and is so also when the manager was killed. A signal can: by one that is
    still starting, and by one that serves and has not begun to wait for anything
    (https://github.com/sanic-org/sanic/issues/2997).
    """
    app.shared_ctx.tie, app.ctx.tie = Pipe(duplex=False)
    app.ctx.serving, app.shared_ctx.serving = Pipe(duplex=False)


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
    app.shared_ctx.serving.send(os.getpid())


async def keep_workers(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_ready`: workers that die are replaced until a signal comes.

    Then everything stops in an orderly way, however early that is. Further signals change nothing
    until the workers have been told; then one kills whoever is left.
    """
    manager, watch = app.manager, Watch(app)
    kill: Callable[[int, Any], None] = manager.shutdown_signal
    told: SimpleQueue[int] = SimpleQueue()

    def stop_soon(number: int, frame: Any) -> None:
        if manager._shutting_down:
            kill(number, frame)
        else:
            told.put(number)

    def stop() -> None:
        name = signal.Signals(told.get()).name
        _stop(app, watch, lambda: logger.info("told to stop", extra={"signal": name}))

    def keep() -> None:
        why = app.ctx.why_it_ended = watch.keep()
        if why:
            _stop(app, watch, lambda: logger.error("gives up: %s", why))

    # In threads: the main one may be in the middle of launching a worker. They are there before
    # they are needed: then there may be no memory for one.
    for work in (keep, stop):
        Thread(target=work, daemon=True, name=f"workers-{work.__name__}").start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop_soon)


def _stop(app: Sanic[Any, Any], watch: Watch, tell: Callable[[], None]) -> None:
    manager = app.manager
    with watch.launching:
        if manager._shutting_down:
            return
        manager._shutting_down = True
    # Before anything is written: a log that nobody reads would keep the workers from hearing it.
    app.ctx.tie.close()
    tell()
    _let_go_of_sockets(app)
    manager.monitor_publisher.send(None)
    workers = [worker for worker in manager.transient_processes if worker.pid]
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
