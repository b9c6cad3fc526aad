"""`tekana migrate`: the schema of a database, forward and back."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.commands.database import Url, administrator_url
from cli.migrations import runner
from cli.migrations.baseline import write_baseline
from cli.migrations.freeze import freeze as freeze_change
from cli.migrations.lock import write_lock

app = typer.Typer(
    help="Manage the schema of a database: status, deploy, revert, verify.",
    no_args_is_help=True,
)
output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

To = Annotated[str | None, typer.Option(help="Name of a change, or a @tag.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

MARKS = {
    "deployed": "[green]deployed[/]",
    "pending": "[yellow]pending[/]",
    "rewritten": "[red]rewritten since[/]",
    "unknown": "[red]not in the plan[/]",
}


@app.command()
def status(url: Url = None) -> None:
    """List the changes and the status of each."""
    changes = runner.status(administrator_url(url))
    table = Table("change", "state", "tags", "deployed at", "by", box=None, pad_edge=False)
    for change in changes:
        at = f"{change.deployed_at:%Y-%m-%d %H:%M:%S %Z}" if change.deployed_at else ""
        tags = " ".join(change.tags)
        table.add_row(change.name, MARKS[change.state], tags, at, change.deployed_by or "")
    output.print(table)
    wrong = sum(change.state in ("rewritten", "unknown") for change in changes)
    if wrong:
        subject = "change differs" if wrong == 1 else "changes differ"
        errors.print(
            f"{wrong} {subject} from what was deployed: "
            "see docs/migrations.md, 'When something fails'."
        )
        raise typer.Exit(1)
    waiting = sum(change.state == "pending" for change in changes)
    output.print(f"{waiting} to deploy." if waiting else "Nothing to deploy.")


@app.command()
def deploy(url: Url = None, to: To = None) -> None:
    """Deploy and verify all pending changes, or those up to a change (--to)."""
    done = runner.deploy(administrator_url(url), to, report=_tell)
    output.print(f"{len(done)} deployed." if done else "Nothing to deploy.")


@app.command()
def revert(url: Url = None, to: To = None, yes: Yes = False) -> None:
    """Revert all changes, or those after a change that stays (--to). Their data is lost."""
    extent = "all changes, which deletes all data" if to is None else f"every change after {to}"
    if not yes and not typer.confirm(f"Revert {extent}?"):
        raise typer.Exit(1)
    done = runner.revert(administrator_url(url), to, report=_tell)
    output.print(f"{len(done)} reverted." if done else "Nothing to revert.")


@app.command()
def verify(url: Url = None) -> None:
    """Check each deployed change with its verify script."""
    verdicts = runner.verify(administrator_url(url))
    table = Table("change", "verified", box=None, pad_edge=False)
    for verdict in verdicts:
        table.add_row(verdict.name, escape(verdict.problem) if verdict.problem else "[green]ok[/]")
    output.print(table if verdicts else "Nothing is deployed.")
    failed = [verdict.name for verdict in verdicts if verdict.problem]
    if failed:
        errors.print(f"{len(failed)} of {len(verdicts)} changes differ from what was deployed.")
        raise typer.Exit(1)


@app.command()
def freeze(
    change: Annotated[str, typer.Argument(help="Name of the change in the plan.")],
) -> None:
    """Copy db/ into the deploy script of a change, and what it replaces into its revert script."""
    by_hand = freeze_change(change)
    output.print(f"deploy/{change}.sql and revert/{change}.sql have new copies of db/.")
    for path in by_hand:
        output.print(f"{path} is new: drop what it creates in revert/{change}.sql.")


@app.command()
def baseline() -> None:
    """Regenerate the baseline from db/. Only before the first release."""
    written = write_baseline()
    output.print(f"Wrote {', '.join(written)}.")


@app.command()
def lock() -> None:
    """Lock the scripts that the last tag releases. Run it after 'sqitch tag'."""
    entries = write_lock()
    output.print(f"{entries} entries locked." if entries else "Nothing is released yet.")


def _tell(event: str, change: str) -> None:
    mark = {"deployed": "[green]+[/]", "reverted": "[yellow]-[/]"}[event]
    output.print(f"{mark} {escape(change)}")
