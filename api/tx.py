"""One request is one transaction: a role, its claims, read-only or not, and the commit."""

import asyncio
import json
import re
import select
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.errors import DeadlockDetected, ReadOnlySqlTransaction, SerializationFailure
from psycopg.rows import TupleRow

from api.data.filters import Operand
from api.data.fragment import MARK, Fragment
from api.errors import of_our_making
from api.queries import QUERIES
from config.connections import GRACE_SECONDS, AsyncPromptConnection, NoAnswer
from config.pools import AsyncPromptPool
from config.settings import Settings

ANONYMOUS = "tekana_anonymous"
CUSTOMER = "tekana_customer"
STAFF = "tekana_staff"
GATEKEEPER = "tekana_gatekeeper"
# Nothing was done, and the same may work now.
IN_THE_WAY = (DeadlockDetected, SerializationFailure)
CONNECTION_SECONDS = 5.0  # to get one from a pool
CLOSE_SECONDS = 2
Found = TypeVar("Found")
# Whoever may read gets connections that can do nothing else; the first is kept open of each.
POOLS = {
    (CUSTOMER, True): 1,
    (CUSTOMER, False): 1,
    (STAFF, True): 1,
    (STAFF, False): 1,
    (GATEKEEPER, True): 0,
    (GATEKEEPER, False): 1,
    (ANONYMOUS, True): 0,
    (ANONYMOUS, False): 0,
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a transaction acts as."""

    role: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    # What PostgreSQL is told: the claims as JSON, the session that they are of, and the role.
    introduction: tuple[str, int | None, str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        told = json.dumps(dict(self.claims)) if self.claims else ""
        object.__setattr__(self, "introduction", (told, self.claims.get("sid"), self.role))


INTRODUCED = ("claims", "session_id", "role")
SOMEBODY = Actor(ANONYMOUS)
THE_GATEKEEPER = Actor(GATEKEEPER)


def _introduction() -> Fragment:
    """The named query `introduction`, whose parameters are the last operands of every task."""
    operands = {name: Operand(place) for place, name in enumerate(INTRODUCED, -len(INTRODUCED))}
    text = QUERIES["introduction"]
    names = re.findall(r"%\((\w+)\)s", text)
    return Fragment(re.sub(r"%\(\w+\)s", MARK, text), tuple(operands[name] for name in names))


INTRODUCTION = _introduction()


class _RawJson(Loader):
    """JSON as the bytes that came: PostgreSQL wrote the body, Python only passes it on."""

    def load(self, data: Buffer) -> bytes:
        return bytes(data)


class Database:
    """The connections of this process: a pool for each role, since plans depend on the role."""

    def __init__(self, settings: Settings) -> None:
        self._pools = {
            (role, read_only): _make_pool(settings, role, read_only, kept)
            for (role, read_only), kept in POOLS.items()
        }

    async def open(self) -> None:
        """Start connecting, without waiting: a database that is away comes back by itself."""
        for pool in self._pools.values():
            await pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection; what is being connected to is not waited for."""
        await asyncio.gather(*(pool.close(CLOSE_SECONDS) for pool in self._pools.values()))

    def connection(self, actor: Actor, *, read_only: bool) -> "_Borrowed":
        """A connection as somebody, outside a transaction: each statement is one by itself.

        Args:
            actor: the role to act as.
            read_only: refuse every write, by PostgreSQL itself.

        Raises:
            psycopg_pool.PoolTimeout: on entering, no connection is free or to be had.
        """
        return _Borrowed(self._pools[actor.role, read_only], actor.role, read_only)

    async def read(
        self, actor: Actor, reading: Callable[[AsyncConnection[TupleRow]], Awaitable[Found]]
    ) -> Found:
        """Read something by one statement as somebody.

        Where the connection turns out to be dead (the server was restarted), it is read once more
        on another: reading twice is reading once.

        Args:
            actor: the role to act as.
            reading: executes the statement.

        Raises:
            psycopg_pool.PoolTimeout: no connection is free or to be had.
        """
        pool = self._pools[actor.role, True]
        for left in reversed(range(pool.max_size + 1)):
            connection = await pool.getconn()
            try:
                return await reading(connection)
            except NoAnswer:
                raise  # the next connection would be waited for as long
            except psycopg.Error as error:
                if not left or not connection.closed or not was_lost(error):
                    _own_up(error, actor.role, read_only=True)
                    raise
            finally:
                await pool.putconn(connection)
        raise AssertionError("the last try raises or returns")

    @asynccontextmanager
    async def transaction(
        self, actor: Actor, *, read_only: bool, timezone: str | None = None
    ) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A transaction as somebody: committed when the block ends, rolled back when it raises.

        Args:
            actor: the role to act as and the claims of its token.
            read_only: refuse every write, by PostgreSQL itself.
            timezone: that times are read and written in.

        Raises:
            psycopg.errors.RaiseException: NAUTH, the session of the token has ended.
            psycopg_pool.PoolTimeout: no connection is free or to be had.
        """
        async with self.connection(actor, read_only=read_only) as connection:
            await connection.execute("begin")
            try:
                await _introduce(connection, actor)
                if timezone is not None:
                    await connection.execute(QUERIES["set_timezone"], {"timezone": timezone})
                yield connection
            except BaseException:
                if not connection.closed:
                    await connection.execute("rollback")
                raise
            await connection.execute("commit")


class _Borrowed:
    """A connection of a pool, for a block; one that was alive when the block began."""

    def __init__(
        self, pool: AsyncPromptPool[AsyncConnection[TupleRow]], role: str, read_only: bool
    ) -> None:
        self._pool, self._role, self._read_only = pool, role, read_only

    async def __aenter__(self) -> AsyncConnection[TupleRow]:
        connection = await self._pool.getconn()
        # A connection that died in the pool (the server was restarted) is found out before anything
        # was asked of it; the pool drops it and another is taken.
        while not _is_alive(connection):
            await connection.close()
            await self._pool.putconn(connection)
            connection = await self._pool.getconn()
        self._connection = connection
        return connection

    async def __aexit__(
        self, _kind: object, error: BaseException | None, _traceback: object
    ) -> None:
        if isinstance(error, ReadOnlySqlTransaction) and not self._read_only:
            # The server it leads to has become a replica, perhaps: the next may lead elsewhere.
            await self._connection.close()
        await self._pool.putconn(self._connection)
        if isinstance(error, psycopg.Error):
            _own_up(error, self._role, read_only=self._read_only)


def was_lost(error: psycopg.Error) -> bool:
    """Whether the connection ended for no reason of the statement's: it may be had again."""
    # Without a code of its own perhaps only the answer was lost. Class 57P: the server is stopping,
    # starting or was told to end this connection.
    code = error.sqlstate
    return code is None or code.startswith("57P")


def _own_up(error: psycopg.Error, role: str, *, read_only: bool) -> None:
    """Raise what to answer for an error that no client brought about; else do nothing."""
    ours = of_our_making(error, gatekeeper=role == GATEKEEPER, read_only=read_only)
    if ours is not None:
        raise ours from error


async def act_as(connection: AsyncConnection[TupleRow], actor: Actor) -> None:
    """Act as somebody from here to the end of a transaction, which was begun as somebody else.

    Args:
        connection: one in a transaction.
        actor: the role to act as and the claims of its token.

    Raises:
        psycopg.errors.RaiseException: NAUTH, the session of the token has ended.
    """
    await connection.execute(QUERIES["take_role"], {"role": actor.role})
    await _introduce(connection, actor)


async def _introduce(connection: AsyncConnection[TupleRow], actor: Actor) -> None:
    """Tell PostgreSQL who is asking; it raises when the session has ended."""
    # What the gatekeeper does no other role may do: it needs no introduction.
    if actor.role != GATEKEEPER:
        values = dict(zip(INTRODUCED, actor.introduction, strict=True))
        await connection.execute(QUERIES["introduction"], values)


def _is_alive(connection: AsyncConnection[TupleRow]) -> bool:
    """Whether nothing has come over a connection that nothing was asked of: its end would have."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)


async def connect_alone(settings: Settings, longest_seconds: float) -> AsyncConnection[TupleRow]:
    """A connection outside the pools, as nobody, to hear what PostgreSQL has to tell.

    Args:
        settings: where it is.
        longest_seconds: that a statement may take.
    """
    return await AsyncPromptConnection.connect(
        settings.require("api_database_url"),
        answer_seconds=longest_seconds + GRACE_SECONDS,
        autocommit=True,
        application_name="tekana api listener",
    )


def _make_pool(
    settings: Settings, role: str, read_only: bool, kept: int
) -> AsyncPromptPool[AsyncConnection[TupleRow]]:
    async def become(connection: AsyncConnection[TupleRow]) -> None:
        connection.adapters.register_loader("json", _RawJson)
        # `set role` does not apply what `alter role … set` says: the timeout is set here.
        await connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        await connection.execute(f"set statement_timeout = {settings.statement_timeout_ms:d}")
        await connection.execute("set idle_in_transaction_session_timeout = '60s'")
        await connection.execute("set default_transaction_isolation = 'read committed'")
        if read_only:
            await connection.execute("set default_transaction_read_only = on")

    return AsyncPromptPool(
        settings.require("api_database_url"),
        connection_class=AsyncPromptConnection[TupleRow],
        min_size=kept,
        max_size=settings.database_pool_size,
        kwargs={
            "answer_seconds": settings.statement_timeout_ms / 1000 + GRACE_SECONDS,
            "autocommit": True,  # transactions are begun and ended by their own statements
            "prepare_threshold": 2 if settings.prepare_statements else None,
            "application_name": f"tekana api {role}",
        },
        configure=become,
        timeout=CONNECTION_SECONDS,
        name=f"{role} {'reading' if read_only else 'writing'}",
    )
