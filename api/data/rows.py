"""Reading: a parsed query meets the catalogue and becomes the SQL of its rows.

What is embedded is joined laterally, and the members of a row's object are put together last, in
one more lateral `select`:

    select o as item from relation as a
    left join lateral (select …, true as found) as a0 on true
    cross join lateral (select a.id as "id", a0.item as "other") as o
    where … order by … limit …
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.data.catalogue import Catalogue, Relation, Relationship
from api.data.errors import too_much
from api.data.fragment import Fragment, identifier, join, parameter
from api.data.limits import Limits
from api.data.params import Page, Query
from api.data.scope import FOUND, Scope
from api.data.selection import Embed, Field, Path, Star

ITEM = '"@item"'  # the object that a row becomes; no column is called that
# What is embedded in a row, joined to it, and whether the number of rows may depend on it.
Joined = tuple[Fragment, bool]


@dataclass(frozen=True, slots=True)
class Rows:
    """The SQL of some rows, in pieces that are written for one alias."""

    alias: str
    outputs: Mapping[str, Fragment] | None = None  # members of an object; None: plain values
    joined: tuple[Joined, ...] = ()
    where: tuple[Fragment, ...] = ()
    order: tuple[Fragment, ...] = ()
    page: Page = field(default_factory=Page)

    @property
    def item(self) -> str:
        """The object that a row becomes, or the plain value that a function gave."""
        return f'"{self.alias}".{ITEM}' if self.outputs is None else f'"{self.alias}o"'

    def select(self, source: Fragment, columns: Sequence[Fragment | str]) -> Fragment:
        """The rows of the page: some columns of each, from a source under the alias."""
        text = "select " + join(", ", columns) + self.clauses(source)
        if self.order:
            text += " order by " + join(", ", self.order)
        # The size of a page is ours and part of the shape, so that it is planned for.
        text += "" if self.page.limit is None else f" limit {self.page.limit:d}"
        return text + " offset " + parameter(self.page.offset) if self.page.offset else text

    def clauses(self, source: Fragment, *, counting: bool = False) -> Fragment:
        """From `from` to `where`; for counting without what is in the rows."""
        text = " from " + source
        for joined, counts in self.joined:
            text += joined if counts or not counting else ""
        if self.outputs is not None and not counting:
            members = (shown + " as " + identifier(label) for label, shown in self.outputs.items())
            text += " cross join lateral (select " + join(", ", members) + f') as "{self.alias}o"'
        return text + " where " + join(" and ", self.where) if self.where else text


class Reader:
    """Reads the relations of a catalogue, within limits."""

    def __init__(self, catalogue: Catalogue, limits: Limits) -> None:
        self.catalogue = catalogue
        self.limits = limits
        self._columns = 0  # that are selected so far

    def rows(
        self, relation: Relation, alias: str, query: Query, ties: Sequence[Fragment] = ()
    ) -> Rows:
        """The rows of a relation that a query asks for.

        Args:
            relation: to be read.
            alias: of its rows, without quotes.
            query: about it, and about what is embedded in it.
            ties: conditions that tie the rows to those that they are embedded in.

        Raises:
            DataError: a name is unknown, relations are not related.
        """
        embeds = [embed for embed, _ in query.embedded]
        scope = Scope(self.catalogue, relation, alias, embeds)
        where = [scope.condition(said) for said in query.filters]
        order = [scope.ordering(term) for term in query.order]
        joined: list[Joined] = []
        outputs: dict[str, Fragment] = {}
        embedded = enumerate(query.embedded)
        for item in query.items:
            if isinstance(item, Star):
                for column in relation.columns.values():
                    outputs[column.name] = scope.value(Path(column.name), output=True)
            elif isinstance(item, Field):
                outputs[item.alias or item.path.label] = scope.field(item)
            else:
                number, (_, part) = next(embedded)
                one, shown = self._embedded(scope, item, number, part)
                outputs |= shown
                if item.inner or number in scope.tested or number in scope.sorting or shown:
                    joined.append(one)
        self._columns += len(outputs)
        if self._columns > self.limits.select_items:
            raise too_much("columns in select", self.limits.select_items)
        page = Page(self.bounded(query.page.limit), query.page.offset)
        return Rows(alias, outputs, tuple(joined), (*ties, *where), tuple(order), page)

    def bounded(self, limit: int | None) -> int | None:
        """A number of rows, no larger than a page may be."""
        most = self.limits.largest_page
        return limit if most is None else min(most, most if limit is None else limit)

    def _embedded(
        self, scope: Scope, embed: Embed, number: int, query: Query
    ) -> tuple[Joined, dict[str, Fragment]]:
        """What joins an embedded relation to a row, and the members that the row gets of it."""
        way, name, alias = scope.ways[number], f"{scope.alias}{number}", f"{scope.alias}{number}_"
        target = self.catalogue.relations[way.target]
        source, ties = _source(way, scope, alias)
        rows = self.rows(target, alias, query, ties)
        labels = list(rows.outputs or ())
        columns: list[Fragment | str] = [f"{rows.item} as {ITEM}"]
        if embed.spread:
            columns = [identifier(f"{alias}o", one) + " as " + identifier(one) for one in labels]
        elif way.is_to_one:
            columns = [f"row_to_json({rows.item}) as {ITEM}"]
        sorting = scope.sorting.get(number, ())
        sql = rows.select(source, [*columns, f"true as {FOUND}", *sorting])
        if not way.is_to_one:
            listed = map(identifier, labels) if embed.spread else [Fragment(ITEM)]
            lists = ["coalesce(json_agg(" + one + "), '[]') as " + one for one in listed]
            selected = join(", ", [*lists, f"count(*) > 0 as {FOUND}"])
            sql = "select " + selected + " from (" + sql + ') as "@rows"'
        condition = f'"{name}".{FOUND}' if embed.inner else "true"
        sql = f" {'inner' if embed.inner else 'left'} join lateral (" + sql
        one = sql + f') as "{name}" on {condition}', embed.inner or number in scope.tested
        if embed.spread:
            return one, {label: identifier(name, label) for label in labels}
        # What selects nothing is there for its filters alone.
        return one, {embed.label: Fragment(f'"{name}".{ITEM}')} if labels else {}


def _source(way: Relationship, scope: Scope, alias: str) -> tuple[Fragment, list[Fragment]]:
    """What embedded rows are read from, and how they are tied to their parent."""
    parent = scope.alias
    if way.function:
        return identifier(*way.function) + "(" + scope.row + f') as "{alias}"', []
    source = identifier(*way.target) + f' as "{alias}"'
    if way.junction is None:
        return source, _equal(alias, way.target_columns, parent, way.columns)
    middle = f"{alias}j"
    source += ", " + identifier(*way.junction.name) + f' as "{middle}"'
    ours = _equal(middle, way.junction.columns, parent, way.columns)
    return source, ours + _equal(alias, way.target_columns, middle, way.junction.target_columns)


def _equal(
    alias: str, columns: Sequence[str], other: str, other_columns: Sequence[str]
) -> list[Fragment]:
    pairs = zip(columns, other_columns, strict=True)
    return [identifier(alias, one) + " = " + identifier(other, two) for one, two in pairs]
