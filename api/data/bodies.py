"""Reading the body of a call: what is ambiguous or cannot be kept is refused, not guessed."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from api.data.errors import DataError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MOST_SHOWN, LONGEST_SHOWN = 20, 100  # names that a client made up, and characters of each
MOST_PAIRS = 1_000  # of a form
Number = bytes  # a number of a JSON text, as it is written there: nothing else in it is bytes
# Bodies that are one value as they are, and what they are values of.
WHOLE = {"text/plain": "text", "text/xml": "xml", "application/octet-stream": "bytea"}


def content_type(header: str | None, body: bytes) -> str:
    """The media type of a body, without its parameters.

    Raises:
        DataError: PGRST102, it is none that can be read.
    """
    name = (header or JSON).partition(";")[0].strip().lower()
    if name == FORM and body.lstrip()[:1] in {b"{", b"["}:
        name = JSON  # `curl -d` calls whatever it sends a form
    if name in {JSON, FORM, *WHOLE}:
        return name
    raise bad_body("the body cannot be read", f"Content-Type not acceptable: {name[:100]}")


def bad_body(details: str, message: str = "The body is not valid") -> DataError:
    """A body that cannot be read, or an argument that does not fit."""
    return DataError(400, "PGRST102", message, details)


def not_an_object() -> DataError:
    """A body of JSON that has no members."""
    return bad_body("it must be an object: { … }")


def read_text(body: bytes) -> str:
    """A body that is text.

    Raises:
        DataError: PGRST102, it is not UTF-8.
    """
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise bad_body("it is not UTF-8") from None


def _refuse(problem: str, name: str | None = None) -> NoReturn:
    raise bad_body(problem if name is None else f"{shown(name)}: {problem}")


def read_json(text: str, unreadable: Callable[..., Any] = _refuse) -> Any:
    """What a JSON text says, its numbers as `Number`: PostgreSQL is who reads them.

    Args:
        text: any.
        unreadable: takes what is wrong with a value, and its name if that is given more than once;
            what it returns is put in the value's place.

    Raises:
        DataError: PGRST102, it is not JSON; and, unless told otherwise, something is unreadable.
    """

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(map(itemgetter(0), pairs))
            for name in times - Counter(found.keys()):
                found[name] = unreadable("is given more than once", name)
        return found

    try:
        return json.loads(
            text,
            object_pairs_hook=read_object,
            parse_float=str.encode,
            parse_int=str.encode,
            # There are three of them, and there may be a million in a body.
            parse_constant=cache(lambda name: unreadable(f"{name} is not a number in JSON")),
        )
    except RecursionError:
        raise bad_body("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"at line {error.lineno}, column {error.colno}"
        raise bad_body(f"it must be JSON: {error.msg.removesuffix(' at')} {where}") from None


def shown(name: str) -> str:
    """A name that a client made up, as it can be told back: short, and on one line."""
    escaped = json.dumps(name[:LONGEST_SHOWN], ensure_ascii=False)[1:-1]
    return escaped.encode(errors="backslashreplace").decode()


def some_shown(names: Sequence[str]) -> tuple[list[str], int]:
    """The first of the names that a client made up, as they can be told, and how many more."""
    return [shown(name) for name in names[:MOST_SHOWN]], max(len(names) - MOST_SHOWN, 0)


def read_form(text: str) -> list[tuple[str, str]]:
    """The pairs of a form.

    Raises:
        DataError: PGRST102, it is not UTF-8, or has more of them than any function takes.
    """
    if text.count("&") >= MOST_PAIRS:
        raise bad_body(f"it is a form of more than {MOST_PAIRS:,} fields")
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise bad_body("it is not UTF-8") from None
