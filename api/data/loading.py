"""Read the catalogue from a database."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from psycopg import AsyncConnection, AsyncRawCursor
from pydantic import TypeAdapter

from api.data.catalogue import Catalogue, Function, Handler, Name, Relation, Relationship

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


@dataclass(frozen=True)
class _Rest:
    functions: list[Function]
    handlers: list[Handler]
    casts: dict[str, str]
    timezones: frozenset[str]


# The queries of a catalogue, what stands in front of each, and what its JSON is read as.
RELATIONS = (("types", "origins", "relations"), TypeAdapter(list[Relation]))
RELATIONSHIPS = (("types", "origins", "relationships"), TypeAdapter(list[Relationship]))
REST = (("types", "functions"), TypeAdapter(_Rest))


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

    async def read(files: tuple[str, ...], adapter: TypeAdapter[Any]) -> Any:
        cursor = AsyncRawCursor(connection)
        await cursor.execute("".join(map(_sql, files)).encode(), values)
        assert cursor.pgresult is not None
        return adapter.validate_json(cursor.pgresult.get_value(0, 0) or b"null")

    async with connection.transaction():
        # One view of all: what is deployed meanwhile is there in every answer or in none.
        await connection.execute("set transaction isolation level repeatable read")
        await connection.execute("set local search_path to ''")
        relations = {(one.schema, one.name): one for one in await read(*RELATIONS)}
        ways, rest = await read(*RELATIONSHIPS), await read(*REST)
    functions: dict[Name, tuple[Function, ...]] = {}
    for one in rest.functions:
        name = (one.schema, one.name)
        if one.returns_relation:
            one = replace(one, rows=relations[one.rows.schema, one.rows.name])
        functions[name] = (*functions.get(name, ()), one)
    return Catalogue(
        tuple(schemas),
        relations,
        functions,
        {name: _ways_from(name, ways) for name in relations},
        {(one.relation, one.media): (one.schema, one.name) for one in rest.handlers},
        rest.casts | KEYWORDS,
        rest.timezones,
    )


def _ways_from(name: Name, ways: list[Relationship]) -> tuple[Relationship, ...]:
    found = [way for way in ways if way.relation == name]
    # A function that is named like a related table takes its place.
    computed = {way.function[1] for way in found if way.function}
    kept = [way for way in found if way.function or way.target[1] not in computed]
    return tuple(sorted(kept, key=lambda way: (way.target, way.cardinality, way.constraint)))


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
