"""`tekana staff`: members of staff, made by whoever administers the database."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from cli.commands.database import Url, administrator_connection
from cli.trouble import Trouble
from config.queries import load_queries
from passwords.hasher import make_hash
from passwords.rule import LONGEST, password_problem

QUERIES = load_queries(Path(__file__).parent / "staff_queries.sql")
ANSWER_SECONDS = 30.0
app = typer.Typer(help="Manage members of staff.", no_args_is_help=True)


class Role(StrEnum):
    """What a member of staff may be."""

    STAFF = "staff"
    ADMIN = "admin"


@app.callback()
def staff() -> None:
    """Manage members of staff."""  # typer needs it while there is one command only


@app.command()
def create(
    email: Annotated[str, typer.Option(help="Email address for signing in.")],
    phone_number: Annotated[
        str, typer.Option(help="Phone number in E.164 format, for one-time passwords.")
    ],
    role: Annotated[Role, typer.Option(help="Role of the member of staff.")] = Role.STAFF,
    url: Url = None,
) -> None:
    """Create a member of staff who can sign in. Reads the password from standard input."""
    password = _read_password()
    if problem := password_problem(password):
        raise Trouble(f"the password {problem}")
    password_hash = make_hash(password)
    try:
        with administrator_connection(url, ANSWER_SECONDS) as connection:
            row = connection.execute(
                QUERIES["create_staff"],
                {
                    "email": email,
                    "phone_number": phone_number,
                    "password_hash": password_hash,
                    "role": role.name,
                },
            ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        field = "email" if "email" in (error.diag.constraint_name or "") else "phone_number"
        raise Trouble(f"another user already has this {field}") from None
    except psycopg.Error as error:
        if error.sqlstate != "INVAL":
            raise
        raise Trouble("; ".join((error.diag.message_detail or "").splitlines())) from None
    assert row is not None
    typer.echo(f"{role} {row['user_id']} created: sign in as {email.strip().lower()}")


def _read_password() -> str:
    if sys.stdin is None:
        raise Trouble("the password is read from standard input, but standard input is closed")
    try:
        if sys.stdin.isatty():
            return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
        # As bytes: the text of a system without a locale lets everything pass. At most 4 bytes
        # for a character, and some to see that it is too long.
        line = sys.stdin.buffer.readline(4 * LONGEST + 8)
        return line.rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise Trouble("the password is not valid UTF-8") from None
    except OSError as error:
        raise Trouble(
            f"the password cannot be read from standard input: {error.strerror}"
        ) from None
