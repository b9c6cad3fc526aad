"""Read the catalogue from a database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncRawCursor
from pydantic import TypeAdapter

from api.data.catalogue import Catalogue, Function, Name, Relation
from api.data.requests import Service

logger = logging.getLogger("api.data")

LISTENING_SECONDS = 30.0  # then it is seen to that there is somebody to listen to

# In this order: each stands on those before it.
FILES = ("types", "origins", "nullables", "relationships", "relations", "functions", "catalogue")

# A large schema takes longer than requests may.
LOADING_SECONDS = 60
# PostgreSQL does not know how many rows a part of the query gives, and loops in a loop over
# thousands; nor that compiling the query takes longer than running it.
SETTINGS = (
    "set local search_path to ''; set local enable_nestloop to off; set local jit to off;"
    f" set local statement_timeout to '{LOADING_SECONDS}s'"
)

Handlers = list[tuple[tuple[Name | None, str], Name]]
# What catalogue.sql gives; last of all, types that a value may be cast to, and time zones.
LOADED = TypeAdapter(
    tuple[list[Relation], list[Function], Handlers, dict[str, str], frozenset[str]]
)


async def load_catalogue(
    connection: AsyncConnection[Any],
    schemas: Sequence[str],
    roles: Sequence[str] | None = None,
    search_path: Sequence[str] = (),
) -> Catalogue:
    """Everything that some schemas offer.

    Args:
        connection: anyone's: the system catalogues are open to all.
        schemas: the exposed ones, the default one first.
        roles: whose privileges to note, for the documentation; None: everybody's.
        search_path: schemas where computed columns and types may be besides.

    Raises:
        psycopg.Error: the database could not be read.
    """
    values = [list(schemas), list(search_path), None if roles is None else list(roles)]

    async with connection.transaction():
        await connection.execute(SETTINGS)
        cursor = AsyncRawCursor(connection)
        await cursor.execute("".join(map(_sql, FILES)).encode(), values)
        assert cursor.pgresult is not None
        found = cursor.pgresult.get_value(0, 0) or b""
    listed, called, handlers, casts, timezones = LOADED.validate_json(found)
    relations = {(one.schema, one.name): one for one in listed}
    functions: dict[Name, tuple[Function, ...]] = {}
    for one in called:
        name = (one.schema, one.name)
        if one.returns_relation and one.rows:
            one = replace(one, rows=relations[one.rows.schema, one.rows.name])
        functions[name] = (*functions.get(name, ()), one)
    version = sha256(found).hexdigest()[:8]
    return Catalogue(
        tuple(schemas), relations, functions, dict(handlers), casts, timezones, version
    )


class Keeper:
    """A service that is made anew whenever somebody says that the schema has changed.

    `notify pgrst, 'reload schema'` says so: https://docs.postgrest.org/en/v12/references/schema_cache.html

    Args:
        connect: makes a connection for nothing else, in autocommit mode; one that waits for an
            answer for no longer than LOADING_SECONDS and a little.
        load: makes the service, over that connection. What fails is tried again, until it works.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[AsyncConnection[Any]]],
        load: Callable[[AsyncConnection[Any]], Awaitable[Service]],
    ) -> None:
        self.service: Service | None = None
        self._connect = connect
        self._load = load
        self._loaded = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def open(self, seconds: float) -> None:
        """Begin, with a moment's wait: when all is well the first request finds the service."""
        self._following = asyncio.create_task(self._follow())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), seconds)

    async def close(self) -> None:
        """End the listening."""
        if self._following is not None:
            self._following.cancel()

    async def _follow(self) -> None:
        while True:
            try:
                async with await self._connect() as connection:
                    await connection.execute("listen pgrst")
                    # After the listening has begun: what changes from here on is told.
                    await self._reload(connection)
                    while True:
                        # Those of one moment: it is read once for all of them.
                        news = connection.notifies(timeout=LISTENING_SECONDS, stop_after=1)
                        told = {notice.payload async for notice in news}
                        if told & {"", "reload schema"}:
                            await self._reload(connection)
                        elif not told:
                            # Silence may be that of a server which is there no longer.
                            await connection.execute("listen pgrst")
            except Exception as error:  # noqa: BLE001 - a schema not understood may change
                foreseen = isinstance(error, psycopg.Error)
                log = logger.warning if foreseen else logger.exception
                log("the schema cannot be read, trying again: %r", error)
            await asyncio.sleep(1)

    async def _reload(self, connection: AsyncConnection[Any]) -> None:
        self.service = await self._load(connection)
        self._loaded.set()


def _sql(name: str) -> str:
    return (files("api.data") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
