"""The one error of this package, and what PostgreSQL's errors become.

Codes, statuses and words are PostgREST's: https://docs.postgrest.org/en/v12/references/errors.html
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

Told = str | list[dict[str, str]] | None


@dataclass(eq=False)
class DataError(Exception):
    """A request that cannot be answered, with what to tell the client."""

    status: int
    code: str
    message: str
    details: Told = None
    hint: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message

    def body(self) -> dict[str, Told]:
        """The JSON object that a client gets."""
        return {name: getattr(self, name) for name in ("code", "message", "details", "hint")}


def bad_syntax(message: str, details: str | None = None) -> DataError:
    """A query string that cannot be read."""
    return DataError(400, "PGRST100", message, details)


def too_much(what: str, most: int) -> DataError:
    """More of something than one request may ask for."""
    return bad_syntax(f"Too many {what}", f"at most {most} are allowed")


def bad_range(details: str, **headers: str) -> DataError:
    """A page that does not exist."""
    message = "Requested range not satisfiable"
    return DataError(416, "PGRST103", message, details, headers=headers)


def not_found(
    status: int, code: str, what: str, meant: str | None, details: str | None = None
) -> DataError:
    """Something that the catalogue does not have, and what may have been meant."""
    hint = f"Perhaps you meant {meant}" if meant else None
    return DataError(status, code, f"Could not find {what} in the schema cache", details, hint)


def nearest(wanted: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """The known word that is most like the wanted one, if any is like it (0 to 1) at all."""
    found = get_close_matches(wanted, list(known), n=1, cutoff=likeness)
    return found[0] if found else None


# By SQLSTATE or its class; all others are 400. What PostgREST has as 500 and a client can bring
# about is a 4xx here (54: too complex), a 503 (40: try again) or a 504 (57014: it took too long).
# What exceeds a limit that an operator has set may be tried again too: 25P03 and 25P04 ended the
# connection, 55P03 is of something that was locked.
CODES_BY_STATUS = {
    400: "P0001",
    403: "0L 0P 28 42501",
    404: "42883 42P01",
    405: "25006",
    409: "23503 23505",
    500: "09 21000 25 2D 38 39 3B 42P17 53400 55 57 58 F0 HV P0 XX",
    503: "08 25P03 25P04 40 53 55P03 57P",
    504: "57014",
}
STATUSES = {code: status for status, codes in CODES_BY_STATUS.items() for code in codes.split()}


def status_of(sqlstate: str) -> int:
    """The HTTP status of a SQLSTATE; `PT…` carries its own."""
    if sqlstate.startswith("PT"):
        given = sqlstate[2:]
        return int(given) if given.isdecimal() and 200 <= int(given) <= 599 else 500
    told = (STATUSES.get(sqlstate[:length]) for length in (5, 3, 2))
    return next(filter(None, told), 400)


# A time whose offset was written with a bare `+` in a query string, where that means a space.
LOST_PLUS = re.compile(r":\d\d(\.\d+)? \d\d(:?\d\d)?\b")


def hint_of(sqlstate: str, message: str) -> str | None:
    """What to do about a value that PostgreSQL cannot read, where its message shows that."""
    if sqlstate == "22007" and LOST_PLUS.search(message):
        return "In a query string + means a space: write %2B, or the time in UTC with a Z."
    return None


def from_postgresql(
    sqlstate: str, message: str, details: str | None, hint: str | None, *, anonymous: bool = False
) -> DataError:
    """What to answer for an error of PostgreSQL.

    Args:
        sqlstate: its code; `PGRST` lets a function decide about the whole response.
        message: its primary message.
        details: its detail.
        hint: its hint.
        anonymous: whether nobody has signed in, who might be allowed more when they do.
    """
    if sqlstate == "PGRST":
        return _from_raise(message, details)
    status = status_of(sqlstate)
    no_such_role = sqlstate == "22023" and message.startswith("role ")
    if (sqlstate == "42501" and anonymous) or no_such_role:
        status = 401
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    hint = hint or hint_of(sqlstate, message)
    return DataError(status, sqlstate, message, details, hint, headers)


# RFC 9110, 5.1 and 5.5; those that say where a body ends are the server's.
HEADER_NAME = re.compile(r"(?!(?i:content-length|transfer-encoding)$)[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def can_be_sent(headers: Iterable[tuple[Any, Any]]) -> bool:
    """Whether these are names and values of headers."""
    return all(
        HEADER_NAME.fullmatch(name) and isinstance(value, str) and HEADER_VALUE.fullmatch(value)
        for name, value in headers
    )


def _from_raise(message: str, detail: str | None) -> DataError:
    """`raise sqlstate 'PGRST'`: the message is the body, the detail status and headers, as JSON."""
    body = _json_object(message, code=str, message=str)
    if body is None:
        wrong = f"Invalid JSON value for MESSAGE: '{message}'"
        return _bad_raise(wrong, "MESSAGE", "'code', 'message'", "keys: 'details', 'hint'.")
    response = _json_object(detail or "", status=int, headers=dict) or {"status": 0, "headers": {}}
    if not (100 <= response["status"] <= 599 and can_be_sent(response["headers"].items())):
        wrong = "DETAIL is missing in the RAISE statement"
        wrong = f"Invalid JSON value for DETAIL: '{detail}'" if detail else wrong
        return _bad_raise(wrong, "DETAIL", "'status', 'headers'", "key: 'status_text'.")
    told = (body.get("details"), body.get("hint"))
    return DataError(response["status"], body["code"], body["message"], *told, response["headers"])


def _bad_raise(details: str, what: str, needed: str, optional: str) -> DataError:
    message = "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error"
    hint = f"{what} must be a JSON object with obligatory keys: {needed} and optional {optional}"
    return DataError(500, "PGRST121", message, details, hint)


def _json_object(text: str, **needed: type) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    fits = isinstance(found, dict) and all(
        isinstance(found.get(key), kind) for key, kind in needed.items()
    )
    return found if fits else None
