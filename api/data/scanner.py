"""Reading the dialect's small languages (select, order, lists) from left to right."""

import re

from api.data.errors import DataError, bad_syntax

# A dash belongs to a name unless it begins a JSON arrow (-> or ->>).
NAME = re.compile(r"(?:[^\W]|[ $@/]|-(?!>))+")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
BARE_VALUE = re.compile(r"[^,()]*")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Scanner:
    """A position in a text, and the steps that the parsers take from it."""

    def __init__(self, text: str, parameter: str) -> None:
        self.text = text
        self.parameter = parameter
        self.position = 0

    @property
    def at_end(self) -> bool:
        """Whether all of the text is read."""
        return self.position == len(self.text)

    def accept(self, *symbols: str) -> str | None:
        """Step over the first of the symbols that stands here, if one does."""
        for symbol in symbols:
            if self.text.startswith(symbol, self.position):
                self.position += len(symbol)
                return symbol
        return None

    def expect(self, symbol: str) -> None:
        """Step over a symbol that must stand here.

        Raises:
            DataError: PGRST100, something else does.
        """
        if self.accept(symbol) is None:
            raise self.error(f"expected '{symbol}'")

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
        if quoted := self.match(QUOTED):
            return ESCAPED.sub(r"\1", quoted[1])
        name = self.match(NAME)
        if name is None or not name[0].strip():
            raise self.error("expected a name")
        return name[0].strip()

    def value(self) -> str:
        """Step over one value of a list, in double quotes when it holds symbols of the syntax."""
        if quoted := self.match(QUOTED):
            return ESCAPED.sub(r"\1", quoted[1])
        bare = self.match(BARE_VALUE)
        return bare[0] if bare else ""

    def error(self, problem: str) -> DataError:
        """What is wrong at this position."""
        found = self.text[self.position : self.position + 20]
        what = f"unexpected '{found}'" if found else "unexpected end"
        message = f"Could not parse the '{self.parameter}' parameter"
        details = f"{what} at character {self.position + 1}, {problem}"
        return bad_syntax(message, details)
