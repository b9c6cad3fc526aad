"""A worker process that dies is replaced at once, whatever killed it."""

import logging
import time
from threading import Thread
from typing import Any

from sanic import Sanic
from sanic.worker.manager import WorkerManager

# Often enough that nobody notices, seldom enough that one that cannot start does not spin.
LOOK_EVERY_SECONDS = 0.5
logger = logging.getLogger("tekana.api")


async def watch_workers(app: Sanic[Any, Any], *_: object) -> None:
    """Listener for `main_process_ready`: start watching the workers of Sanic's manager.

    The manager restarts a worker that asks for it, and not one that is killed (Sanic 25.12,
    sanic/worker/manager.py); asking in the dead one's place makes it.
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
