"""Deploy, revert, verify and look at a database's migrations: what the commands and tests call."""

# mypy: disable-error-code="no-untyped-call"
# yoyo has no annotations.

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import psycopg

from cli.migrations import MIGRATIONS, MigrationError, registry
from cli.migrations.backend import SqitchBackend
from cli.migrations.change import ChangeMigration, read_migrations
from cli.migrations.plan import Plan, read_plan
from cli.migrations.registry import Deployed
from cli.migrations.script import Script
from cli.migrations.verification import problems
from cli.trouble import describe

Report = Callable[[str, str], None]
State = Literal["deployed", "pending", "rewritten", "unknown"]


@dataclass(frozen=True)
class ChangeStatus:
    """Where one change stands in one database."""

    name: str
    state: State  # rewritten: its deploy script is no longer the deployed one; unknown: not planned
    tags: list[str]
    deployed_at: datetime | None = None
    deployed_by: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What its verify script says of one deployed change."""

    name: str
    problem: str | None


def status(url: str, directory: Path = MIGRATIONS) -> list[ChangeStatus]:
    """Where each change stands, in the plan's order; changes that are not in the plan come last.

    Args:
        url: `postgresql://…` of the database, as a role that may read its schema `sqitch`.
        directory: the sqitch project.

    Raises:
        MigrationError: the plan cannot be read, or the database not be reached.
    """
    plan = read_plan(directory)
    with _open(url) as backend:
        deployed = {one.change_id: one for one in _deployed(backend.connection, plan)}
    statuses = []
    for change in plan.changes:
        entry = deployed.pop(change.change_id, None)
        tags, state = [tag.name for tag in change.tags], _state(directory, entry)
        deployed_at, deployed_by = (entry.committed_at, entry.committer) if entry else (None, None)
        statuses.append(ChangeStatus(change.name, state, tags, deployed_at, deployed_by))
    return statuses + [
        ChangeStatus(entry.name, "unknown", entry.tags, entry.committed_at, entry.committer)
        for entry in deployed.values()
    ]


def deploy(
    url: str, to: str | None = None, directory: Path = MIGRATIONS, report: Report | None = None
) -> list[str]:
    """Deploy and verify what is pending, one change after the other; stops at the first failure.

    Args:
        url: `postgresql://…` of the database, as its owner, able to create roles.
        to: the last change to deploy (its name, or a @tag); all when not given.
        directory: the sqitch project.
        report: told `deployed` and the name after each change.

    Returns:
        Names of the changes that were deployed now.

    Raises:
        MigrationError: a change failed (it is not there then, those before it are), the database's
            history is not the plan's, or another deployment did not end.
    """
    plan = read_plan(directory)
    migrations = read_migrations(plan, directory)
    last = len(plan.changes) - 1 if to is None else plan.index_of(to)
    with _open(url, report) as backend, backend.lock():
        registry.ensure(backend.connection, plan)
        deployed = _deployed(backend.connection, plan)
        _check_history(plan, deployed)
        _check_scripts(migrations, deployed)
        if to is not None and last < len(deployed) - 1:
            raise MigrationError(
                f'"{to}" is deployed, and so are changes after it: revert to it instead'
            )
        if deployed:
            # A release is often tagged after its last change was deployed.
            registry.record_tags(backend.connection, plan.changes[len(deployed) - 1])
        waiting = backend.to_apply(migrations[: last + 1])
        backend.apply_migrations(waiting)
        _tell_the_api(backend.connection, waiting)
        return [migration.change.name for migration in waiting]


def revert(
    url: str, to: str | None = None, directory: Path = MIGRATIONS, report: Report | None = None
) -> list[str]:
    """Revert changes, the last first; stops at the first failure.

    Args:
        url: as in `deploy`.
        to: the change that is to be the last one deployed (its name, or a @tag); without it, all
            are reverted.
        directory: the sqitch project.
        report: told `reverted` and the name after each change.

    Returns:
        Names of the changes that were reverted.

    Raises:
        MigrationError: a change failed (it is still there then), or as in `deploy`.
    """
    plan = read_plan(directory)
    migrations = read_migrations(plan, directory)
    first = 0 if to is None else plan.index_of(to) + 1
    with _open(url, report) as backend, backend.lock():
        deployed = _deployed(backend.connection, plan)
        _check_history(plan, deployed)
        if to is not None and first > len(deployed):
            raise MigrationError(f'"{to}" is not deployed in this database')
        going = backend.to_rollback(migrations[first:])
        backend.rollback_migrations(going)
        _tell_the_api(backend.connection, going)
        return [migration.change.name for migration in going]


def verify(url: str, directory: Path = MIGRATIONS) -> list[Verdict]:
    """Run the verify script of each deployed change, and compare what it defined; changes nothing.

    Raises:
        MigrationError: a script cannot be read, or the database not be reached.
    """
    plan = read_plan(directory)
    by_id = {migration.hash: migration for migration in read_migrations(plan, directory)}
    with _open(url) as backend:
        deployed = _deployed(backend.connection, plan)
        planned = [by_id[one.change_id] for one in deployed if one.change_id in by_id]
        found = dict(zip(planned, problems(backend.connection, planned), strict=True))
    verdicts = []
    for position, entry in enumerate(deployed):
        migration = by_id.get(entry.change_id)
        if migration is None:
            problem: str | None = "deployed, but not in the plan"
        elif plan.index_of(migration.change.name) != position:
            problem = "deployed out of the plan's order"
        else:
            problem = found[migration]
        verdicts.append(Verdict(entry.name, problem))
    return verdicts


@contextmanager
def _open(url: str, report: Report | None = None) -> Iterator[SqitchBackend]:
    try:
        backend = SqitchBackend(url)
    except psycopg.Error as error:
        raise MigrationError(f"cannot reach the database: {describe(error)}") from None
    if report is not None:
        backend.report = report
    with backend:
        try:
            yield backend
        except psycopg.Error as error:
            raise MigrationError(f"the database refuses: {describe(error)}") from error


def _deployed(connection: psycopg.Connection, plan: Plan) -> list[Deployed]:
    if not registry.exists(connection):
        return []
    registry.check_release(connection)
    return registry.deployed_changes(connection, plan.project)


def _tell_the_api(connection: psycopg.Connection, changes: Sequence[object]) -> None:
    """Let every running API read the catalogue again; the channel is PostgREST's."""
    if changes:
        connection.execute("notify pgrst, 'reload schema'")


