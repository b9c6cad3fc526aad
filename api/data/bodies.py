"""Reading the body of a call: what is ambiguous or cannot be kept is refused, not guessed."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from api.data.errors import DataError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
# Bodies that are one value as they are, and the types that they are values of.
WHOLE: Mapping[str, tuple[str, ...]] = {
    JSON: ("json", "jsonb"),
    "text/plain": ("text",),
    "text/xml": ("xml",),
    "application/octet-stream": ("bytea",),
}


def content_type(header: str | None, body: bytes) -> str:
    """The media type of a body, without its parameters.

    Raises:
        DataError: PGRST102, it is none that can be read.
    """
    name = (header or JSON).partition(";")[0].strip().lower()
    if name == FORM and body.lstrip()[:1] in {b"{", b"["}:
        name = JSON  # `curl -d` calls whatever it sends a form
    if name == FORM or name in WHOLE:
        return name
    raise bad_body("the body cannot be read", f"Content-Type not acceptable: {name[:100]}")


def bad_body(details: str, message: str = "The body is not valid") -> DataError:
    """A body that cannot be read, or an argument that does not fit."""
    return DataError(400, "PGRST102", message, details)


def read_text(body: bytes) -> str:
    """A body that is text.

    Raises:
        DataError: PGRST102, it is not UTF-8.
    """
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise bad_body("it is not UTF-8") from None


def read_json(text: str) -> Any:
    """What a JSON text says, its numbers as texts: PostgreSQL is who reads them.

    Raises:
        DataError: PGRST102, it is not JSON, or an object has two members of one name.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=str,
            parse_int=str,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise bad_body("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise bad_body(f"{error.msg} at line {error.lineno}, column {error.colno}") from None


def read_form(text: str) -> list[tuple[str, str]]:
    """The pairs of a form.

    Raises:
        DataError: PGRST102, it is not UTF-8.
    """
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise bad_body("it is not UTF-8") from None


def _refuse_constant(name: str) -> Any:
    raise bad_body(f"{name} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        # Nothing odd in ASCII.
        twice = [json.dumps(name)[1:-1][:100] for name, number in times.items() if number > 1]
        raise bad_body("\n".join(f"{name}: is given more than once" for name in twice))
    return found
