"""Read and write sqitch's registry, as App::Sqitch::Role::DBIEngine 1.3 does.

Every function works on the caller's connection, in the caller's transaction where there is one.
"""

import getpass
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg

from cli.migrations import MigrationError
from cli.migrations.plan import Change, Plan, Tag

RELEASE = "1.1"
ADVISORY_LOCK = 75474063  # the number sqitch locks
DEFINITION = Path(__file__).with_name("registry.sql")

ENTER_CHANGE = """
    insert into sqitch.changes (
        change_id, script_hash, change, project, note,
        committer_name, committer_email, planned_at, planner_name, planner_email, committed_at
    )
    values (
        %(change_id)s, %(script_hash)s, %(change)s, %(project)s, %(note)s,
        %(committer_name)s, %(committer_email)s,
        %(planned_at)s, %(planner_name)s, %(planner_email)s, clock_timestamp()
    )
"""
ENTER_TAG = """
    insert into sqitch.tags (
        tag_id, tag, project, change_id, note,
        committer_name, committer_email, planned_at, planner_name, planner_email
    )
    values (
        %(tag_id)s, %(tag)s, %(project)s, %(change_id)s, %(note)s,
        %(committer_name)s, %(committer_email)s,
        %(planned_at)s, %(planner_name)s, %(planner_email)s
    )
    on conflict (tag_id) do nothing
"""
ENTER_EVENT = """
    insert into sqitch.events (
        event, change_id, change, project, note, tags, requires, conflicts,
        committer_name, committer_email, planned_at, planner_name, planner_email, committed_at
    )
    values (
        %(event)s, %(change_id)s, %(change)s, %(project)s, %(note)s, %(tags)s, %(requires)s, '{}',
        %(committer_name)s, %(committer_email)s,
        %(planned_at)s, %(planner_name)s, %(planner_email)s, clock_timestamp()
    )
"""


@dataclass(frozen=True)
class Deployed:
    """A change that the registry says is deployed."""

    change_id: str
    name: str
    script_hash: str | None
    committed_at: datetime
    committer: str
    tags: list[str]


def exists(connection: psycopg.Connection) -> bool:
    """Whether the database has a registry."""
    row = connection.execute("select to_regclass('sqitch.changes') is not null").fetchone()
    return bool(row and row[0])


def check_release(connection: psycopg.Connection) -> None:
    """Make sure that the registry is of the release known here.

    Raises:
        MigrationError: it is older or newer.
    """
    row = connection.execute("select max(version)::text from sqitch.releases").fetchone()
    found = row[0] if row else None
    if found != RELEASE:
        raise MigrationError(
            f"the migration registry (schema sqitch) has release {found}, but this Tekana supports "
            f"{RELEASE}: run 'sqitch upgrade', or deploy with the version of Tekana that created it"
        )


def ensure(connection: psycopg.Connection, plan: Plan) -> None:
    """Make the registry where there is none, and enter the project into it, in one transaction.

    Raises:
        MigrationError: it is of another release, or the project is there with another URI.
    """
    with connection.transaction():
        who = _committer()
        if not exists(connection):
            connection.execute("set local client_min_messages = warning")
            connection.execute(DEFINITION.read_bytes())
            connection.execute(
                "insert into sqitch.releases (version, installer_name, installer_email)"
                " values (%s, %s, %s)",
                (float(RELEASE), *who),
            )
        check_release(connection)
        connection.execute(
            "insert into sqitch.projects (project, uri, creator_name, creator_email)"
            " values (%s, %s, %s, %s) on conflict (project) do nothing",
            (plan.project, plan.uri, *who),
        )
        row = connection.execute(
            "select uri from sqitch.projects where project = %s", (plan.project,)
        ).fetchone()
        if row is None or row[0] != plan.uri:
            raise MigrationError(
                f"the database knows the project {plan.project} with the URI {row and row[0]}, "
                f"the plan says {plan.uri}: correct the plan's %uri"
            )


