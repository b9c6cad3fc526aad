"""What the routes stand on, made once in each API process."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from psycopg import AsyncConnection
from psycopg import Error as PsycopgError
from psycopg.rows import TupleRow
from psycopg_pool import PoolTimeout
from saq import Queue

from api.data.catalogue import Catalogue
from api.data.loading import load_catalogue
from api.errors import unavailable
from api.otp import OneTimePasswords
from api.tokens import Tokens
from api.tx import ANONYMOUS, CUSTOMER, STAFF, THE_GATEKEEPER, Database
from config.queries import load_queries
from config.settings import Settings
from outbox.queue import make_queue
from outbox.valkey import connect_valkey

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
EXPOSED_SCHEMAS = ("api",)
CATALOGUE_WAIT_SECONDS = 5
logger = logging.getLogger("tekana.api")


class Services:
    """The services of one API process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings)
        self.valkey = connect_valkey(settings)
        self.queue: Queue = make_queue(settings)
        self.tokens = Tokens(settings)
        self.one_time_passwords = OneTimePasswords(self.valkey, settings)
        self.constraints: Mapping[str, str] = {}
        self._catalogue: Catalogue | None = None
        self._loading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect; what is away now is tried again until it is there."""
        await self.database.open()
        self._loading = asyncio.create_task(self._keep_loading())
        # A moment's wait, so that the first request finds the catalogue when all is well.
        await asyncio.wait([self._loading], timeout=CATALOGUE_WAIT_SECONDS)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._loading is not None:
            self._loading.cancel()
        await self.database.close()
        await self.queue.disconnect()
        await self.valkey.aclose()

    @property
    def catalogue(self) -> Catalogue:
        """What schema `api` offers.

        Raises:
            ApiError: 503, the database has not been reached since the start.
        """
        if self._catalogue is None:
            raise unavailable("the database")
        return self._catalogue

    async def _keep_loading(self) -> None:
        while self._catalogue is None:
            try:
                async with self.database.transaction(THE_GATEKEEPER, read_only=True) as connection:
                    catalogue = await load_catalogue(
                        connection, EXPOSED_SCHEMAS, (ANONYMOUS, CUSTOMER, STAFF)
                    )
                    self.constraints = await _constraint_comments(connection)
                    self._catalogue = catalogue
            except (PsycopgError, PoolTimeout) as error:
                logger.warning(
                    "the catalogue cannot be read, trying again", extra={"problem": str(error)}
                )
                await asyncio.sleep(1)


async def run_query(
    connection: AsyncConnection[TupleRow], name: str, **values: object
) -> TupleRow | None:
    """The first row of a named query of queries.sql, None when it has none."""
    cursor = await connection.execute(QUERIES[name], values)
    return await cursor.fetchone()


async def _constraint_comments(connection: AsyncConnection[TupleRow]) -> Mapping[str, str]:
    cursor = await connection.execute(QUERIES["constraint_comments"])
    return dict(await cursor.fetchall())
