"""One request is one transaction: a role, its claims, read-only or not, and the commit."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from psycopg import AsyncConnection, OperationalError, sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from api.data.running import prepare_connection
from api.errors import INVALID_TOKEN, ApiError
from config.settings import Settings

ANONYMOUS = "tekana_anonymous"
CUSTOMER = "tekana_customer"
STAFF = "tekana_staff"
GATEKEEPER = "tekana_gatekeeper"
CONNECT_SECONDS = 5
ROLES = (ANONYMOUS, CUSTOMER, STAFF, GATEKEEPER)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who a transaction acts as."""

    role: str
    claims: Mapping[str, object] = field(default_factory=dict)


SOMEBODY = Actor(ANONYMOUS)
THE_GATEKEEPER = Actor(GATEKEEPER)


class Database:
    """The connections of this process: a pool for each role, since plans depend on the role."""

    def __init__(self, settings: Settings) -> None:
        self._pools = {role: _make_pool(settings, role) for role in ROLES}

    async def open(self) -> None:
        """Start connecting, without waiting: a database that is away comes back by itself."""
        for pool in self._pools.values():
            await pool.open(wait=False)

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.close()

    @asynccontextmanager
    async def transaction(
        self, actor: Actor, *, read_only: bool
    ) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A transaction as somebody: committed when the block ends, rolled back when it raises.

        Args:
            actor: the role to act as and the claims of its token.
            read_only: refuse every write, by PostgreSQL itself.

        Raises:
            ApiError: 401, the session of the token has ended.
            psycopg_pool.PoolTimeout: no connection is free or to be had.
        """
        pool = self._pools[actor.role]
        # A connection that died in the pool (the server was restarted) is found out here, before
        # anything was asked of it; the pool drops it and another is taken.
        for attempt in range(pool.max_size + 1):
            async with pool.connection() as connection:
                try:
                    await connection.execute("begin read only" if read_only else "begin")
                except OperationalError:
                    if attempt == pool.max_size:
                        raise
                    continue
                try:
                    await _introduce(connection, actor)
                    yield connection
                except BaseException:
                    if not connection.closed:
                        await connection.execute("rollback")
                    raise
                await connection.execute("commit")
                return


async def _introduce(connection: AsyncConnection[TupleRow], actor: Actor) -> None:
    """Tell PostgreSQL who is asking, and ask it whether the session is still open."""
    if not actor.claims:
        return
    cursor = await connection.execute(
        "select set_config('request.jwt.claims', %s, true), tekana.session_is_open(%s)",
        (json.dumps(dict(actor.claims)), actor.claims["sid"]),
    )
    row = await cursor.fetchone()
    if row is None or not row[1]:
        raise ApiError(
            401, "NAUTH", "the session has ended", hint="Sign in again.", headers=INVALID_TOKEN
        )


async def connect_alone(settings: Settings) -> AsyncConnection[TupleRow]:
    """A connection outside the pools, as nobody, to hear what PostgreSQL has to tell."""
    return await AsyncConnection.connect(
        settings.require("api_database_url"),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="tekana api listener",
    )


def _make_pool(settings: Settings, role: str) -> AsyncConnectionPool[AsyncConnection[TupleRow]]:
    async def become(connection: AsyncConnection[TupleRow]) -> None:
        prepare_connection(connection)
        # `set role` does not apply what `alter role … set` says: the timeout is set here.
        await connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
        await connection.execute(f"set statement_timeout = {settings.statement_timeout_ms:d}")
        await connection.execute("set idle_in_transaction_session_timeout = '60s'")

    return AsyncConnectionPool(
        settings.require("api_database_url"),
        min_size=1,
        max_size=settings.database_pool_size,
        kwargs={
            "autocommit": True,  # transactions are begun and ended by their own statements
            "prepare_threshold": 2 if settings.prepare_statements else None,
            "application_name": f"tekana api {role}",
            "connect_timeout": CONNECT_SECONDS,
        },
        configure=become,
        timeout=5,
        name=role,
        open=False,
    )
