"""`tekana`: the command line."""

import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import psycopg
import typer

from cli.commands import ledger, migrate, staff
from cli.commands.up import up
from cli.trouble import Trouble, describe
from config.settings import SettingsError

app = typer.Typer(
    name="tekana",
    help="Tekana, the backend of an e-wallet platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.add_typer(ledger.app, name="ledger")
app.add_typer(migrate.app, name="migrate")
app.add_typer(staff.app, name="staff")


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"tekana {version('tekana')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """What may stand before a command."""


def main() -> None:
    """Run the command of `sys.argv`; trouble is one sentence on standard error and exit code 1."""
    if any(map(_is_no_text, sys.argv)):
        _give_up("an argument is not valid UTF-8")
    try:
        app()
    except psycopg.Error as trouble:
        _give_up(describe(trouble))  # not its own text, which has SQL in it
    except (Trouble, SettingsError, OSError) as trouble:
        _give_up(str(trouble) or type(trouble).__name__)


def _give_up(why: str) -> NoReturn:
    sys.stderr.write(f"tekana: {' '.join(why.split())}\n")
    sys.exit(1)


def _is_no_text(argument: str) -> bool:
    """Whether it holds bytes that are not UTF-8, which Python keeps as lone surrogates."""
    return any("\ud800" <= symbol <= "\udfff" for symbol in argument)


if __name__ == "__main__":
    main()
