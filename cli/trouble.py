"""What goes wrong in the world rather than in the program, in words for who gave the command."""

import psycopg


class Trouble(RuntimeError):  # noqa: N818 - no fault of the program's
    """A command cannot do what it was asked; the message says why and what to do about it."""


def describe(error: psycopg.Error) -> str:
    """An error of PostgreSQL's in one line, with the place in the script where there is one."""
    primary = error.diag.message_primary or str(error).strip().partition("\n")[0]
    details = [text for text in (error.diag.message_detail, error.diag.message_hint) if text]
    places = getattr(error, "__notes__", [])
    return " / ".join([primary, *details]) + (f" ({'; '.join(places)})" if places else "")
