"""What the routes stand on, made once in each API process."""

import asyncio
from collections.abc import Mapping
from functools import partial

from psycopg import AsyncConnection
from psycopg.errors import InvalidSchemaName
from psycopg.rows import TupleRow
from saq import Queue

from api.data.limits import Limits
from api.data.loading import LOADING_SECONDS, Keeper, load_catalogue
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
        connect = partial(connect_alone, settings, LOADING_SECONDS)
        self._keeper = Keeper(connect, self._load)

    async def open(self) -> None:
        """Begin to connect; what is away now is tried again until it is there."""
        await self.database.open()
        await self._keeper.open(CATALOGUE_WAIT_SECONDS)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._keeper.close()
        await self.database.close()
        await self.queue.disconnect()
        await self.valkey.aclose()

    @property
    def service(self) -> Service:
        """What the exposed schemas offer, and how it is served.

        Raises:
            ApiError: 503, the database has not been reached since the start, or lacks a schema.
        """
        if self._keeper.service is None:
            raise unavailable("the database, or a schema that is to be served,")
        return self._keeper.service

    async def missing_schemas(self, connection: AsyncConnection[TupleRow]) -> list[str]:
        """Those of the exposed schemas that the database has not."""
        names = list(self.settings.schemas)
        (missing,) = await one_row(connection, "missing_schemas", names=names)
        return list(missing)

    async def _load(self, connection: AsyncConnection[TupleRow]) -> Service:
        missing = await self.missing_schemas(connection)
        if missing:
            raise InvalidSchemaName(
                f"TEKANA_EXPOSED_SCHEMAS names schemas that do not exist: {', '.join(missing)}"
            )
        self.constraints = await _constraint_comments(connection)
        catalogue = await load_catalogue(
            connection, self.settings.schemas, (ANONYMOUS, CUSTOMER, STAFF)
        )
        return Service(
            catalogue,
            _limits(self.settings),
            INTRODUCTION,
            HEADER_ARGUMENTS,
            {UNSAID_SCHEMA: catalogue.schemas[0]},
            explains=self.settings.plan_enabled,
        )


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


async def find_row(
    connection: AsyncConnection[TupleRow], name: str, **values: object
) -> TupleRow | None:
    """The first row of a named query of queries.sql, None when it has none."""
    cursor = await connection.execute(QUERIES[name], values)
    return await cursor.fetchone()


async def one_row(connection: AsyncConnection[TupleRow], name: str, **values: object) -> TupleRow:
    """The row of a named query that has one, whatever it is told."""
    row = await find_row(connection, name, **values)
    assert row is not None
    return row


async def _constraint_comments(connection: AsyncConnection[TupleRow]) -> Mapping[str, str]:
    cursor = await connection.execute(QUERIES["constraint_comments"])
    return dict(await cursor.fetchall())
