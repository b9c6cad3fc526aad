"""What names mean where one relation is read, and the SQL that they become.

Names are the catalogue's; values are bound as text of unknown type: PostgreSQL gives each the type
of what it is compared with or passed to, so indexes serve, and a text that does not fit is an error
of class 22.
"""

# ruff: noqa: S608 - what is put together here is fragments and aliases of our own

from collections.abc import Sequence

from api.data.catalogue import Catalogue, Kind, Relation, Relationship
from api.data.errors import DataError, nearest, not_found
from api.data.filters import COMPARISONS, PATTERNS, SEARCHES, TRUTHS, Comparison, Condition
from api.data.fragment import Fragment, identifier, join, literal, parameter
from api.data.params import OrderTerm, not_embedded
from api.data.selection import Embed, Field, Path

FOUND = '"@found"'  # of an embedded relation: whether there is any row; no column is called that


class Scope:
    """What names mean where one relation is read."""

    def __init__(
        self, catalogue: Catalogue, relation: Relation, alias: str, embeds: Sequence[Embed] = ()
    ) -> None:
        self.catalogue = catalogue
        self.relation = relation
        self.alias = alias
        # As the argument of a function: rows that another function gave have lost their type.
        self.row = identifier(alias) + "::" + identifier(relation.schema, relation.name)
        self.places = {embed.label: place for place, embed in reversed(list(enumerate(embeds)))}
        self.ways = [find_relationship(catalogue, relation, embed) for embed in embeds]
        self.tested: set[int] = set()  # embedded relations of which any row must be there, or none
        self.sorting: dict[int, list[Fragment]] = {}  # what is ordered by of embedded ones

    def field(self, item: Field) -> Fragment:
        """A value that is selected.

        Raises:
            DataError: PGRST204, there is no such column; 42704, no such type to cast to.
        """
        if item.cast is None:
            return self.value(item.path, output=True)
        sql_type = self.catalogue.casts.get(item.cast.lower())
        if sql_type is None:
            raise DataError(400, "42704", f'type "{item.cast}" does not exist')
        return "cast(" + self.value(item.path, output=True) + f" as {sql_type})"

    def value(self, path: Path, *, output: bool = False) -> Fragment:
        """A value of a row: a column, or a place in its JSON.

        Args:
            path: to the value.
            output: whether it is to be shown, as its domain says.

        Raises:
            DataError: PGRST204, there is no such column.
        """
        column = self.relation.column(path.name)
        found = identifier(self.alias, column.name)
        if column.function:
            found = identifier(*column.function) + "(" + self.row + ")"
        if path.steps and (column.type.kind is not Kind.JSON or column.type.is_array):
            found = "to_jsonb(" + found + ")"
        elif output and column.type.to_json and not path.steps:
            found = identifier(*column.type.to_json) + "(" + found + ")"
        for arrow, key in path.steps:
            found += f" {arrow} "
            found += f"({key:d})" if isinstance(key, int) else parameter(key)
        return found

    def condition(self, said: Condition) -> Fragment:
        """A condition on a row."""
        if not isinstance(said, Comparison):
            found = "(" + join(f" {said.operator} ", map(self.condition, said.parts)) + ")"
        elif presence := self._presence(said):
            return presence
        else:
            found = self._test(said)
        return "not (" + found + ")" if said.negated else found

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
            return found + f" is {TRUTHS[str(said.value)]}"
        chosen = next((one for one in column.choices if one == said.value), None)
        operand = literal(chosen) if chosen is not None else parameter(said.value)
        if operator in SEARCHES:
            language = parameter(said.modifier) + "::regconfig, " if said.modifier else ""
            if column.type.name != "tsvector" or said.path.steps:
                found = "to_tsvector(" + language + found + ")"
            return found + f" @@ {SEARCHES[operator]}_tsquery(" + language + operand + ")"
        several = "any" if operator == "in" else said.modifier
        # A pattern is no value of the domain.
        if column.type.from_text and not said.path.steps and operator not in PATTERNS:
            read = identifier(*column.type.from_text)
            if several:
                texts = "unnest(" + operand + '::text[]) as "@text"'
                operand = "array(select " + read + '("@text") from ' + texts + ")"
            else:
                operand = read + "(" + operand + ")"
        if several:
            operand = f"{several}(" + operand + ")"
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
        target = self.catalogue.relations[way.target]
        ordered_by = Scope(self.catalogue, target, f"{self.alias}{place}_").value(path)
        columns = self.sorting.setdefault(place, [])
        label = f'"@order{len(columns)}"'
        columns.append(ordered_by + f" as {label}")
        return Fragment(f'"{self.alias}{place}".{label}')


# https://docs.postgrest.org/en/v12/references/api/resource_embedding.html
def find_relationship(catalogue: Catalogue, relation: Relation, embed: Embed) -> Relationship:
    """The relationship by which a relation is embedded in another.

    Raises:
        DataError: PGRST200, there is none; PGRST201, there are several.
    """
    name = embed.relation if embed.hint is None else f"{embed.relation}!{embed.hint}"
    ways = relation.ways  # a function is the only one of its name: it needs no hint
    found = [way for way in ways if (embed.relation if way.function else name) in way.names]
    if len(found) == 1:
        return found[0]
    if found:
        raise _ambiguous(relation, embed, found)
    raise _unrelated(catalogue, relation, embed)


def _unrelated(catalogue: Catalogue, relation: Relation, embed: Embed) -> DataError:
    origin, wanted = relation.name, embed.relation
    using = f" using the hint '{embed.hint}'" if embed.hint else ""
    if relation.ways:
        mistaken, near = wanted, nearest(wanted, [way.target[1] for way in relation.ways], 0.6)
    else:
        others = catalogue.relations.values()
        parents = [one.name for one in others if one.ways and one.schema == relation.schema]
        mistaken, near = origin, nearest(origin, parents, 0.6)
    meant = f"'{near}' instead of '{mistaken}'." if near not in {None, mistaken} else None
    what = f"relationship between '{origin}' and '{wanted}'"
    details = f"Searched for a foreign key {what}{using} in the schema '{relation.schema}'"
    details += ", but no matches were found."
    return not_found(400, "PGRST200", f"a {what}", meant, details)


def _ambiguous(relation: Relation, embed: Embed, found: list[Relationship]) -> DataError:
    hints = ", ".join(f"'{way.choice}'" for way in found)
    message = "Could not embed because more than one relationship was found for "
    message += f"'{relation.name}' and '{embed.relation}'"
    hint = f"Try changing '{embed.relation}' to one of the following: {hints}. "
    hint += "Find the desired relationship in the 'details' key."
    return DataError(300, "PGRST201", message, [dict(way.told) for way in found], hint)
