"""Pieces of SQL that carry their parameters with them, so that the two never get out of step."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Fragment:
    """SQL text with psycopg's `%s` placeholders, and their values in the same order."""

    text: str = ""
    values: tuple[str | None, ...] = ()

    def __add__(self, other: "Fragment | str") -> "Fragment":
        if isinstance(other, str):
            return Fragment(self.text + other, self.values)
        return Fragment(self.text + other.text, self.values + other.values)

    def __radd__(self, other: str) -> "Fragment":
        return Fragment(other + self.text, self.values)


def parameter(value: str | int | None) -> Fragment:
    """A value from the client: bound as text of unknown type, never written into the SQL."""
    return Fragment("%s", (None if value is None else str(value),))


@lru_cache(maxsize=4096)
def identifier(name: str) -> Fragment:
    """A name from the catalogue, quoted for PostgreSQL and with psycopg's % doubled."""
    return Fragment('"' + name.replace('"', '""').replace("%", "%%") + '"')


def join(separator: str, fragments: Iterable[Fragment]) -> Fragment:
    """The fragments with a separator between them."""
    parts = tuple(fragments)
    text = separator.join(part.text for part in parts)
    return Fragment(text, tuple(value for part in parts for value in part.values))
