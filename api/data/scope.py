"""What names mean where one relation is read, and the SQL that they become.

Names are the catalogue's; values are bound as text of unknown type: PostgreSQL gives each the type
of what it is compared with or passed to, so indexes serve, and a text that does not fit is an error
of class 22.
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from api.data.catalogue import Catalogue, Column, Kind, Name, Relation
from api.data.embedding import find_relationship
from api.data.errors import DataError
from api.data.filters import COMPARISONS, SEARCHES, TRUTHS, Comparison, Condition
from api.data.fragment import Fragment, identifier, join, literal, parameter
from api.data.params import OrderTerm, not_embedded
from api.data.selection import Embed, Field, Path

FOUND = '"@found"'  # of an embedded relation: whether there is any row; no column is called that


def value(
    column: Column,
    steps: tuple[tuple[str, str | int], ...],
    alias: str,
    cast: str | None = None,
    *,
    output: bool = False,
    row_type: Name | None = None,
) -> Fragment:
    """A value of a row: a column, or a place in its JSON.

    Args:
        column: of the row.
        steps: the way into its JSON.
        alias: the row's, without quotes.
        cast: a type, as SQL has it.
        output: whether it is to be shown, as its domain says.
        row_type: what the row must be cast to, to be passed to a function.
    """
    found = identifier(alias, column.name)
    if column.function:
        found = identifier(*column.function) + "(" + whole_row(alias, row_type) + ")"
    if steps and (column.type.kind is not Kind.JSON or column.type.is_array):
        found = "to_jsonb(" + found + ")"
    elif output and column.type.to_json and not steps:
        found = identifier(*column.type.to_json) + "(" + found + ")"
    for arrow, key in steps:
        found += f" {arrow} "
        found += f"({key:d})" if isinstance(key, int) else parameter(key)
    return "cast(" + found + f" as {cast})" if cast else found


def whole_row(alias: str, row_type: Name | None) -> Fragment:
    """A row as the argument of a function."""
    row = identifier(alias)
    return row + "::" + identifier(*row_type) if row_type else row


class Scope:
    """What names mean where one relation is read."""

    def __init__(
        self,
        catalogue: Catalogue,
        relation: Relation,
        alias: str,
        embeds: list[Embed],
        row_type: Name | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.relation = relation
        self.alias = alias
        self.row_type = row_type
        self.places = {embed.label: place for place, embed in reversed(list(enumerate(embeds)))}
        self.ways = [find_relationship(catalogue, relation, embed) for embed in embeds]
        self.tested: set[int] = set()  # embedded relations of which any row must be there, or none
        self.sorting: dict[int, list[Fragment]] = {}  # what is ordered by of embedded ones

    def field(self, item: Field) -> Fragment:
        """A value that is selected.

        Raises:
            DataError: PGRST204, there is no such column; 42704, no such type to cast to.
        """
        cast = item.cast
        if cast is not None:
            cast = self.catalogue.casts.get(cast.lower())
            if cast is None:
                raise DataError(400, "42704", f'type "{item.cast}" does not exist')
        return self.value(item.path, cast, output=True)

    def value(self, path: Path, cast: str | None = None, *, output: bool = False) -> Fragment:
        """A value of a row, see `value`.

        Raises:
            DataError: PGRST204, there is no such column.
        """
        column, row_type = self.relation.column(path.name), self.row_type
        return value(column, path.steps, self.alias, cast, output=output, row_type=row_type)

    def condition(self, said: Condition) -> Fragment:
        """A condition on a row."""
        if isinstance(said, Comparison):
            found = self._presence(said)
            if found is not None:
                return found
            found = self._test(said)
        else:
            found = join(f" {said.operator} ", map(self.condition, said.parts))
        if said.negated:
            return "not (" + found + ")"
        return found if isinstance(said, Comparison) else "(" + found + ")"

    def _presence(self, said: Comparison) -> Fragment | None:
        """A condition on an embedded relation: whether there is any row of it."""
        name, place = said.path.name, self.places.get(said.path.name)
        of_rows = said.operator == "is" and said.value in {"null", "not_null"}
        if place is None or said.path.steps or (name in self.relation.columns and not of_rows):
            return None
        if not of_rows:
            message = f"Bad operator on the '{name}' embedded resource"
            details = "Only is null or not is null filters are allowed on embedded resources"
            raise DataError(400, "PGRST120", message, details)
        self.tested.add(place)
        truth = "is true" if said.negated != (said.value == "not_null") else "is not true"
        return Fragment(f'"{self.alias}{place}".{FOUND} {truth}')

    def _test(self, said: Comparison) -> Fragment:
        column, operator = self.relation.column(said.path.name), said.operator
        found = self.value(said.path)
        if operator == "is":
            return found + f" {TRUTHS[str(said.value)]}"
        chosen = next((one for one in column.choices if one == said.value), None)
        operand = literal(chosen) if chosen is not None else parameter(said.value)
        if operator in SEARCHES:
            language = parameter(said.modifier) + "::regconfig, " if said.modifier else ""
            if column.type.name != "tsvector" or said.path.steps:
                found = "to_tsvector(" + language + found + ")"
            return found + f" @@ {SEARCHES[operator]}(" + language + operand + ")"
        from_text = column.type.from_text if not said.path.steps else None
        if operator == "in":
            if from_text:
                read = identifier(*from_text) + '("@text")'
                operand = (
                    "array(select " + read + " from unnest(" + operand + '::text[]) as "@text")'
                )
            return found + " = any(" + operand + ")"
        if from_text:
            operand = identifier(*from_text) + "(" + operand + ")"
        if said.modifier:
            operand = f"{said.modifier}(" + operand + ")"
        return found + f" {COMPARISONS[operator]} " + operand

    def ordering(self, term: OrderTerm) -> Fragment:
        """A term to order by.

        Raises:
            DataError: PGRST108, PGRST118: it is of something not embedded, or not to one row.
        """
        if term.relation is None:
            found = self.value(term.path)
        else:
            found = self._ordered_by_embedded(term.relation, term.path)
        found += " desc" if term.descending else ""
        return found + {None: "", True: " nulls first", False: " nulls last"}[term.nulls_first]

    def _ordered_by_embedded(self, name: str, path: Path) -> Fragment:
        place = self.places.get(name)
        if place is None:
            raise not_embedded(name)
        way = self.ways[place]
        if not way.is_to_one:
            message = f"A related order on '{name}' is not possible"
            names = f"'{self.relation.name}' and '{name}'"
            details = f"{names} do not form a many-to-one or one-to-one relationship"
            raise DataError(400, "PGRST118", message, details)
        column = self.catalogue.relations[way.target].column(path.name)
        columns = self.sorting.setdefault(place, [])
        label = f'"@order{len(columns)}"'
        columns.append(value(column, path.steps, f"{self.alias}{place}_") + f" as {label}")
        return Fragment(f'"{self.alias}{place}".{label}')
