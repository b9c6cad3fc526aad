"""The plan of a statement: a tree of things that the catalogue knows, and nothing else."""

from dataclasses import dataclass, field
from enum import Enum

from api.data.catalogue import Column, Function, Name, Relation, Relationship, Result
from api.data.filters import Comparison, Operand
from api.data.headers import Accept, Media, Preferences
from api.data.params import Page


class Shape(Enum):
    """What the body is."""

    ROWS = "an array of objects"
    ROW = "an object"
    VALUES = "an array of values"
    VALUE = "a value"
    NOTHING = "empty"


@dataclass(frozen=True, slots=True)
class Call:
    """A function, and where each argument that it gets comes from."""

    function: Function
    body: Operand | None = None  # a JSON object
    from_body: tuple[str, ...] = ()  # arguments that are its members
    direct: tuple[tuple[str, Operand], ...] = ()  # arguments that came by themselves
    whole_body: Operand | None = None  # the one argument of a function that gives it no name


@dataclass(frozen=True, slots=True)
class Value:
    """A column or a place in its JSON, of the node itself or of an embedded to-one relation."""

    column: Column
    steps: tuple[tuple[str, str | int], ...] = ()
    cast: str | None = None  # as SQL has it


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a value."""

    value: Value
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Presence:
    """A condition on an embedded relation: whether there is any row of it."""

    child: int
    exists: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all or any must hold."""

    operator: str
    parts: "tuple[Condition, ...]"
    negated: bool = False


Condition = Test | Presence | Group


@dataclass(frozen=True, slots=True)
class Ordering:
    """What to order by."""

    value: Value
    descending: bool = False
    nulls_first: bool | None = None
    child: int | None = None  # the embedded to-one relation that the value is of


@dataclass(frozen=True, slots=True)
class Output:
    """A member of the object that a row becomes."""

    label: str
    value: Value | None = None  # else it is of a child:
    child: int | None = None
    spread: str | None = None  # the child's label of it; None: the whole child


@dataclass(frozen=True, slots=True)
class Node:
    """A relation that is read, with what is embedded in it."""

    source: Relation | Call
    outputs: tuple[Output, ...] = ()
    where: tuple[Condition, ...] = ()
    order: tuple[Ordering, ...] = ()
    page: Page = field(default_factory=Page)
    children: "tuple[Child, ...]" = ()

    @property
    def is_plain(self) -> bool:
        """Whether its rows are plain values and no objects."""
        return isinstance(self.source, Call) and self.source.function.rows is None


@dataclass(frozen=True, slots=True)
class Child:
    """An embedded relation."""

    node: Node
    relationship: Relationship
    inner: bool = False
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Writer:
    """What of the database writes a body."""

    aggregate: Name | None = None  # of rows; None: the one value is the body
    rows_of: Name | None = None  # the relation whose own rows it takes; None: any objects


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides the SQL."""

    node: Node
    shape: Shape = Shape.ROWS
    accept: Accept = field(default_factory=Accept)
    preferences: Preferences = field(default_factory=Preferences)
    writer: Writer | None = None  # what writes the body, when this package does not
    body: bool = True  # False: for HEAD
    exactly_one: bool = False  # else it is an error, and the transaction is undone
    page_key: str | None = None  # the one column that orders the rows, each value once
    counted: int | None = None  # rows that are counted before their number is estimated; None: all

    @property
    def read_only(self) -> bool:
        """Whether it may run in a transaction that cannot write, or on a replica."""
        source = self.node.source
        return isinstance(source, Relation) or not source.function.volatile

    @property
    def runs_apart(self) -> bool:
        """Whether its statement needs a transaction that was begun before it is parsed.

        Because that may be undone, or because settings tell how its texts are to be read.
        """
        most, beyond = (
            self.preferences.max_affected,
            self.preferences.count and self.node.page.offset,
        )
        undone = (self.exactly_one or most is not None or beyond) and not self.read_only
        estimated = self.preferences.count in {"planned", "estimated"}
        settings = self.preferences.timezone is not None or self.accept.explain is not None
        return bool(undone or estimated or settings or self.streams)

    @property
    def streams(self) -> bool:
        """Whether the body may leave piece by piece: what was sent cannot be undone."""
        lines = self.writer is None and self.accept.explain is None
        lines = lines and self.accept.media in {Media.CSV, Media.LINES}
        return lines and self.body and self.read_only


LISTS = {Shape.ROWS, Shape.VALUES}
SHAPES = {
    Result.VOID: Shape.NOTHING,
    Result.SCALAR: Shape.VALUE,
    Result.SCALARS: Shape.VALUES,
    Result.ROW: Shape.ROW,
    Result.ROWS: Shape.ROWS,
}
