"""`tekana staff`: members of staff, made by whoever administers the database."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from argon2 import PasswordHasher

from cli.commands.database import administrator_url
from config.queries import load_queries

QUERIES = load_queries(Path(__file__).parent / "queries.sql")
SHORTEST_PASSWORD = 8
app = typer.Typer(help="Members of staff.", no_args_is_help=True)


class Role(StrEnum):
    """What a member of staff may be."""

    STAFF = "staff"
    ADMIN = "admin"


class StaffError(RuntimeError):
    """A member of staff cannot be made; the message says why."""


@app.callback()
def staff() -> None:
    """Members of staff."""  # typer needs it while there is one command only


@app.command()
def create(
    email: Annotated[str, typer.Option(help="Email address to sign in with.")],
    phone_number: Annotated[str, typer.Option(help="E.164: where one-time passwords go.")],
    role: Annotated[Role, typer.Option(help="What they may be.")] = Role.STAFF,
    url: Annotated[str | None, typer.Option(help="Database, if not the usual one.")] = None,
) -> None:
    """Make a member of staff who can sign in. The password is read from standard input."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < SHORTEST_PASSWORD:
        raise StaffError(f"the password is shorter than {SHORTEST_PASSWORD} characters")
    password_hash = PasswordHasher(2, 19 * 1024, 1).hash(password)
    try:
        with psycopg.connect(administrator_url(url), connect_timeout=5) as connection:
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
        raise StaffError(f"somebody has this {field} already") from None
    except psycopg.Error as error:
        if error.sqlstate != "INVAL":
            raise
        raise StaffError("; ".join((error.diag.message_detail or "").splitlines())) from None
    assert row is not None
    typer.echo(f"{role} {row[0]} made: they sign in as {email.strip().lower()}")
