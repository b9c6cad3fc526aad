"""A planned change as a migration that yoyo runs: its deploy, its verify, and its revert."""

# mypy: disable-error-code="no-untyped-call"
# yoyo has no annotations.

from pathlib import Path
from typing import Literal

import psycopg
from yoyo.migrations import Migration, MigrationList, StepCollector

from cli.migrations.plan import Change, Plan
from cli.migrations.script import Script


class ChangeMigration(Migration):
    """One change. A script that is one transaction runs in the transaction of its registry entry.

    So a change is there with its entry, or not at all, whatever happens in between. Other scripts
    (`create index concurrently`) run as they are, statement by statement, as in sqitch.
    """

    def __init__(self, change: Change, directory: Path, number: int) -> None:
        self.change = change
        self.deploy = Script.read(directory / "deploy" / f"{change.name}.sql")
        self.revert = Script.read(directory / "revert" / f"{change.name}.sql")
        self.verify = Script.read(directory / "verify" / f"{change.name}.sql")
        super().__init__(f"{number:04d}_{change.name}", str(self.deploy.path), str(directory))
        self.hash = change.change_id
        self._depends: set[Migration] = set()

    def follow(self, previous: "ChangeMigration") -> None:
        """Come after another change, as the plan says; yoyo sorts by this."""
        self._depends = {previous}

    def load(self) -> None:
        """Nothing: yoyo reads migrations when it needs them, these are read from the beginning."""

    def prepare(self, direction: Literal["deploy", "revert"]) -> None:
        """Make yoyo's steps for a direction.

        Raises:
            MigrationError: a script cannot be read as plain SQL, or verify would change something.
        """
        # All three are read, so that nothing is run of what cannot be run to the end.
        self.verify.check_rolled_back()
        whole = {"deploy": self.deploy.is_one_transaction, "revert": self.revert.is_one_transaction}
        self.use_transactions = whole[direction]
        run = run_inside if self.use_transactions else run_alone
        collector = StepCollector(self)
        collector.add_step(
            lambda connection: run(connection, self.deploy),
            lambda connection: run(connection, self.revert),
        )
        if direction == "deploy":
            # A step of its own: when it fails outside a transaction, yoyo runs the revert.
            collector.add_step(lambda connection: run_verify(connection, self.verify))
        self.steps = collector.create_steps(self.use_transactions)


def read_migrations(plan: Plan, directory: Path) -> MigrationList:
    """The changes of a plan, with their scripts, as migrations for yoyo.

    Raises:
        MigrationError: a script is missing.
    """
    migrations = MigrationList()
    for number, change in enumerate(plan.changes, 1):
        migration = ChangeMigration(change, directory, number)
        if migrations:
            migration.follow(migrations[-1])
        migrations.append(migration)
    return migrations


def run_inside(connection: psycopg.Connection, script: Script) -> None:
    """Run a script in the transaction that is open, and forget what it set."""
    script.run_body(connection)
    # As its own commit would: deferred constraints are checked before it counts as done.
    connection.execute("set constraints all immediate")
    start_afresh(connection)


def run_alone(connection: psycopg.Connection, script: Script) -> None:
    """Run a script as it is, and forget what it set."""
    try:
        script.run(connection)
    except psycopg.Error:
        connection.execute("rollback")  # a transaction it may have left open
        start_afresh(connection)
        raise
    start_afresh(connection)


def run_verify(connection: psycopg.Connection, script: Script) -> None:
    """Run a verify script, which changes nothing: whatever it does is rolled back.

    Raises:
        MigrationError: it has a commit of its own.
    """
    script.check_rolled_back()
    with connection.transaction(force_rollback=True):
        script.run_body(connection)
    start_afresh(connection)


def start_afresh(connection: psycopg.Connection) -> None:
    """Forget what a script has set in the session: in sqitch the next has a psql of its own.

    Times are read as ISO, whatever the database's default.
    """
    watch = connection.execute("show client_connection_check_interval").fetchone()
    connection.execute("reset session authorization")
    connection.execute("reset role")
    connection.execute("reset all")
    connection.execute("set datestyle = iso")
    connection.execute("select set_config('client_connection_check_interval', %s, false)", watch)
    connection.execute("discard temporary")
