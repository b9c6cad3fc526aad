"""The plan of a statement: everything that decides its SQL, and how its answer is told."""

from dataclasses import dataclass, field

from api.data.catalogue import Function, Name, Relation, Result
from api.data.filters import Operand
from api.data.headers import Accept, Preferences
from api.data.rows import Rows

LISTS = {Result.ROWS, Result.SCALARS}


@dataclass(frozen=True, slots=True)
class Call:
    """A function, and where each argument that it gets comes from."""

    function: Function
    body: Operand | None = None  # a JSON object
    from_body: tuple[str, ...] = ()  # arguments that are its members
    direct: tuple[tuple[str, Operand], ...] = ()  # arguments that came by themselves
    whole_body: Operand | None = None  # the one argument of a function that gives it no name


@dataclass(frozen=True, slots=True)
class Writer:
    """What of the database writes a body."""

    aggregate: Name | None = None  # of rows; None: the one value is the body
    rows_of: Name | None = None  # the relation whose own rows it takes; None: any objects


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides the SQL."""

    source: Relation | Call
    rows: Rows
    shape: Result  # of the body
    accept: Accept = field(default_factory=Accept)
    preferences: Preferences = field(default_factory=Preferences)
    writer: Writer | None = None  # what writes the body, when this package does not
    body: bool = True  # False: for HEAD
    streams: bool = False  # whether it may leave piece by piece: what was sent cannot be undone
    exactly_one: bool = False  # else it is an error, and the transaction is undone
    # The one column that orders the rows, each value once, and the operator that goes on from one.
    page_key: tuple[str, str] | None = None
    counted: int | None = None  # rows that are counted before their number is estimated; None: all

    @property
    def read_only(self) -> bool:
        """Whether it may run in a transaction that cannot write, or on a replica."""
        return isinstance(self.source, Relation) or not self.source.function.volatile

    @property
    def runs_apart(self) -> bool:
        """Whether its statement needs a transaction that was begun before it is parsed.

        Because that may be undone, or because settings tell how its texts are to be read.
        """
        most, beyond = (
            self.preferences.max_affected,
            self.preferences.count and self.rows.page.offset,
        )
        undone = (self.exactly_one or most is not None or beyond) and not self.read_only
        estimated = self.preferences.count in {"planned", "estimated"}
        settings = self.preferences.timezone is not None or self.accept.explain is not None
        return bool(undone or estimated or settings or self.streams)