def _state(directory: Path, entry: Deployed | None) -> State:
    if entry is None:
        return "pending"
    script = Script.read(directory / "deploy" / f"{entry.name}.sql")
    return "deployed" if script.sha1 == entry.script_hash else "rewritten"


def _check_history(plan: Plan, deployed: Sequence[Deployed]) -> None:
    """What is deployed must be the beginning of the plan."""
    planned = {change.change_id for change in plan.changes}
    for position, entry in enumerate(deployed):
        if entry.change_id not in planned:
            raise MigrationError(
                f'the database has a change "{entry.name}" ({entry.change_id[:8]}) that is not in '
                "the plan: it was deployed by another version of Tekana, use that or a newer one"
            )
        expected = plan.changes[position]
        if expected.change_id != entry.change_id:
            raise MigrationError(
                f'"{expected.name}" comes before "{entry.name}" in the plan, but is not deployed '
                "before it: add new changes at the end of the plan"
            )


def _check_scripts(migrations: Sequence[ChangeMigration], deployed: Sequence[Deployed]) -> None:
    """The deployed scripts must be those that are here now."""
    for migration, entry in zip(migrations, deployed, strict=False):
        if migration.deploy.sha1 != entry.script_hash:
            raise MigrationError(
                f'the deploy script of "{entry.name}" was rewritten after it was deployed here: '
                "restore it; or, if it is not released yet and the data can be lost, revert to the "
                "change before it and deploy again"
            )
