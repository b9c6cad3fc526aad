"""Deployments that meet each other, or that are killed half-way."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from cli.migrations import MIGRATIONS, MigrationError, registry, runner
from cli.migrations.backend import SqitchBackend
from tests.cli.migrations.databases import pending
from tests.cli.migrations.sample import Project
from tests.waiting import eventually

SLOW = "create table library.slow ();\nselect pg_sleep(60) from library.brake;"


def start_deploy(url: str, project: Project) -> subprocess.Popen[str]:
    """A deploy in a process of its own."""
    code = (
        "import sys; from pathlib import Path; from cli.migrations import backend, runner;"
        "backend.IDLE_SECONDS = 1;"
        "print(runner.deploy(sys.argv[1], directory=Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, url, str(project.directory)]
    return subprocess.Popen(
        command, cwd=MIGRATIONS.parent, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def wait_until(url: str, condition: str) -> None:
    query = f"select {condition}".encode()
    with psycopg.connect(url, autocommit=True) as connection:
        eventually(lambda: connection.execute(query).fetchone()[0], 60, condition)


SLEEPS = (
    "exists (select from pg_stat_activity where datname = current_database()"
    " and query like '%%library.brake' and state = 'active' and pid <> pg_backend_pid())"
)


def with_brake(url: str, project: Project, alone: str = "") -> None:
    """Add a change that takes a minute as long as the brake is on, and deploy what is before it."""
    project.add("brake", "create table library.brake as select 1;", "drop table library.brake;")
    runner.deploy(url, directory=project.directory)
    project.add("slow", alone + SLOW, alone + "drop table library.slow;")


def release_brake(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("delete from library.brake")


def test_two_deploys_at_once_deploy_each_change_once(url: str, project: Project) -> None:
    def deploy() -> list[str]:
        return runner.deploy(url, directory=project.directory)

    with ThreadPoolExecutor(2) as pool:
        done = [future.result() for future in [pool.submit(deploy), pool.submit(deploy)]]
    assert sorted(done, key=len) == [[], ["shelves", "books", "books_by_title"]]


def test_a_deploy_waits_for_another_and_says_so_when_it_does_not_end(
    url: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqitchBackend.lock.__wrapped__, "__defaults__", (0.2,))
    with psycopg.connect(url) as connection:
        connection.execute("select pg_advisory_lock(%s)", (registry.ADVISORY_LOCK,))
        with pytest.raises(MigrationError, match=r"another deployment .* 0\.2 seconds"):
            runner.deploy(url, directory=project.directory)


def test_a_deploy_waits_for_a_sqitch_that_locks_only_its_table(url: str, project: Project) -> None:
    runner.deploy(url, "shelves", project.directory)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(url) as connection:
        connection.execute("lock table sqitch.changes in exclusive mode")
        deploying = pool.submit(runner.deploy, url, "books", project.directory)
        wait_until(url, "exists (select from pg_locks where not granted)")
        assert pending(url, project.directory) == ["books", "books_by_title"]
        connection.rollback()
        assert deploying.result(timeout=60) == ["books"]


def test_a_deploy_killed_in_the_middle_leaves_nothing_of_its_change(
    url: str, project: Project
) -> None:
    with_brake(url, project)
    killed = start_deploy(url, project)
    wait_until(url, SLEEPS)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    release_brake(url)
    started = time.monotonic()
    # The first one's statement would sleep for a minute, and holds the lock as long as it does.
    assert runner.deploy(url, directory=project.directory) == ["slow"]
    assert time.monotonic() - started < 15


def test_a_deploy_killed_between_a_script_and_its_entry_cannot_leave_one_without_the_other(
    url: str, project: Project
) -> None:
    project.add("waits", "select 1;", "select 1;", verify="select pg_sleep(60);")
    project.write("deploy", "waits", "create table library.waits ();")
    killed = start_deploy(url, project)
    wait_until(
        url,
        "exists (select from pg_stat_activity where wait_event = 'PgSleep'"
        " and datname = current_database())",
    )
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    wait_until(url, "count(*) = 1 from pg_stat_activity where datname = current_database()")
    with psycopg.connect(url) as connection:
        row = connection.execute("select to_regclass('library.waits')").fetchone()
    assert row == (None,)
    assert pending(url, project.directory) == ["waits"]


def test_a_deploy_that_stands_still_keeps_what_it_alters_from_others_no_longer_than_a_minute(
    url: str, project: Project
) -> None:
    runner.deploy(url, directory=project.directory)
    project.add(
        "pages",
        "alter table library.books add pages int;\nselect pg_sleep(1);",
        "alter table library.books drop pages;",
    )
    stopped = start_deploy(url, project)
    wait_until(url, "exists (select from pg_stat_activity where wait_event = 'PgSleep')")
    stopped.send_signal(signal.SIGSTOP)  # as a laptop that is closed
    try:
        with psycopg.connect(url, options="-c statement_timeout=6s") as reader:
            reader.execute("select from library.books")
    finally:
        stopped.send_signal(signal.SIGCONT)
    said, _ = stopped.communicate(timeout=60)
    assert '"pages" failed: the connection is closed; this change was rolled back' in said
    assert pending(url, project.directory) == ["pages"]


def test_a_change_outside_a_transaction_that_was_killed_is_still_pending(
    url: str, project: Project
) -> None:
    with_brake(url, project, alone="-- alone\n")
    killed = start_deploy(url, project)
    wait_until(url, SLEEPS)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=60)
    release_brake(url)
    # What it did before is there: the person who repeats it is told.
    with pytest.raises(MigrationError, match=r'"slow" failed: .*"slow" already exists.*part of it'):
        runner.deploy(url, directory=project.directory)
    assert pending(url, project.directory) == ["slow"]
