"""The yoyo backend whose memory is sqitch's registry."""

# mypy: disable-error-code="no-untyped-call"
# yoyo has no annotations.

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend

from cli.migrations import MigrationError, registry
from cli.migrations.change import ChangeMigration, start_afresh
from cli.trouble import describe
from config.connections import PromptConnection

# Who waits for what somebody uses keeps everybody waiting who comes after: the shorter, the better.
LOCK_MILLISECONDS = 2_000
PAUSE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0
# Between two statements of a transaction, which is to say nearly never: when we are stopped, or our
# machine is, others wait for what a change has altered so far.
IDLE_SECONDS = 60


class SqitchBackend(PostgresqlPsycopgBackend):
    """Applies and rolls back changes as yoyo does, and remembers them where sqitch does.

    yoyo's own tables (log, lock, version) are not made. Everything runs on one connection, the one
    that holds the lock, so that the lock lasts as long as any statement of a killed run does.
    """

    def __init__(self, url: str) -> None:
        self.report: Callable[[str, str], None] = lambda _event, _change: None
        super().__init__(url, migration_table="")

    def connect(self, url: str) -> psycopg.Connection:
        """A connection in autocommit mode (scripts say themselves where transactions begin)."""
        connection = PromptConnection.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            client_encoding="utf8",
            fallback_application_name="tekana migrate",
        )
        # A killed run's statement ends, and its lock with it, once the server sees that it is gone.
        with suppress(psycopg.Error):  # not on every platform
            connection.execute("set client_connection_check_interval = 1000")
        start_afresh(connection)
        return connection

    def ensure_internal_schema_updated(self) -> None:
        """Nothing: yoyo's own tables are not used."""

    def log_migration(self, migration: ChangeMigration, operation: str) -> None:
        """Nothing: the registry's events, written with each change, are the log."""

    def get_applied_migration_hashes(self) -> list[str]:
        """Ids of the deployed changes, in the order in which they were deployed."""
        return registry.deployed_ids(self.connection)

    def mark_one(self, migration: ChangeMigration, log: bool = True) -> None:  # noqa: ARG002
        """Enter a change into the registry."""
        registry.record_deploy(self.connection, migration.change, migration.deploy.sha1)

    def unmark_one(self, migration: ChangeMigration, log: bool = True) -> None:  # noqa: ARG002
        """Remove a change from the registry."""
        registry.record_revert(self.connection, migration.change)

    def apply_one(self, migration: ChangeMigration, force: bool = False, mark: bool = True) -> None:
        """Deploy and verify a change, and enter it; a failure is entered into the history."""

        def work() -> None:
            migration.prepare("deploy")
            with self._unit(migration):
                migration.process_steps(self, "apply", force=force)
                if mark:
                    self._write(lambda: self.mark_one(migration))

        try:
            self._patiently(migration, work)
        except psycopg.Error as error:
            if not self.connection.broken:
                registry.record_event(self.connection, "fail", migration.change)
            raise failure("deploy", migration, error) from error
        self.report("deployed", migration.change.name)

    def rollback_one(self, migration: ChangeMigration, force: bool = False) -> None:
        """Revert a change, and remove its entry."""

        def work() -> None:
            migration.prepare("revert")
            with self._unit(migration):
                migration.process_steps(self, "rollback", force=force)
                self._write(lambda: self.unmark_one(migration))

        try:
            self._patiently(migration, work)
        except psycopg.Error as error:
            raise failure("revert", migration, error) from error
        self.report("reverted", migration.change.name)

    @contextmanager
    def lock(self, timeout: float = 60) -> Iterator[None]:
        """Keep other deployments, ours and sqitch's, out of this database meanwhile.

        Args:
            timeout: seconds to wait for one that is running.

        Raises:
            MigrationError: it took longer.
        """
        deadline = time.monotonic() + timeout
        while not registry.try_lock(self.connection):
            if time.monotonic() > deadline:
                raise MigrationError(
                    f"another deployment has been working on this database for {timeout:g} "
                    "seconds: wait until it ends, then try again"
                )
            time.sleep(0.2)
        try:
            yield
        finally:
            if not self.connection.broken:
                registry.unlock(self.connection)

    def _patiently(self, migration: ChangeMigration, work: Callable[[], None]) -> None:
        """Do it again while what it changes is in use, where nothing of it was left behind."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return work()
            except LockNotAvailable:
                if not migration.use_transactions or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def _unit(self, migration: ChangeMigration) -> Iterator[None]:
        """One transaction for the script and its entry, where the script is one transaction."""
        if not migration.use_transactions:
            yield
            return
        with self.transaction():
            registry.lock_changes(self.connection)
            self.connection.execute(f"set local lock_timeout = {LOCK_MILLISECONDS}")
            idle = f"set local idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"
            self.connection.execute(idle)
            yield

    def _write(self, entry: Callable[[], Any]) -> None:
        if self._in_transaction:
            entry()
            return
        with self.transaction():
            registry.lock_changes(self.connection)
            entry()


def failure(action: str, migration: ChangeMigration, error: psycopg.Error) -> MigrationError:
    """What to tell a person about a change that could not be deployed or reverted."""
    consequence = (
        "this change was rolled back completely; the changes before it stay deployed"
        if migration.use_transactions
        else "it is not one transaction, so a part of it may be left behind: see docs/migrations.md"
    )
    if isinstance(error, LockNotAvailable):
        consequence += (
            "; a long transaction uses what this change alters: see "
            "docs/migrations.md, 'While others work'"
        )
    return MigrationError(
        f'{action} of "{migration.change.name}" failed: {describe(error)}; {consequence}'
    )
