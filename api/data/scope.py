"""What names mean inside one node of a plan: columns, and what is embedded beside them."""

from dataclasses import replace
from typing import Any

from api.data.catalogue import Catalogue, Relation
from api.data.errors import DataError
from api.data.filters import Comparison, Operand
from api.data.filters import Condition as Said
from api.data.literals import array_literal, reader
from api.data.params import OrderTerm, not_embedded
from api.data.plan import Child, Condition, Group, Ordering, Output, Presence, Test, Value
from api.data.selection import Embed, Path, SelectItem, Star

# Operators that compare a value with one of its own type.
EXACT = {"eq", "neq", "gt", "gte", "lt", "lte", "isdistinct", "in"}


class Scope:
    """What names mean inside one node."""

    def __init__(
        self,
        relation: Relation,
        embeds: list[Embed],
        children: tuple[Child, ...],
        catalogue: Catalogue,
    ) -> None:
        self.relation = relation
        self.children = children
        self.catalogue = catalogue
        self.embeds = embeds
        self.places = {embed.label: place for place, embed in reversed(list(enumerate(embeds)))}

    def value(self, path: Path, cast: str | None = None) -> Value:
        """A value of this node's relation.

        Raises:
            DataError: PGRST204, there is no such column; 42704, no such type to cast to.
        """
        if cast is not None:
            known = self.catalogue.casts.get(cast.lower())
            if known is None:
                raise DataError(400, "42704", f'type "{cast}" does not exist')
            cast = known
        return Value(self.relation.column(path.name), path.steps, cast)

    def outputs(self, items: tuple[SelectItem, ...]) -> list[Output]:
        """The members that a row's object gets."""
        found: list[Output] = []
        numbers = iter(range(len(self.children)))
        for item in items:
            if isinstance(item, Star):
                columns = self.relation.columns.values()
                found += [Output(column.name, Value(column)) for column in columns]
            elif isinstance(item, Embed):
                found += self._embedded(item, next(numbers))
            else:
                value = self.value(item.path, item.cast)
                found.append(Output(item.alias or item.path.label, value))
        return found

    def _embedded(self, embed: Embed, number: int) -> list[Output]:
        child = self.children[number]
        if embed.spread:
            labels = [output.label for output in child.node.outputs]
            return [Output(label, None, number, label) for label in labels]
        # What selects nothing is there for its filters alone.
        return [Output(embed.label, None, number)] if child.node.outputs else []

    def condition(self, condition: Said) -> Condition:
        """A condition on a row."""
        if not isinstance(condition, Comparison):
            parts = tuple(self.condition(part) for part in condition.parts)
            return Group(condition.operator, parts, condition.negated)
        place = self.places.get(condition.path.name)
        of_rows = condition.operator == "is" and condition.value in {"null", "not_null"}
        own = condition.path.name in self.relation.columns and not of_rows
        if place is None or condition.path.steps or own:
            value = self.value(condition.path)
            return Test(value, replace(condition, value=_operand(condition, value)))
        if not of_rows:
            raise DataError(
                400,
                "PGRST120",
                f"Bad operator on the '{condition.path.name}' embedded resource",
                "Only is null or not is null filters are allowed on embedded resources",
            )
        return Presence(place, condition.negated != (condition.value == "not_null"))

    def ordering(self, term: OrderTerm) -> Ordering:
        """A term to order by.

        Raises:
            DataError: PGRST108, PGRST118: it is of something not embedded, or not to one row.
        """
        if term.relation is None:
            return Ordering(self.value(term.path), term.descending, term.nulls_first)
        place = self.places.get(term.relation)
        if place is None:
            raise not_embedded(term.relation)
        way = self.children[place].relationship
        if not way.is_to_one:
            names = f"'{self.relation.name}' and '{term.relation}'"
            raise DataError(
                400,
                "PGRST118",
                f"A related order on '{term.relation}' is not possible",
                f"{names} do not form a many-to-one or one-to-one relationship",
            )
        target = self.catalogue.relations[way.target]
        value = Value(target.column(term.path.name), term.path.steps)
        return Ordering(value, term.descending, term.nulls_first, place)


def _operand(comparison: Comparison, value: Value) -> str | Operand:
    """What a value is compared with: a text that fits its type, or where there will be one."""
    exact = comparison.operator in EXACT and not value.steps and comparison.modifier is None
    given, is_list = comparison.value, comparison.operator == "in"
    nested = not isinstance(given, Operand)
    check = reader(value.column.type, blanks=nested or is_list) if exact else str

    def finish(given: Any) -> str:
        return array_literal(map(check, given)) if is_list else check(given)

    if isinstance(given, Operand):
        return Operand(given.place, lambda text: finish(given.read(text)))
    return finish(given)
