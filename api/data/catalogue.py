"""What a database offers: relations and functions of the exposed schemas, as plain values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from api.data.errors import DataError, perhaps


class Kind(Enum):
    """How values of a type look in JSON and in a query string."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    JSON = "json"
    TEXT = "text"  # character strings: what like and ilike work on
    OTHER = "other"  # written as a string: timestamps, uuids, enums, ranges, …


KINDS = {
    "smallint": Kind.INTEGER,
    "integer": Kind.INTEGER,
    "bigint": Kind.INTEGER,
    "numeric": Kind.DECIMAL,
    "real": Kind.FLOAT,
    "double precision": Kind.FLOAT,
    "boolean": Kind.BOOLEAN,
    "json": Kind.JSON,
    "jsonb": Kind.JSON,
}
STRING_CATEGORY = "S"  # pg_type.typcategory


@dataclass(frozen=True, slots=True)
class DataType:
    """A type with its domains taken off; for an array, that of its elements."""

    name: str
    kind: Kind
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation or of a function's result."""

    name: str
    type: DataType
    nullable: bool = True
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, view, materialized view or foreign table."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()  # columns that give rows a stable order
    comment: str | None = None
    readers: frozenset[str] = frozenset()  # those of the roles asked about that may select

    def column(self, name: str) -> Column:
        """Its column of that name.

        Raises:
            DataError: PGRST204, there is none.
        """
        return find_column(self.columns, name, self.name)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input argument of a function."""

    name: str
    type: DataType
    required: bool = True


class Result(Enum):
    """The shape of what a function returns."""

    VOID = "void"
    SCALAR = "scalar"
    SCALARS = "scalars"
    ROW = "row"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that can be called by named arguments."""

    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    result: Result
    columns: tuple[Column, ...] = ()  # of ROW and ROWS
    result_type: DataType | None = None  # of SCALAR and SCALARS
    volatile: bool = True
    comment: str | None = None
    callers: frozenset[str] = frozenset()  # those of the roles asked about that may execute

    def accepts(self, names: Iterable[str]) -> bool:
        """Whether it can be called with exactly these argument names."""
        given = set(names)
        known = {parameter.name for parameter in self.parameters}
        required = {parameter.name for parameter in self.parameters if parameter.required}
        return required <= given <= known


@dataclass(frozen=True)
class Catalogue:
    """Everything exposed, by schema and name; the first schema is the default one."""

    schemas: tuple[str, ...]
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...]
    _relations: dict[tuple[str, str], Relation] = field(init=False, repr=False)
    _functions: dict[tuple[str, str], list[Function]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        relations = {(relation.schema, relation.name): relation for relation in self.relations}
        functions: dict[tuple[str, str], list[Function]] = {}
        for function in self.functions:
            functions.setdefault((function.schema, function.name), []).append(function)
        object.__setattr__(self, "_relations", relations)
        object.__setattr__(self, "_functions", functions)

    def relation(self, name: str, schema: str | None = None) -> Relation:
        """The relation that a path names: as it is, or in camelCase for its snake_case name.

        Raises:
            DataError: PGRST205, there is none.
        """
        schema = schema or self.schemas[0]
        for candidate in (name, snake_case(name)):
            if found := self._relations.get((schema, candidate)):
                return found
        known = [relation.name for relation in self.relations if relation.schema == schema]
        raise DataError(
            404,
            "PGRST205",
            f"Could not find the table '{schema}.{name}' in the schema cache",
            hint=perhaps(snake_case(name), known, "the table"),
        )

    def overloads(self, name: str, schema: str | None = None) -> list[Function]:
        """The functions of that name (snake_case, or its camelCase), one or more.

        Raises:
            DataError: PGRST202, there is none.
        """
        schema = schema or self.schemas[0]
        for candidate in (name, snake_case(name)):
            if found := self._functions.get((schema, candidate)):
                return found
        known = {function.name for function in self.functions if function.schema == schema}
        raise DataError(
            404,
            "PGRST202",
            f"Could not find the function {schema}.{name} in the schema cache",
            hint=perhaps(snake_case(name), known, "to call the function"),
        )


def find_column(columns: Iterable[Column], name: str, owner: str) -> Column:
    """The column of that name.

    Args:
        columns: where to look.
        name: exactly as in the database.
        owner: what the columns belong to, for the message.

    Raises:
        DataError: PGRST204, there is none.
    """
    names = []
    for column in columns:
        if column.name == name:
            return column
        names.append(column.name)
    raise DataError(
        400,
        "PGRST204",
        f"Could not find the '{name}' column of '{owner}' in the schema cache",
        hint=perhaps(name, names, "the column"),
    )


def snake_case(name: str) -> str:
    """The snake_case of a camelCase name; other names stay as they are."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
