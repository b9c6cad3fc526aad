"""Migrations: a sqitch project that Tekana deploys itself, through yoyo, on sqitch's registry."""

from pathlib import Path

from cli.trouble import Trouble

# The repository is installed in place (a change's scripts are not part of the wheel).
MIGRATIONS = Path(__file__).parents[2] / "migrations"
KINDS = ("deploy", "revert", "verify")  # of scripts, one of each for a change


class MigrationError(Trouble):
    """A migration cannot be read or run; the message says what is wrong and what to do."""
