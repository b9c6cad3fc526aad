"""Reading the dialect's small languages (select, order, filters) from left to right."""

import re
from collections.abc import Callable
from typing import TypeVar

from api.data.errors import DataError, bad_syntax

# A dash belongs to a name unless it begins a JSON arrow (-> or ->>).
NAME = re.compile(r"(?:[^\W]|[ $@/]|-(?!>))+")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# One value of a list: quoted, an array in braces (in filters of and/or), or up to what ends it.
QUOTED_VALUE = re.compile(QUOTED.pattern + r"(?=[ \t]*(?:[,)]|$))", re.DOTALL)
ARRAY_VALUE = re.compile(r"\{[^{}]*\}")
BARE_VALUE = re.compile(r"[^,)]*")
BLANKS = re.compile(r"[ \t]*")
ENDS = re.compile(r"[ \t)]*")
Item = TypeVar("Item")


class Scanner:
    """A position in a text, and the steps that the parsers take from it."""

    def __init__(self, text: str, parameter: str) -> None:
        self.text = text
        self.parameter = parameter
        self.position = 0

    def accept(self, *symbols: str) -> str | None:
        """Step over the first of the symbols that stands here, if one does."""
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                self.position += len(symbol)
                return symbol
        return None

    def expect(self, symbol: str) -> None:
        """Step over a symbol that must stand here, and blanks around it.

        Raises:
            DataError: PGRST100, something else does.
        """
        self.match(BLANKS)
        if self.accept(symbol) is None:
            raise self.error(f"expected '{symbol}'")
        self.match(BLANKS)

    def expect_end(self) -> None:
        """Nothing may be left, but for closing parentheses that nothing opened, as in PostgREST.

        Raises:
            DataError: PGRST100, something is.
        """
        self.match(ENDS)
        if self.position < len(self.text):
            raise self.error("expected the end")

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what a pattern matches here, if it does."""
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def name(self) -> str:
        """Step over a name, in double quotes when it holds symbols of the syntax.

        Raises:
            DataError: PGRST100, there is none here.
        """
        self.match(BLANKS)
        if quoted := self.match(QUOTED):
            return ESCAPED.sub(r"\1", quoted[1])
        name = self.match(NAME)
        if name is None or not name[0].strip():
            raise self.error("expected a name")
        return name[0].strip()

    def value(self, *, array: bool = False) -> str:
        """Step over one value of a list, in double quotes when it holds symbols of the syntax.

        Args:
            array: whether an array in braces is one value, whatever commas are in it.
        """
        if quoted := self.match(QUOTED_VALUE):
            return ESCAPED.sub(r"\1", quoted[1])
        found = self.match(ARRAY_VALUE) if array else None
        found = found or self.match(BARE_VALUE)
        return found[0] if found else ""

    def some(self, step: Callable[[], Item]) -> tuple[Item, ...]:
        """Take a step once, and again after each comma: what all of them gave."""
        found = [step()]
        while self.accept(","):
            found.append(step())
        return tuple(found)

    def enclosed(self, step: Callable[[], Item]) -> tuple[Item, ...]:
        """The same, in parentheses.

        Raises:
            DataError: PGRST100, there are none here.
        """
        self.expect("(")
        found = self.some(step)
        self.expect(")")
        return found

    def error(self, problem: str) -> DataError:
        """What is wrong at this position."""
        found = self.text[self.position : self.position + 20]
        what = f"unexpected '{found}'" if found else "unexpected end"
        message = f"Could not parse the '{self.parameter}' parameter"
        details = f"{what} at character {self.position + 1}, {problem}"
        return bad_syntax(message, details)


def read_whole(text: str, parameter: str, step: Callable[[Scanner], Item]) -> Item:
    """What a step makes of a text, which must leave nothing of it.

    Raises:
        DataError: PGRST100, something is left.
    """
    scanner = Scanner(text, parameter)
    found = step(scanner)
    scanner.expect_end()
    return found
