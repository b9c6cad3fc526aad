"""What a database offers: relations and functions of the exposed schemas, as plain values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, lru_cache

from api.data.errors import nearest, not_found

Name = tuple[str, str]  # schema and name


class Kind(Enum):
    """How values of a type look in JSON."""

    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    BOOLEAN = "boolean"
    JSON = "json"
    TEXT = "text"  # character strings
    OTHER = "other"  # written as a string: timestamps, uuids, enums, ranges, …


@dataclass(frozen=True, slots=True)
class DataType:
    """A type with its domains taken off; for an array, that of its elements."""

    name: str
    kind: Kind
    is_array: bool = False
    labels: tuple[str, ...] = ()  # of an enum
    to_json: Name | None = None  # a function that writes values of the domain
    from_text: Name | None = None  # a function that reads them


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation or of a function's result."""

    name: str
    type: DataType
    choices: tuple[str, ...] = ()  # the only values that it has, where a check lists them
    nullable: bool = True
    comment: str | None = None
    function: Name | None = None  # that computes it from a row; such columns are not in `*`


@dataclass(frozen=True, slots=True)
class Junction:
    """The table in the middle of a many-to-many relationship."""

    name: Name
    columns: tuple[str, ...]  # equal to the relationship's columns
    target_columns: tuple[str, ...]  # equal to the relationship's target_columns


@dataclass(frozen=True, slots=True)
class Relationship:
    """How one relation may be embedded in another."""

    target: Name
    cardinality: str  # in words: many-to-one, one-to-one, one-to-many, many-to-many
    columns: tuple[str, ...] = ()  # of the relation, equal to those of the target
    target_columns: tuple[str, ...] = ()
    junction: Junction | None = None
    function: Name | None = None  # of a row, that gives the rows embedded in it
    names: frozenset[str] = frozenset()  # that a request may call it, some of them with a hint
    # Where a request means several: how it is to choose this one, and what is told of it.
    choice: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_to_one(self) -> bool:
        """Whether at most one row is embedded: an object and no array."""
        return self.cardinality.endswith("-to-one")


@dataclass(frozen=True, eq=False)
class Relation:
    """A table, view, materialized view or foreign table; or the rows of a function, alike."""

    schema: str
    name: str
    columns: Mapping[str, Column]
    computed: Mapping[str, Column] = field(default_factory=dict)
    key: tuple[str, ...] = ()  # columns whose values no two rows share; (): none are known
    sortable: tuple[str, ...] = ()  # columns that rows can be put in order by
    unique: frozenset[str] = frozenset()  # columns of which each is a key by itself
    ways: tuple[Relationship, ...] = ()  # to what can be embedded in it
    comment: str | None = None
    readers: frozenset[str] = frozenset()  # those of the roles asked about that may select

    @cached_property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each column that has only so many."""
        return {one.name: one.choices for one in self.columns.values() if one.choices}

    def column(self, name: str) -> Column:
        """Its column of that name, computed ones included.

        Raises:
            DataError: PGRST204, there is none.
        """
        if found := self.columns.get(name) or self.computed.get(name):
            return found
        near = nearest(name, self.columns, 0.6)
        meant = near and f"the column '{near}'"
        raise not_found(400, "PGRST204", f"the '{name}' column of '{self.name}'", meant)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input argument of a function."""

    name: str  # "" of a single one without a name: the whole body
    type: DataType
    required: bool = True
    sql_type: str = "text"  # as a column of json_to_record is declared
    variadic: bool = False


@dataclass(frozen=True, eq=False)
class Function:
    """A function that can be called by named arguments."""

    schema: str
    name: str
    parameters: tuple[Parameter, ...]
    rows: Relation | None = None  # that it gives: the relation that they are of, or like one
    returns_relation: bool = False  # whether that is a relation of the catalogue
    value: DataType | None = None  # that it gives instead of rows; of neither: it gives nothing
    is_list: bool = False  # whether it gives any number of them
    volatile: bool = True
    media: str | None = None  # that the value is a body of, as it is
    whole: str | None = None  # that the body is of which is its one argument, without a name
    comment: str | None = None
    callers: frozenset[str] = frozenset()  # those of the roles asked about that may execute

    @property
    def gives_nothing(self) -> bool:
        """Whether there is nothing to show of it, only what it does."""
        return self.rows is None and self.value is None

    @property
    def own_relation(self) -> Relation | None:
        """What its rows are of, if that is a relation of the same schema."""
        is_own = self.returns_relation and self.rows and self.rows.schema == self.schema
        return self.rows if is_own else None

    def accepts(self, names: frozenset[str]) -> bool:
        """Whether it can be called with exactly these argument names."""
        known = {parameter.name for parameter in self.parameters}
        required = {parameter.name for parameter in self.parameters if parameter.required}
        return required <= names <= known


@dataclass(frozen=True, eq=False, repr=False)  # thousands of lines, of no use in a traceback
class Catalogue:
    """Everything exposed; the first schema is the default one."""

    schemas: tuple[str, ...]
    relations: Mapping[Name, Relation]
    functions: Mapping[Name, tuple[Function, ...]]  # overloads under one name
    # Aggregates that write bodies, by the relation (None: any) and the media type.
    handlers: Mapping[tuple[Name | None, str], Name] = field(default_factory=dict)
    casts: Mapping[str, str] = field(default_factory=dict)  # names of types -> as SQL has them
    timezones: frozenset[str] = frozenset()
    version: str = ""  # another one where anything of it is different

    def relation(self, name: str, schema: str | None = None) -> Relation:
        """The relation that a path names: as it is, or in camelCase for its snake_case name.

        Raises:
            DataError: PGRST205, there is none.
        """
        schema = schema or self.schemas[0]
        for candidate in (name, snake_case(name)):
            if found := self.relations.get((schema, candidate)):
                return found
        near = nearest(snake_case(name), names_in(schema, self.relations))
        meant = near and f"the table '{schema}.{near}'"
        raise not_found(404, "PGRST205", f"the table '{schema}.{name}'", meant)

    def overloads(self, name: str, schema: str | None = None) -> tuple[Function, ...]:
        """The functions of that name (snake_case, or its camelCase); none, perhaps."""
        schema = schema or self.schemas[0]
        found = self.functions.get((schema, name))
        return found or self.functions.get((schema, snake_case(name)), ())


def names_in(schema: str, names: Iterable[Name]) -> list[str]:
    """The names that stand in a schema."""
    return [name for found, name in names if found == schema]


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """The snake_case of a camelCase name; other names stay as they are."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
