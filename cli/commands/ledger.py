"""`tekana ledger`: whether the books are right."""

from pathlib import Path
from time import monotonic, sleep
from typing import Annotated, Any

import psycopg
import typer
from psycopg.rows import dict_row
from rich.console import Console
from rich.markup import escape

from cli.commands.database import administrator_url
from config.queries import load_queries

QUERIES = load_queries(Path(__file__).parent / "ledger_queries.sql")
# How long to wait for what is being posted when a proof begins. Posting takes milliseconds: what
# takes longer makes the next proof read a little more, and nothing wrong.
PATIENCE = 5.0
Row = dict[str, Any]

app = typer.Typer(help="The ledger: whether it is right.", no_args_is_help=True)
output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


@app.callback()
def ledger() -> None:
    """The ledger: whether it is right."""  # typer needs it while there is one command only


@app.command()
def check(
    full: Annotated[
        bool, typer.Option("--full", help="Prove all again, not only what came since.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option(
            help="postgresql://… of the database. Default: TEKANA_DATABASE_URL, else the embedded "
            "server of the data directory, if it runs."
        ),
    ] = None,
) -> None:
    """Prove that no money was made or lost, from the last proof on; money may move meanwhile.

    Exit code 1 when something is wrong: what is found is listed, of each rule the first hundred.
    """
    started = monotonic()
    with psycopg.connect(
        administrator_url(url), connect_timeout=5, autocommit=True, row_factory=dict_row
    ) as connection:
        values = {"is_full": full} | _ask(connection, "begin_proof")[0]
        _wait_until_settled(connection, values)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            # Before the first statement that reads, which is when the snapshot is taken.
            connection.execute(QUERIES["wait_for_other_proofs"])
            _ask(connection, "use_memory")
            violations = _ask(connection, "prove_ledger", values)
        proof = _ask(connection, "find_proof", values)[0]
    seconds = monotonic() - started

    if violations:
        for wrong in violations:
            told = escape(f"{wrong['subject']}: {wrong['finding']}")
            output.print(f"[red]{wrong['rule']}[/] {told}")
        found = _count(len(violations), "finding")
        errors.print(f"The ledger is not right: {found}, in {seconds:.1f} s.")
        raise typer.Exit(1)
    since = (
        f"after place {proof['since']}, where the last proof ended"
        if proof["since"]
        else "from nothing"
    )
    output.print(
        f"The ledger is right: {_count(proof['wallets'], 'wallet')}, "
        f"{_count(proof['transactions'], 'transaction')} {since}, in {seconds:.1f} s."
    )
    output.print(f"Proved up to place {proof['horizon']}: the next check starts there.")


def _ask(connection: psycopg.Connection[Row], query: str, values: Row | None = None) -> list[Row]:
    return connection.execute(QUERIES[query], values).fetchall()


def _wait_until_settled(connection: psycopg.Connection[Row], values: Row) -> None:
    deadline = monotonic() + PATIENCE
    while not _ask(connection, "is_settled", values)[0]["settled"] and monotonic() < deadline:
        sleep(0.02)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
