"""Pieces of SQL that carry their parameters with them, so that the two never get out of step."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MARK = "\0"  # where a parameter goes; PostgreSQL has no such character in names or texts


@dataclass(frozen=True, slots=True)
class Fragment:
    """SQL text with a mark for each parameter, and the parameters in the same order."""

    text: str = ""
    values: tuple[Any, ...] = ()

    def __add__(self, other: "Fragment | str") -> "Fragment":
        if isinstance(other, str):
            return Fragment(self.text + other, self.values)
        return Fragment(self.text + other.text, self.values + other.values)

    def __radd__(self, other: str) -> "Fragment":
        return Fragment(other + self.text, self.values)

    def numbered(self) -> "Fragment":
        """With $1, $2, … for its marks, as PostgreSQL's own protocol has them: a statement."""
        first, *rest = self.text.split(MARK)
        text = first + "".join(f"${number}{text}" for number, text in enumerate(rest, 1))
        return Fragment(text, self.values)


NOTHING = Fragment()


def parameter(value: Any) -> Fragment:
    """A value from the client: bound as text of unknown type, never written into the SQL."""
    return Fragment(MARK, (value,))


def literal(text: str) -> Fragment:
    """A text from the catalogue, quoted for PostgreSQL."""
    return Fragment("'" + text.replace("'", "''") + "'")


@lru_cache(maxsize=8192)
def identifier(*names: str) -> Fragment:
    """A name from the catalogue, qualified when there are several, quoted for PostgreSQL."""
    return Fragment(".".join('"' + name.replace('"', '""') + '"' for name in names))


def join(separator: str, fragments: Iterable[Fragment | str]) -> Fragment:
    """The fragments with a separator between them."""
    parts = [Fragment(part) if isinstance(part, str) else part for part in fragments]
    text = separator.join(part.text for part in parts)
    return Fragment(text, tuple(value for part in parts for value in part.values))


def array_literal(values: Iterable[str | None]) -> str:
    """PostgreSQL's text form of an array of texts, every element quoted."""
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
