"""Planning: a parsed query and the wishes of its headers become a plan, which decides the SQL."""

from dataclasses import dataclass, field, replace

from api.data.catalogue import Catalogue, Function, Name, Relation
from api.data.errors import DataError, bad_range, bad_syntax
from api.data.filters import Comparison, Condition, Logic, Operand
from api.data.headers import ANYTHING, KNOWN, Accept, Media, Preferences, not_acceptable
from api.data.limits import Limits
from api.data.params import OrderTerm, Page, Query, is_reserved
from api.data.rows import Reader, Rows
from api.data.selection import Path, Star

ROOT = "@"  # the alias of the rows that a request is about


@dataclass(frozen=True, slots=True)
class Call:
    """A function, and where each argument that it gets comes from."""

    function: Function
    body: Operand  # a JSON object, or the one argument of a function that gives it no name
    from_body: tuple[str, ...] = ()  # arguments that are its members
    direct: tuple[tuple[str, Operand], ...] = ()  # arguments that came by themselves


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
    is_list: bool  # whether the body is one, and no single row or value
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
    def gives_nothing(self) -> bool:
        """Whether there is no body, whatever is asked."""
        return isinstance(self.source, Call) and self.source.function.gives_nothing

    @property
    def most_affected(self) -> int | None:
        """How many rows a call may give at most, on the page or not; None: any number."""
        return self.preferences.max_affected if isinstance(self.source, Call) else None

    @property
    def runs_apart(self) -> bool:
        """Whether its statement needs a transaction that was begun before it is parsed.

        Because that may be undone, or because settings tell how its texts are to be read.
        """
        wish = self.preferences
        beyond = wish.max_affected is not None or (wish.count and self.rows.page.offset)
        undone = (self.exactly_one or beyond) and not self.read_only
        estimated = wish.count in {"planned", "estimated"}
        settings = wish.timezone is not None or self.accept.explain is not None
        return bool(undone or estimated or settings or self.streams)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the headers of a request ask for."""

    accepts: tuple[Accept, ...] = (Accept(),)
    preferences: Preferences = field(default_factory=Preferences)
    page: Page = field(default_factory=Page)  # of Range
    body: bool = True


def make_plan(
    catalogue: Catalogue, limits: Limits, source: Relation | Call, query: Query, wishes: Wishes
) -> Plan:
    """The plan that reads a relation or calls a function.

    Raises:
        DataError: a name is unknown, relations are not related, a page cannot be; a result without
            columns is filtered.
    """
    function = source.function if isinstance(source, Call) else None
    relation = source.function.rows if isinstance(source, Call) else source
    is_list = function is None or function.is_list
    if function:
        _check_call(function, query, wishes.preferences)
    accept, writer = _negotiated(catalogue, function, relation, query, wishes.accepts)
    lines = writer is None and accept.explain is None and accept.media in {Media.CSV, Media.LINES}
    changes = function is not None and function.volatile
    streams = lines and not changes and not (function and function.gives_nothing)
    page = _in_both(query.page, wishes.page) if is_list else query.page
    reader = Reader(catalogue, limits)
    if not streams:
        # A stream is never whole in memory, here or there: it ends where the client says.
        most = _default_page(limits, source, query) if page.limit is None else page.limit
        page = Page(reader.bounded(most), page.offset)
    order = query.order
    if not function and relation and page.limit is not None and limits.default_page:
        order = _whole_order(relation, order)
    rows = Rows(ROOT)
    if relation:
        rows = reader.rows(relation, ROOT, replace(query, order=order))
    one = accept.media == Media.OBJECT
    return Plan(
        source,
        replace(rows, page=page),
        is_list and not one,
        accept,
        wishes.preferences,
        writer=writer,
        body=wishes.body,
        streams=streams,
        exactly_one=one and (is_list or relation is not None),
        page_key=None if function or not relation else _page_key(relation, query.order or order),
        counted=limits.largest_page,
    )


def _check_call(function: Function, query: Query, preferences: Preferences) -> None:
    if preferences.max_affected is not None and not function.is_list:
        message = "Function must return SETOF or TABLE when max-affected preference is used"
        raise DataError(400, "PGRST128", f"{message} with handling=strict")
    what = None
    if function.rows is None and (query.items != (Star(),) or query.filters or query.order):
        what = "has no columns to select, filter or order by"
    elif not function.is_list and (query.filters or query.order or query.page != Page()):
        # What such a function did would be done, and its answer left out.
        what = "is no list: it has no rows to filter, order or page"
    if what:
        raise bad_syntax(f"The result of '{function.name}' {what}")


def _negotiated(
    catalogue: Catalogue,
    function: Function | None,
    rows: Relation | None,
    query: Query,
    accepts: tuple[Accept, ...],
) -> tuple[Accept, Writer | None]:
    """The first body that the client would take and that can be written, and what writes it."""
    # Rows that are shown as they are can be written by what is made for them.
    name = (rows.schema, rows.name) if rows and query.items == (Star(),) else None
    handlers = catalogue.handlers
    for accept in accepts:
        anything = replace(accept, media="application/octet-stream")
        if function and function.media in {accept.media, ANYTHING}:
            return (anything if function.media == ANYTHING else accept), Writer()
        if (name, ANYTHING) in handlers:
            return anything, Writer(handlers[name, ANYTHING], name)
        for rows_of in (name, None):
            if found := handlers.get((rows_of, accept.media)):
                return accept, Writer(found, rows_of)
        if accept.media == ANYTHING:
            return replace(accept, media=Media.JSON), None
        if accept.media in KNOWN:
            return accept, None
    raise not_acceptable(accepts)


def _in_both(page: Page, other: Page) -> Page:
    """What a page and that of a Range header have in common."""
    offset = max(page.offset, other.offset)
    ends = [one.offset + one.limit for one in (page, other) if one.limit is not None]
    limit = min(ends) - offset if ends else None
    if limit is not None and limit < 0:
        raise bad_range("The Range header and limit or offset have no row in common.")
    return Page(limit, offset)


def _default_page(limits: Limits, source: Relation | Call, query: Query) -> int | None:
    """How many rows there are without a limit: those that are named by their keys, else a page."""
    named = isinstance(source, Relation) and _names_rows(source, Logic("and", (*query.filters,)))
    return None if named else limits.default_page


def _names_rows(relation: Relation, condition: Condition) -> bool:
    """Whether a condition names every row that it lets through by a key."""
    if condition.negated:
        return False
    if isinstance(condition, Comparison):
        named = _column_compared(condition, "eq") or _column_compared(condition, "in")
        return named in relation.unique
    if condition.operator == "or":
        return all(_names_rows(relation, part) for part in condition.parts)
    equal = {_column_compared(part, "eq") for part in condition.parts}
    whole = bool(relation.key) and equal.issuperset(relation.key)
    return whole or any(_names_rows(relation, part) for part in condition.parts)


def _column_compared(condition: Condition, operator: str) -> str | None:
    """The column of a comparison by an operator, if that is what a condition is."""
    if not isinstance(condition, Comparison) or condition.negated or condition.path.steps:
        return None
    plain = condition.operator == operator and condition.modifier is None
    return condition.path.name if plain else None


def _whole_order(relation: Relation, order: tuple[OrderTerm, ...]) -> tuple[OrderTerm, ...]:
    """An order that leaves no two rows alike, as far as the key can: pages must not overlap.

    Without a key and a wish, rows come in the order of all their columns: that costs little where
    the first one has an index and few equal values.
    """
    named = {one.path.name for one in order if one.relation is None and not one.path.steps}
    descending = bool(order) and order[-1].descending
    rest = relation.key or (() if order else relation.sortable)
    return (*order, *(OrderTerm(Path(name), descending) for name in rest if name not in named))


def _page_key(relation: Relation, order: tuple[OrderTerm, ...]) -> tuple[str, str] | None:
    if len(order) != 1 or order[0].relation is not None or order[0].path.steps:
        return None
    name = order[0].path.name
    if is_reserved(name) or "." in name:  # a condition on it could not be told from something else
        return None
    return (name, "lt" if order[0].descending else "gt") if name in relation.unique else None
