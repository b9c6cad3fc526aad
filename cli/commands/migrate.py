"""`tekana migrate`: the schema of a database, forward and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.migrations import MigrationError, runner
from cli.servers.postgres import PostgresServer
from config.settings import SettingsError, load_settings

app = typer.Typer(
    help="The schema of a database: see it, deploy it, revert it, verify it.",
    no_args_is_help=True,
)
output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Url = Annotated[
    str | None,
    typer.Option(
        help="postgresql://… of the database. Default: TEKANA_DATABASE_URL, else the embedded "
        "server of the data directory, if it runs."
    ),
]
To = Annotated[str | None, typer.Option(help="A change's name, or a @tag.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

EMBEDDED_DATABASE = "tekana"  # which 'tekana up' makes in the embedded server

MARKS = {
    "deployed": "[green]deployed[/]",
    "pending": "[yellow]pending[/]",
    "rewritten": "[red]rewritten since[/]",
    "unknown": "[red]not in the plan[/]",
}


@app.command()
def status(url: Url = None) -> None:
    """List the changes and where each one stands."""
    with _sentences():
        changes = runner.status(_url(url))
    table = Table("change", "state", "tags", "deployed at", "by", box=None, pad_edge=False)
    for change in changes:
        at = f"{change.deployed_at:%Y-%m-%d %H:%M:%S %Z}" if change.deployed_at else ""
        tags = " ".join(change.tags)
        table.add_row(change.name, MARKS[change.state], tags, at, change.deployed_by or "")
    output.print(table)
    waiting = sum(change.state == "pending" for change in changes)
    output.print(f"{waiting} to deploy." if waiting else "Nothing to deploy.")


@app.command()
def deploy(url: Url = None, to: To = None) -> None:
    """Deploy and verify what is pending, all of it or up to a change."""
    with _sentences():
        done = runner.deploy(_url(url), to, report=_tell)
    output.print(f"{len(done)} deployed." if done else "Nothing to deploy.")


@app.command()
def revert(url: Url = None, to: To = None, yes: Yes = False) -> None:
    """Revert the changes after one that stays, or all of them. Data in them is lost."""
    extent = f"every change after {to}" if to else "every change, and with them all data"
    if not yes and not typer.confirm(f"Revert {extent}?"):
        raise typer.Exit(1)
    with _sentences():
        done = runner.revert(_url(url), to, report=_tell)
    output.print(f"{len(done)} reverted." if done else "Nothing to revert.")


@app.command()
def verify(url: Url = None) -> None:
    """Check each deployed change with its verify script."""
    with _sentences():
        verdicts = runner.verify(_url(url))
    table = Table("change", "verified", box=None, pad_edge=False)
    for verdict in verdicts:
        table.add_row(verdict.name, escape(verdict.problem) if verdict.problem else "[green]ok[/]")
    output.print(table if verdicts else "Nothing is deployed.")
    failed = [verdict.name for verdict in verdicts if verdict.problem]
    if failed:
        errors.print(f"{len(failed)} of {len(verdicts)} changes are not as they were deployed.")
        raise typer.Exit(1)


@contextmanager
def _sentences() -> Iterator[None]:
    """Say in a sentence what went wrong, and end with exit code 1."""
    try:
        yield
    except (MigrationError, SettingsError) as error:
        errors.print(f"[red]Error:[/] {escape(str(error))}")
        raise typer.Exit(1) from None


def _tell(event: str, change: str) -> None:
    mark = {"deployed": "[green]+[/]", "reverted": "[yellow]-[/]"}[event]
    output.print(f"{mark} {escape(change)}")


def _url(given: str | None) -> str:
    """The database that is meant."""
    settings = load_settings()
    url = given or settings.database_url
    if url is None:
        embedded = PostgresServer(settings.data_dir / "postgres")
        if not (embedded.socket_directory / ".s.PGSQL.5432").exists():
            raise MigrationError(
                "no database is named and the embedded one does not run: give --url, set "
                "TEKANA_DATABASE_URL, or start 'tekana up' first"
            )
        url = embedded.url(EMBEDDED_DATABASE)
    return url
