"""How connections of clients end when everything stops."""

import asyncio

from sanic.server import HttpProtocol

# Long enough for who asks one thing after another to have had the next answer, which says that the
# connection ends with it.
LETTING_GO_SECONDS = 0.5


class PatientProtocol(HttpProtocol):
    """A connection that is idle when everything stops has a moment left to be heard.

    Nobody is accepted any more by then. Sanic would close it at once, also when it was accepted in
    this moment, or what it asks has arrived and was not looked at yet: who came last was cut off.
    """

    def close_if_idle(self) -> bool:
        """Close it in a moment, if it is idle then; Sanic waits for those that are left."""
        loop: asyncio.AbstractEventLoop = self.loop
        loop.call_later(LETTING_GO_SECONDS, self._close_if_still_idle)
        return False

    def _close_if_still_idle(self) -> None:
        if self.transport and not self.recv_buffer:
            super().close_if_idle()
