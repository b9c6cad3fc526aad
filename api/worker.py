"""`python -m api.worker TIE LISTENER`: one process of the API, launched by `api.supervisor`."""

import os
import socket
import sys
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from api.supervisor import STOPPING_SECONDS

if TYPE_CHECKING:
    from sanic import Sanic


class _Tie:
    """To the process that launched this one: when its other end is closed, this process ends.

    In a thread, which is there before anything that takes time: importing does.
    """

    def __init__(self, descriptor: int) -> None:
        self._end = socket.socket(fileno=descriptor)
        self._app: Sanic[Any, Any] | None = None
        Thread(target=self._wait, daemon=True, name="tie").start()

    async def say_that_it_serves(self, app: "Sanic[Any, Any]") -> None:
        """Listener for `after_server_start`."""
        self._app, self._loop = app, app.loop
        with suppress(ConnectionError):
            self._end.send(b".")

    def _wait(self) -> None:
        with suppress(ConnectionError):
            self._end.recv(1)
        if self._app is None:
            os._exit(0)
        # Nobody else would end it, if whoever launched it was killed.
        ends_at = time.monotonic() + STOPPING_SECONDS + 1
        # Until it runs, its loop will still be left and entered once more.
        while not self._app.state.is_running and time.monotonic() < ends_at:
            time.sleep(0.01)
        self._loop.call_soon_threadsafe(self._app.stop, False)
        time.sleep(max(ends_at - time.monotonic(), 0))
        os._exit(1)


def main() -> None:
    """Serve until the tie is cut."""
    tie = _Tie(int(sys.argv[1]))
    from api.app import create_app
    from api.farewell import PatientProtocol

    app = create_app()
    app.after_server_start(tie.say_that_it_serves)
    app.run(
        sock=socket.socket(fileno=int(sys.argv[2])),
        single_process=True,
        # It inherits that signals are blocked.
        register_sys_signals=False,
        protocol=PatientProtocol,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