def deployed_changes(connection: psycopg.Connection, project: str) -> list[Deployed]:
    """The changes of a project that are deployed, in the order in which they were."""
    rows = connection.execute(
        """
        select change_id, change, script_hash, committed_at,
            committer_name || ' <' || committer_email || '>',
            array(select tag from sqitch.tags where tags.change_id = changes.change_id order by tag)
        from sqitch.changes
        where project = %s
        order by committed_at
        """,
        (project,),
    ).fetchall()
    return [Deployed(*row) for row in rows]


def deployed_ids(connection: psycopg.Connection) -> list[str]:
    """Ids of all changes that are deployed, of any project, in the order in which they were."""
    if not exists(connection):
        return []
    rows = connection.execute("select change_id from sqitch.changes order by committed_at")
    return [row[0] for row in rows.fetchall()]


def try_lock(connection: psycopg.Connection) -> bool:
    """Take the lock that sqitch takes, for as long as the session lasts, if nobody has it.

    Asked again and again rather than waited for: `create index concurrently` in the deployment that
    has the lock waits for every transaction that is open, and one that waits for the lock is open.
    """
    row = connection.execute("select pg_try_advisory_lock(%s)", (ADVISORY_LOCK,)).fetchone()
    return bool(row and row[0])


def unlock(connection: psycopg.Connection) -> None:
    """Let go of the lock."""
    connection.execute("select pg_advisory_unlock(%s)", (ADVISORY_LOCK,))


def lock_changes(connection: psycopg.Connection) -> None:
    """Keep others from writing to the registry until the end of the transaction, as sqitch does."""
    connection.execute("lock table sqitch.changes in exclusive mode")


def record_deploy(connection: psycopg.Connection, change: Change, script_hash: str) -> None:
    """Enter a change, with its dependencies and tags, as deployed."""
    connection.execute(ENTER_CHANGE, _row(change) | {"script_hash": script_hash})
    for dependency in change.requires:
        connection.execute(
            "insert into sqitch.dependencies (change_id, type, dependency, dependency_id)"
            " values (%s, 'require', %s, %s)",
            (change.change_id, dependency.text, dependency.change_id),
        )
    record_tags(connection, change)
    record_event(connection, "deploy", change)


def record_tags(connection: psycopg.Connection, change: Change) -> None:
    """Enter the tags of a deployed change that are not there yet (a tag may be planned later)."""
    for tag in change.tags:
        row = _row(change) | _signature(tag)
        row |= {"tag_id": tag.tag_id, "tag": tag.name, "note": tag.note}
        connection.execute(ENTER_TAG, row)


def record_revert(connection: psycopg.Connection, change: Change) -> None:
    """Remove a change, with its dependencies and tags."""
    rows = connection.execute(
        "delete from sqitch.tags where change_id = %s returning tag", (change.change_id,)
    ).fetchall()
    # Its own dependencies go with it; another project's change that needs it makes this fail.
    connection.execute("delete from sqitch.changes where change_id = %s", (change.change_id,))
    record_event(connection, "revert", change, tags=[row[0] for row in rows])


def record_event(
    connection: psycopg.Connection, event: str, change: Change, tags: list[str] | None = None
) -> None:
    """Add to the history: `deploy`, `revert`, or `fail` for a deploy that failed."""
    row = _row(change) | {
        "event": event,
        "tags": [tag.name for tag in change.tags] if tags is None else tags,
        "requires": [dependency.text for dependency in change.requires],
    }
    connection.execute(ENTER_EVENT, row)


def _row(change: Change) -> dict[str, Any]:
    name, email = _committer()
    return {
        "change_id": change.change_id,
        "change": change.name,
        "project": change.project,
        "note": change.note,
        "committer_name": name,
        "committer_email": email,
    } | _signature(change)


def _signature(planned: Change | Tag) -> dict[str, Any]:
    return {
        "planned_at": planned.planned_at,
        "planner_name": planned.planner_name,
        "planner_email": planned.planner_email,
    }


def _committer() -> tuple[str, str]:
    """Who deploys: sqitch's own variables, else the user of this machine, as in sqitch."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "nobody"
    name = os.environ.get("SQITCH_FULLNAME") or user
    email = os.environ.get("SQITCH_EMAIL") or f"{user}@{socket.gethostname()}"
    return name, email
