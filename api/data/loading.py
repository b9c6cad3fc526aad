"""Read the catalogue from a database."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.resources import files
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor
from pydantic import TypeAdapter

from api.data.catalogue import Catalogue, Function, Name, Relation

# What SQL calls some types, and only SQL: the system catalogue has other names for them.
KEYWORDS = {
    "int": "integer",
    "float": "double precision",
    "decimal": "numeric",
    "dec": "numeric",
    "char": "character",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
}


# In this order: each stands on those before it.
FILES = ("types", "origins", "relationships", "relations", "functions", "catalogue")


@dataclass(frozen=True)
class _Loaded:
    relations: list[Relation]
    functions: list[Function]
    handlers: list[tuple[tuple[Name | None, str], Name]]
    casts: dict[str, str]
    timezones: frozenset[str]


LOADED = TypeAdapter(_Loaded)


async def load_catalogue(
    connection: AsyncConnection[Any],
    schemas: Sequence[str],
    roles: Sequence[str] = (),
    search_path: Sequence[str] = (),
) -> Catalogue:
    """Everything that some schemas offer.

    Args:
        connection: anyone's: the system catalogues are open to all.
        schemas: the exposed ones, the default one first.
        roles: whose privileges to note, for the documentation.
        search_path: schemas where computed columns and types may be besides.

    Raises:
        psycopg.Error: the database could not be read.
    """
    values = [list(schemas), list(search_path), list(roles)]

    async with connection.transaction():
        await connection.execute("set local search_path to ''")
        cursor = AsyncRawCursor(connection)
        await cursor.execute("".join(map(_sql, FILES)).encode(), values)
        assert cursor.pgresult is not None
        found = cursor.pgresult.get_value(0, 0) or b""
    loaded = LOADED.validate_json(found)
    relations = {(one.schema, one.name): one for one in loaded.relations}
    functions: dict[Name, tuple[Function, ...]] = {}
    for one in loaded.functions:
        name = (one.schema, one.name)
        if one.returns_relation and one.rows:
            one = replace(one, rows=relations[one.rows.schema, one.rows.name])
        functions[name] = (*functions.get(name, ()), one)
    return Catalogue(
        tuple(schemas),
        relations,
        functions,
        dict(loaded.handlers),
        loaded.casts | KEYWORDS,
        loaded.timezones,
        sha256(found).hexdigest()[:8],
    )


async def follow_schema(
    connect: Callable[[], Awaitable[AsyncConnection[Any]]], reload: Callable[[], Awaitable[None]]
) -> None:
    """Reload now, and again whenever somebody says that the schema has changed, until it fails.

    `notify pgrst, 'reload schema'` says so: https://docs.postgrest.org/en/v12/references/schema_cache.html

    Args:
        connect: makes a connection for nothing else, in autocommit mode.
        reload: what to do.

    Raises:
        psycopg.Error: the connection could not be made, or broke.
    """
    async with await connect() as connection:
        await connection.execute("listen pgrst")
        # After the listening has begun: what changes from here on is told.
        await reload()
        async for notice in connection.notifies():
            if notice.payload in {"", "reload schema"}:
                await reload()


def _sql(name: str) -> str:
    return (files("api.data") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
