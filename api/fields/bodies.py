"""Strict reading of JSON bodies: what is ambiguous or cannot be kept is refused, not guessed."""

import json
from collections import Counter
from decimal import Decimal
from typing import Any

from api.data.bodies import bad_body
from api.data.errors import DataError

DEEPEST_JSON = 32  # levels of arrays and objects in a body
LONGEST_NUMBER = 30  # digits
LARGEST_EXPONENT = 60  # of a number written as 1e5: no more digits than these after spelling out


def bad_fields(problems: list[str]) -> DataError:
    """The error for fields that are wrong, each told as `field: what is wrong`."""
    return DataError(400, "INVAL", "some fields are not as they must be", "\n".join(problems))


class _Duplicates(list[str]):
    """Keys that came twice in one object, found while parsing."""


def parse_body(body: bytes) -> dict[str, Any]:
    """The JSON object in a body; an empty body is an empty object.

    Numbers with a fraction or exponent come as Decimal, never as float.

    Raises:
        DataError: 400. INVAL: `details` lists every field at fault as `field: what is wrong`, one
            on each line; PGRST102: it says what is wrong with the whole.
    """
    if not body.strip():
        return {}
    duplicates = _Duplicates()
    try:
        found = json.loads(
            body.decode(),
            object_pairs_hook=lambda pairs: _object(pairs, duplicates),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError:
        raise bad_body("it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise bad_body(f"{error.msg} at line {error.lineno}, column {error.colno}") from None
    if not isinstance(found, dict):
        raise bad_body("it must be an object: { … }")
    problems = [f"{key}: is given more than once" for key in duplicates]
    problems += [
        f"{_shown(key)}: {problem}"
        for key, value in found.items()
        for problem in _odd(key, value, 2)
    ]
    if problems:
        raise bad_fields(problems)
    return found


class _BadNumber(str):
    """A number that is not read, kept in its place until the field it is in is known."""

    __slots__ = ()


def _number(text: str) -> int | Decimal | str:
    digits, _, exponent = text.lower().partition("e")
    # Lengths first: Python refuses to read integers of more than some thousand digits.
    if len(digits.strip("-").replace(".", "")) > LONGEST_NUMBER:
        return _BadNumber(f"must have at most {LONGEST_NUMBER} digits")
    if exponent and (len(exponent) > LONGEST_NUMBER or abs(int(exponent)) > LARGEST_EXPONENT):
        return _BadNumber("is out of range")
    return int(text) if digits == text and "." not in text else Decimal(text)


def _refuse_constant(name: str) -> str:
    return _BadNumber(f"{name} is not a number in JSON")


def _object(pairs: list[tuple[str, Any]], duplicates: _Duplicates) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _ in pairs)
        duplicates += [_shown(key) for key, number in times.items() if number > 1]
    return found


def _too_deep() -> DataError:
    return bad_body(f"it is nested deeper than {DEEPEST_JSON} levels")


def _odd(key: str, value: Any, depth: int) -> list[str]:
    """What in a field, at any depth, PostgreSQL cannot keep.

    Args:
        key: the field's.
        value: the field's.
        depth: the level that an array or object here is of; the body itself is the first.
    """
    if depth > DEEPEST_JSON and isinstance(value, dict | list):
        raise _too_deep()
    if isinstance(value, _BadNumber):
        return [str(value)]
    problems = _odd_text(key)
    if isinstance(value, str):
        problems += _odd_text(value)
    elif isinstance(value, dict):
        for inner_key, inner in value.items():
            problems += _odd(inner_key, inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            problems += _odd("", inner, depth + 1)
    return problems[:1]


def _odd_text(text: str) -> list[str]:
    if "\0" in text:
        return ["contains a NUL character"]
    if any("\ud800" <= character <= "\udfff" for character in text):
        return ["contains half of a surrogate pair"]
    return []


def _shown(key: str) -> str:
    """A key as it can be told back."""
    return key.encode(errors="replace").decode().replace("\0", "")[:100]
