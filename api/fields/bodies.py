"""Strict reading of JSON bodies: what is ambiguous or cannot be kept is refused, not guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.data.bodies import not_an_object, read_json, read_text

Problems = Mapping[str, str]  # by the name of a field, what is wrong with it


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where a value should be, so that it is told with whatever else is wrong."""

    problem: str


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, as `read_json` reads it; an empty body is an empty object.

    A member that is given more than once or is no JSON is `Unreadable`.

    Raises:
        DataError: 400 (PGRST102), it says what is wrong with the whole.
    """
    if not body.strip():
        return {}
    found = read_json(read_text(body), lambda problem, _name=None: Unreadable(problem))
    if not isinstance(found, dict):
        raise not_an_object()
    return found
