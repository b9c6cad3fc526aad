"""`tekana`: the command line."""

import sys

import psycopg
import redis
import typer

from cli.commands import ledger, migrate, staff
from cli.commands.staff import StaffError
from cli.commands.up import up
from cli.migrations import MigrationError
from cli.servers import ServerError
from cli.up import CannotStart
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

# What goes wrong in the world rather than in the program: a sentence says what to do about it.
TROUBLE = (
    CannotStart,
    ServerError,
    SettingsError,
    MigrationError,
    StaffError,
    psycopg.Error,
    redis.RedisError,
    OSError,
)


def main() -> None:
    """Run the command of `sys.argv`; trouble is one sentence on standard error and exit code 1."""
    try:
        app()
    except TROUBLE as trouble:
        said = " ".join(str(trouble).split()) or type(trouble).__name__
        sys.stderr.write(f"tekana: {said}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
