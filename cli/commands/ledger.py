"""`tekana ledger`: whether the books are right."""

import re
from pathlib import Path
from time import monotonic, sleep
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.markup import escape

from cli.commands.database import Row, Url, administrator_connection
from config.queries import load_queries

QUERIES = load_queries(Path(__file__).parent / "ledger_queries.sql")
# How long to wait for what is being posted when a proof begins. Posting takes milliseconds: what
# takes longer makes the next proof read a little more, and nothing wrong.
PATIENCE_SECONDS = 5.0

app = typer.Typer(help="Check the ledger.", no_args_is_help=True)
output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def _as_hash(given: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", given.strip()):
        raise typer.BadParameter("a hash has 64 hexadecimal digits, as 'ledger verify' prints it")
    return given.strip()


@app.command()
def check(
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Check the whole ledger, not only what came after the last proof."
        ),
    ] = False,
    url: Url = None,
) -> None:
    """Prove that no money was created or lost since the last proof. Money may move meanwhile.

    If something is wrong, lists up to a hundred findings for each rule; the exit code is 1.
    """
    started = monotonic()
    with administrator_connection(url) as connection:
        connection.autocommit = True
        _advance_horizon(connection)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            # Before the first statement that reads, which is when the snapshot is taken.
            connection.execute(QUERIES["wait_for_other_proofs"])
            violations = _ask(connection, "prove_ledger", {"is_full": full})
            proofs = _ask(connection, "last_proof")
    seconds = monotonic() - started

    if violations:
        for wrong in violations:
            told = escape(f"{wrong['subject']}: {wrong['finding']}")
            output.print(f"[red]{wrong['rule']}[/] {told}")
        found = _count(len(violations), "finding")
        errors.print(f"The ledger is not right: {found}, in {seconds:.1f} s.")
        raise typer.Exit(1)
    (proof,) = proofs
    since = (
        f"after place {proof['since']}, where the last proof ended"
        if proof["since"]
        else "from the beginning"
    )
    output.print(
        f"The ledger is right: {_count(proof['wallets'], 'wallet')}, "
        f"{_count(proof['transactions'], 'transaction')} {since}, in {seconds:.1f} s."
    )
    output.print(f"Proved up to place {proof['horizon']}: the next check starts there.")


@app.command()
def verify(
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            parser=_as_hash,
            help="Hash of a block, from an earlier run or the worker's log, that the chain must "
            "contain. Without it, a chain that was rewritten as a whole looks right.",
        ),
    ] = None,
    url: Url = None,
) -> None:
    """Recompute the seals: prove that no sealed transaction was changed, deleted or inserted.

    If one was, names the first transaction that differs; the exit code is 1.
    """
    with administrator_connection(url) as connection:
        found = connection.execute(QUERIES["verify_ledger"], {"expected_hash": expect}).fetchone()
    assert found is not None
    records = _count(found["record_count"], "record")
    blocks = _count(found["block_count"], "block")
    if found["kind"]:
        errors.print(f"The ledger is not as it was sealed: {escape(found['problem'])}.")
        errors.print(f"Unchanged before that: {records} in {blocks}.")
        raise typer.Exit(1)
    output.print(
        f"The ledger is as it was sealed: {records} in {blocks}; "
        f"not sealed yet: {found['unsealed_count']:,}."
    )
    if found["last_hash"]:
        output.print(f"Hash of the last block, to keep elsewhere: {found['last_hash']}")


def _ask(connection: psycopg.Connection[Row], query: str, values: Row | None = None) -> list[Row]:
    return connection.execute(QUERIES[query], values).fetchall()


def _advance_horizon(connection: psycopg.Connection[Row]) -> None:
    drawn, deadline = _ask(connection, "last_place")[0]["place"], monotonic() + PATIENCE_SECONDS
    while _ask(connection, "advance_horizon")[0]["place"] < drawn and monotonic() < deadline:
        sleep(0.02)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
