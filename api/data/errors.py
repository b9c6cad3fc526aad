"""The one error of this package: an HTTP status and PostgREST's four fields."""

from collections.abc import Iterable
from difflib import get_close_matches


class DataError(Exception):
    """A request that cannot be answered, with what to tell the client.

    Codes and statuses are PostgREST's: https://docs.postgrest.org/en/v12/references/errors.html
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: str | None = None,
        hint: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        # Strings or null, never lists: clients of PostgREST expect exactly that.
        self.details = details
        self.hint = hint
        self.headers = headers or {}

    def body(self) -> dict[str, str | None]:
        """The JSON object that a client gets."""
        return {
            "code": self.code,
            "message": self.message,
            "details": self.details,
            "hint": self.hint,
        }


def bad_syntax(message: str, details: str | None = None, hint: str | None = None) -> DataError:
    """A query string that cannot be read, or asks for something this package cannot do."""
    return DataError(400, "PGRST100", message, details, hint)


def bad_range(details: str, headers: dict[str, str] | None = None) -> DataError:
    """A page that does not exist."""
    message = "Requested range not satisfiable"
    return DataError(416, "PGRST103", message, details, headers=headers)


def bad_body(details: str, message: str = "The body is not a valid JSON object") -> DataError:
    """A body that is not strict JSON, or an argument that does not fit; details name each."""
    return DataError(400, "PGRST102", message, details)


def not_a_single_object(rows: int) -> DataError:
    """The client wants exactly one object and there are none or more."""
    message = "Cannot coerce the result to a single JSON object"
    return DataError(406, "PGRST116", message, f"The result contains {rows} rows")


def perhaps(wanted: str, known: Iterable[str], prefix: str) -> str | None:
    """A hint "Perhaps you meant …" naming the known word nearest to the wanted one, if any is."""
    nearest = get_close_matches(wanted.lower(), list(known), n=1, cutoff=0.6)
    return f"Perhaps you meant {prefix} '{nearest[0]}'" if nearest else None
