"""Connections to PostgreSQL that wait for an answer so long and no longer.

PostgreSQL's own limits, as `statement_timeout`, are kept by PostgreSQL. One that hangs (its
processes are stopped, its disk or its machine stands still) or that can be reached no longer keeps
none, and closes no connection either: whoever waits for it has to stop by themselves.
"""

from typing import Any, Self, TypeVar

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import CancellationTimeout, _WaitTimeout
from psycopg.rows import Row

CONNECT_SECONDS = 5
# What an answer may take longer than PostgreSQL's own limit: to be ended, and to arrive.
GRACE_SECONDS = 2.0
# Longest that PostgreSQL is asked to give up what nobody waits for any longer.
CANCEL_SECONDS = 1.0
# Unless a URL says otherwise. A connection whose way is lost is ended by the kernel, also one that
# nothing was asked of, and one whose answer may take hours.
DEFAULTS: dict[str, Any] = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_LOOK_SECONDS = 0.1  # how often psycopg looks whether it was interrupted
Result = TypeVar("Result")


# psycopg's `_WaitTimeout` is private and has no other name: `wait`, which is public, says that it
# raises it, and nothing else tells an answer that is late from a connection that is lost.
class NoAnswer(OperationalError):  # noqa: N818 - says what is the matter
    """PostgreSQL did not answer in time: whether it does what it was asked is not known."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL does not answer")


class PromptConnection(Connection[Row]):
    """A connection that is closed when an answer does not come in time.

    Closed, since what comes next over it would be the answer that nobody waits for any longer.
    """

    answer_seconds: float | None = None

    @classmethod
    def connect(  # type: ignore[override]
        cls, conninfo: str = "", *, answer_seconds: float | None = None, **options: Any
    ) -> Self:
        """Connect.

        Args:
            conninfo: where to.
            answer_seconds: longest that one answer may take; None: as long as it takes.
            options: those of psycopg.

        Raises:
            psycopg.OperationalError: nobody is there.
        """
        connection = super().connect(**DEFAULTS | conninfo_to_dict(conninfo) | options)
        connection.answer_seconds = answer_seconds
        return connection

    def wait(
        self,
        gen: PQGen[Result],
        interval: float = _LOOK_SECONDS,
        timeout: float | None = None,
    ) -> Result:
        """Wait for an answer, as psycopg does whatever was asked.

        Raises:
            NoAnswer: it did not come in time; the connection is closed.
        """
        if timeout is not None:  # for news of which there may be none
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_seconds)
        except _WaitTimeout:
            self.close()
            raise NoAnswer from None


class AsyncPromptConnection(AsyncConnection[Row]):
    """The same for coroutines, which may also stop waiting at any time: soon after, they have."""

    answer_seconds: float | None = None

    @classmethod
    async def connect(  # type: ignore[override]
        cls, conninfo: str = "", *, answer_seconds: float | None = None, **options: Any
    ) -> Self:
        """As `PromptConnection.connect`."""
        connection = await super().connect(**DEFAULTS | conninfo_to_dict(conninfo) | options)
        connection.answer_seconds = answer_seconds
        return connection

    async def wait(
        self,
        gen: PQGen[Result],
        interval: float = _LOOK_SECONDS,
        timeout: float | None = None,  # noqa: ASYNC109 - psycopg's own
    ) -> Result:
        """As `PromptConnection.wait`."""
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.answer_seconds)
        except _WaitTimeout:
            await self.close()
            raise NoAnswer from None

    async def cancel_safe(self, *, timeout: float = CANCEL_SECONDS) -> None:  # noqa: ASYNC109
        """Ask PostgreSQL to give up; where it does not hear that either, close the connection."""
        try:
            await super().cancel_safe(timeout=min(timeout, CANCEL_SECONDS))
        except CancellationTimeout:
            await self.close()
            raise
