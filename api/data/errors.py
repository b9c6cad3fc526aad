"""The one error of this package, and what PostgreSQL's errors become.

Codes, statuses and words are PostgREST's: https://docs.postgrest.org/en/v12/references/errors.html
"""

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

Told = str | list[dict[str, str]] | None


class DataError(Exception):
    """A request that cannot be answered, with what to tell the client."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Told = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Told]:
        """The JSON object that a client gets."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "hint": self.hint,
        }


def bad_syntax(message: str, details: str | None = None, hint: str | None = None) -> DataError:
    """A query string that cannot be read."""
    return DataError(400, "PGRST100", message, details, hint)


def too_much(what: str, most: int) -> DataError:
    """More of something than one request may ask for."""
    return bad_syntax(f"Too many {what}", f"at most {most} are allowed")


def bad_range(details: str, headers: dict[str, str] | None = None) -> DataError:
    """A page that does not exist."""
    message = "Requested range not satisfiable"
    return DataError(416, "PGRST103", message, details, headers=headers)


def not_a_single_object(rows: int) -> DataError:
    """The client wants exactly one object and there are none or more."""
    message = "Cannot coerce the result to a single JSON object"
    return DataError(406, "PGRST116", message, f"The result contains {rows} rows")


def nearest(wanted: str, known: Iterable[str], likeness: float = 0.75) -> str | None:
    """The known word that is most like the wanted one, if any is like it (0 to 1) at all."""
    found = get_close_matches(wanted, list(known), n=1, cutoff=likeness)
    return found[0] if found else None


# By SQLSTATE or its class. What PostgREST has as 500 and a client can bring about is a 4xx here
# (54: too complex), a 503 (40: try again) or a 504 (57014: it took too long).
STATUSES: Mapping[str, int] = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "21000": 500,
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "25": 500,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 503,
    "42501": 403,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53400": 500,
    "53": 503,
    "54": 400,
    "55": 500,
    "57014": 504,
    "57P": 503,
    "57": 500,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0001": 400,
    "P0": 500,
    "XX": 500,
}


def status_of(sqlstate: str) -> int:
    """The HTTP status of a SQLSTATE; `PT…` carries its own."""
    if sqlstate.startswith("PT"):
        given = sqlstate[2:]
        return int(given) if given.isdecimal() and 200 <= int(given) <= 599 else 500
    for length in (5, 3, 2):
        if status := STATUSES.get(sqlstate[:length]):
            return status
    return 400


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
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return DataError(status, sqlstate, message, details, hint, headers)


def _from_raise(message: str, detail: str | None) -> DataError:
    """`raise sqlstate 'PGRST'`: the message is the body, the detail status and headers, as JSON."""
    body = _json_object(message, code=str, message=str)
    if body is None:
        wrong = f"Invalid JSON value for MESSAGE: '{message}'"
        return _bad_raise(wrong, "MESSAGE", "'code', 'message'", "keys: 'details', 'hint'.")
    response = _json_object(detail or "", status=int, headers=dict)
    if response is None or not 100 <= response["status"] <= 599:
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
