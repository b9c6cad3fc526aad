"""The worker's way into PostgreSQL: one pool, one statement a transaction."""

import asyncio
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import DictRow, dict_row

from config.connections import AsyncPromptConnection, NoAnswer
from config.pools import AsyncPromptPool
from config.queries import load_queries
from config.settings import Settings

Connection = AsyncConnection[DictRow]

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))
_POOL_SIZE = 4
# To get a connection and an answer. Statements here touch a few rows by their key.
_STATEMENT_SECONDS = 10
_CLOSE_SECONDS = 1


async def _configure(connection: Connection) -> None:
    # Whatever the database's own is: see tekana.lock_wallets.
    await connection.execute("set default_transaction_isolation = 'read committed'")


class Database:
    """Runs the queries of queries.sql by name; the server may go away and come back."""

    def __init__(self, settings: Settings) -> None:
        self._pool: AsyncPromptPool[Connection] = AsyncPromptPool(
            settings.require("worker_database_url"),
            connection_class=AsyncPromptConnection[DictRow],
            min_size=1,
            max_size=_POOL_SIZE,
            name="worker",
            check=AsyncPromptPool.check_connection,
            configure=_configure,
            kwargs={
                "answer_seconds": _STATEMENT_SECONDS,
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": 5 if settings.prepare_statements else None,
                "application_name": "tekana-worker",
            },
        )

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""
        await self._pool.open()

    async def close(self) -> None:
        """Give the connections back; what is being connected to is not waited for."""
        await self._pool.close(_CLOSE_SECONDS)

    async def fetch(self, query: str, **arguments: Any) -> list[DictRow]:
        """All rows of one query.

        Args:
            query: its name in queries.sql.
            arguments: its parameters.

        Raises:
            psycopg.Error: the database refused it, is away or did not answer in time.
        """
        try:
            async with (
                asyncio.timeout(_STATEMENT_SECONDS),
                self._pool.connection(timeout=_STATEMENT_SECONDS) as connection,
            ):
                try:
                    cursor = await connection.execute(QUERIES[query], arguments)
                except ReadOnlySqlTransaction:
                    # So it stays, perhaps, when the database can be written again: as in `api.tx`.
                    await connection.close()
                    raise
                return await cursor.fetchall()
        except TimeoutError:
            raise NoAnswer from None
