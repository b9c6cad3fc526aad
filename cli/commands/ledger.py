"""`tekana ledger`: whether the books are right."""

import re
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from psycopg.rows import dict_row
from rich.console import Console
from rich.markup import escape

from cli.commands.database import administrator_url
from config.queries import load_queries

app = typer.Typer(help="The ledger: whether it is right.", no_args_is_help=True)
output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


@app.callback()
def ledger() -> None:
    """The ledger: whether it is right."""  # typer needs it while there is one command only


SEAL_QUERIES = load_queries(Path(__file__).parent / "seal_queries.sql")


def _as_hash(given: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", given.strip()):
        raise typer.BadParameter("a hash is 64 hexadecimal digits, as 'ledger verify' prints it")
    return given.strip().lower()


@app.command()
def verify(
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            parser=_as_hash,
            help="A hash that an earlier run, or the worker's log, has said: the chain must still "
            "hold it. Without it, a chain that was written anew as a whole looks right.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="postgresql://… of the database. Default: TEKANA_DATABASE_URL, else the embedded "
            "server of the data directory, if it runs."
        ),
    ] = None,
) -> None:
    """Recompute the seals over the ledger: nothing was changed, deleted or inserted since.

    Exit code 1 when something was: the first transaction that differs is named.
    """
    with psycopg.connect(
        administrator_url(url), connect_timeout=5, row_factory=dict_row
    ) as connection:
        connection.read_only = True
        found = connection.execute(
            SEAL_QUERIES["verify_ledger"], {"expected_hash": expect}
        ).fetchone()
    assert found is not None
    transactions = _count(found["transaction_count"], "transaction")
    blocks = _count(found["block_count"], "block")
    if found["kind"]:
        errors.print(f"The ledger is not as it was sealed: {escape(found['problem'])}.")
        errors.print(f"As they were, before that: {transactions} in {blocks}.")
        raise typer.Exit(1)
    output.print(
        f"The ledger is as it was sealed: {transactions} in {blocks}; "
        f"not sealed yet: {found['unsealed_count']:,}."
    )
    if found["last_hash"]:
        output.print(f"The last block's hash, to be kept elsewhere: {found['last_hash']}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
