"""What the routes stand on, made once in each API process."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from psycopg import AsyncConnection
from psycopg import Error as PsycopgError
from psycopg.rows import TupleRow
from psycopg_pool import PoolTimeout
from saq import Queue

from api.data.limits import Limits
from api.data.loading import follow_schema, load_catalogue
from api.data.requests import Service
from api.errors import unavailable
from api.otp import OneTimePasswords
from api.queries import QUERIES
from api.sign_in_limits import PasswordAttempts
from api.teller import Teller
from api.tokens import Tokens
from api.tx import (
    ANONYMOUS,
    CUSTOMER,
    INTRODUCTION,
    STAFF,
    THE_GATEKEEPER,
    Database,
    connect_alone,
)
from config.settings import Settings
from outbox.queue import make_queue
from outbox.valkey import connect_valkey

# A request's header is the argument of whichever function has such a parameter, by every path.
HEADER_ARGUMENTS = {"idempotency-key": "idempotency_key"}
# What PostgREST's Python client asks for when nobody told it which schema to ask for.
UNSAID_SCHEMA = "public"
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
        self.password_attempts = PasswordAttempts(self.valkey, settings)
        self.one_time_passwords = OneTimePasswords(self.valkey, settings)
        self.teller = Teller(self.database)
        self.streams = asyncio.Semaphore(settings.streams_maximum)
        self.constraints: Mapping[str, str] = {}
        self._service: Service | None = None
        self._loaded = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to connect; what is away now is tried again until it is there."""
        await self.database.open()
        self._keeping = asyncio.create_task(self._keep_catalogue())
        # A moment's wait, so that the first request finds the catalogue when all is well.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), CATALOGUE_WAIT_SECONDS)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._keeping is not None:
            self._keeping.cancel()
        await self.database.close()
        await self.queue.disconnect()
        await self.valkey.aclose()

    @property
    def service(self) -> Service:
        """What the exposed schemas offer, and how it is served.

        Raises:
            ApiError: 503, the database has not been reached since the start.
        """
        if self._service is None:
            raise unavailable("the database")
        return self._service

    async def _keep_catalogue(self) -> None:
        """Load the catalogue, and again whenever somebody says that the schema has changed."""
        while True:
            try:
                await follow_schema(partial(connect_alone, self.settings), self._load_catalogue)
            except (PsycopgError, PoolTimeout) as error:
                logger.warning(
                    "the catalogue cannot be read, trying again", extra={"problem": str(error)}
                )
            except Exception:
                # A schema that this code does not understand must not end the listening.
                logger.exception("the catalogue cannot be read, trying again")
            await asyncio.sleep(1)

    async def _load_catalogue(self) -> None:
        async with self.database.transaction(THE_GATEKEEPER, read_only=True) as connection:
            self.constraints = await _constraint_comments(connection)
        async with self.database.connection(THE_GATEKEEPER, read_only=True) as connection:
            catalogue = await load_catalogue(
                connection, self.settings.schemas, (ANONYMOUS, CUSTOMER, STAFF)
            )
        self._service = Service(
            catalogue,
            _limits(self.settings),
            INTRODUCTION,
            HEADER_ARGUMENTS,
            {UNSAID_SCHEMA: catalogue.schemas[0]},
            explains=self.settings.plan_enabled,
        )
        self._loaded.set()


def _limits(settings: Settings) -> Limits:
    return Limits(
        default_page=settings.page_rows,
        largest_page=settings.page_rows_maximum,
        query_length=settings.query_bytes_maximum,
        filters=settings.filters_maximum,
        list_values=settings.list_values_maximum,
        select_items=settings.select_items_maximum,
        embedding_depth=settings.embedding_depth_maximum,
    )


async def run_query(
    connection: AsyncConnection[TupleRow], name: str, **values: object
) -> TupleRow | None:
    """The first row of a named query of queries.sql, None when it has none."""
    cursor = await connection.execute(QUERIES[name], values)
    return await cursor.fetchone()


async def _constraint_comments(connection: AsyncConnection[TupleRow]) -> Mapping[str, str]:
    cursor = await connection.execute(QUERIES["constraint_comments"])
    return dict(await cursor.fetchall())
