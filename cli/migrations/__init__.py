"""Migrations: a sqitch project that Tekana deploys itself, through yoyo, on sqitch's registry."""

from pathlib import Path

from cli.trouble import Trouble

# In a wheel too; db/, which the changes are written from, is in a clone only.
MIGRATIONS = Path(__file__).parents[2] / "migrations"
KINDS = ("deploy", "revert", "verify")  # of scripts, one of each for a change


class MigrationError(Trouble):
    """A migration cannot be read or run; the message says what is wrong and what to do."""
