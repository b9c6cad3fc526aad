"""Read the catalogue from a database."""

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from api.data.catalogue import (
    KINDS,
    STRING_CATEGORY,
    Catalogue,
    Column,
    DataType,
    Function,
    Kind,
    Parameter,
    Relation,
    Result,
)

# Types that are surely ordered, besides numbers, texts and booleans: not every type is.
SORTABLE = {"date", "timestamp with time zone", "timestamp without time zone", "uuid"}
CATALOGUE_SQL = (files("api.data") / "catalogue.sql").read_text(encoding="utf-8")


async def load_catalogue(
    connection: AsyncConnection[Any], schemas: Sequence[str], roles: Sequence[str] = ()
) -> Catalogue:
    """Everything that some schemas offer.

    Args:
        connection: anyone's: the system catalogues are open to all.
        schemas: the exposed ones, the default one first.
        roles: whose privileges to note, for the documentation.

    Raises:
        psycopg.Error: the database could not be read.
    """
    async with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("set local search_path to ''")
        await cursor.execute(CATALOGUE_SQL, {"schemas": list(schemas), "roles": list(roles)})
        (document,) = await cursor.fetchone() or (None,)
    # A connection made ready by `prepare_connection` hands JSON over as it came.
    found = document if isinstance(document, dict) else json.loads(document or "{}")
    return Catalogue(
        tuple(schemas),
        tuple(_relation(relation) for relation in found["relations"]),
        tuple(_function(function) for function in found["functions"]),
    )


def _type(found: dict[str, Any]) -> DataType:
    fallback = Kind.TEXT if found["category"] == STRING_CATEGORY else Kind.OTHER
    return DataType(found["name"], KINDS.get(found["name"], fallback), found["is_array"])


def _column(found: dict[str, Any]) -> Column:
    return Column(found["name"], _type(found["type"]), found["nullable"], found.get("comment"))


def _relation(found: dict[str, Any]) -> Relation:
    columns = tuple(_column(column) for column in found["columns"])
    return Relation(
        found["schema"],
        found["name"],
        columns,
        tuple(found["key"]) or _guessed_key(columns),
        found["comment"],
        frozenset(found["readers"]),
    )


def _guessed_key(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """What orders a relation that shows no primary key: its `id`, else everything it can.

    Ordering by all columns costs little where the first has an index and few equal values.
    """
    if any(column.name == "id" for column in columns):
        return ("id",)
    return tuple(
        column.name
        for column in columns
        if column.type.kind not in {Kind.JSON, Kind.OTHER} or column.type.name in SORTABLE
    )


def _function(found: dict[str, Any]) -> Function:
    columns = tuple(_column(column) for column in found["columns"])
    first_default = len(found["inputs"]) - found["defaults"]
    parameters = tuple(
        Parameter(argument["name"], _type(argument["type"]), required=number < first_default)
        for number, argument in enumerate(found["inputs"])
    )
    if found["returns_void"]:
        result = Result.VOID
    elif columns:
        result = Result.ROWS if found["returns_set"] else Result.ROW
    else:
        result = Result.SCALARS if found["returns_set"] else Result.SCALAR
    return Function(
        found["schema"],
        found["name"],
        parameters,
        result,
        columns,
        None if columns else _type(found["result_type"]),
        found["volatile"],
        found["comment"],
        frozenset(found["callers"]),
    )
