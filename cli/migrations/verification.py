"""Is what is deployed still as it was deployed? Asks the verify scripts and the frozen copies."""

from collections.abc import Iterator, Sequence

import psycopg

from cli.migrations.change import ChangeMigration, run_verify
from cli.migrations.checks import SETTINGS, definition_checks
from cli.migrations.created import created_by
from cli.migrations.frozen import copies
from cli.migrations.script import Script
from cli.trouble import describe


def problems(
    connection: psycopg.Connection, migrations: Sequence[ChangeMigration]
) -> Iterator[str | None]:
    """What is wrong with each of the deployed changes, or None; nothing that is run stays.

    A function or policy is compared with its copy in the last change that has the file (a change
    that drops it has it in its revert script), so that no verify script need know of later ones.

    Args:
        connection: to the database.
        migrations: all that is deployed in it, in the plan's order.

    Raises:
        MigrationError: a script cannot be read, or verify would change something.
    """
    last = {
        path: migration
        for migration in migrations
        for path in _copies(migration.deploy) | _copies(migration.revert)
    }
    for migration in migrations:
        try:
            run_verify(connection, migration.verify)
            run_verify(connection, _definitions(migration, last))
        except psycopg.Error as error:
            if connection.broken:
                raise
            yield describe(error)
        else:
            yield None


def _definitions(migration: ChangeMigration, last: dict[str, ChangeMigration]) -> Script:
    """A verify script for what a change's copies define, where it is the last that has the file."""
    made = [
        one
        for path, text in _copies(migration.deploy).items()
        if last[path] is migration
        for one in created_by(text, path)
    ]
    script = "\n".join(["begin;", SETTINGS, *definition_checks(made), "rollback;"])
    name = f"copies in {migration.deploy.name}"
    return Script(migration.deploy.path, name, script.encode())


def _copies(script: Script) -> dict[str, str]:
    return copies(script.text, script.name)
