"""Connections to PostgreSQL that are kept for whoever asks next."""

from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

# A pool that could not connect tries again after as long, while somebody waits for it.
RECONNECT_SECONDS = 0.5
Pooled = TypeVar("Pooled", bound=AsyncConnection[Any])


class AsyncPromptPool(AsyncConnectionPool[Pooled]):
    """A pool that tries to connect for as long as somebody waits for a connection.

    psycopg's gives up after `reconnect_timeout`, or waits twice as long after each attempt, minutes
    at last: who waits already is not told, and waits in vain though PostgreSQL is there again.
    """

    def __init__(self, conninfo: str, **options: Any) -> None:
        """Make one that is not open yet.

        Args:
            conninfo: where to.
            options: those of psycopg's.
        """
        self._asking = 0
        super().__init__(conninfo, reconnect_timeout=RECONNECT_SECONDS, open=False, **options)

    async def getconn(
        self,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's own
    ) -> Pooled:
        """A connection, as soon as there is one.

        Raises:
            psycopg_pool.PoolTimeout: none is free or to be had in time.
        """
        self._asking += 1
        try:
            return await super().getconn(timeout)
        finally:
            self._asking -= 1

    async def reconnect_failed(self) -> None:
        """What psycopg calls when it gives up."""
        if self._asking:
            await self.check()  # of one without connections: it begins to connect
