"""Deploying while others work: a change that has to wait keeps nobody else waiting for long."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from cli.migrations import MigrationError, backend, runner
from tests.cli.migrations.databases import pending
from tests.cli.migrations.sample import Project


@pytest.fixture
def deployed(url: str, project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of readers, whose next change alters what they read."""
    monkeypatch.setattr(backend, "LOCK_MILLISECONDS", 300)
    monkeypatch.setattr(backend, "PAUSE_SECONDS", 0.2)
    runner.deploy(url, directory=project.directory)
    project.add(
        "pages",
        "alter table library.books add column pages int;",
        "alter table library.books drop column pages;",
        "select pages from library.books where false;",
    )
    return url


@contextmanager
def deploying(url: str, project: Project) -> Iterator[Future[list[str]]]:
    """Deploy in another thread, while somebody is in the middle of a long transaction."""
    with ThreadPoolExecutor(1) as threads, psycopg.connect(url) as reader:
        reader.execute("select from library.books")
        yield threads.submit(runner.deploy, url, directory=project.directory)


def test_others_go_on_while_a_change_waits_for_somebody(deployed: str, project: Project) -> None:
    waits = []
    with (
        deploying(deployed, project) as deployment,
        psycopg.connect(deployed, autocommit=True, options="-c statement_timeout=5s") as other,
    ):
        until = time.monotonic() + 3
        while time.monotonic() < until:
            began = time.monotonic()
            other.execute("select from library.books")
            waits.append(time.monotonic() - began)
        assert not deployment.done()
    assert deployment.result() == ["pages"]
    assert 0.1 < max(waits) < 1
    assert pending(deployed, project.directory) == []


def test_a_change_that_cannot_get_in_says_so(
    deployed: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "PATIENCE_SECONDS", 1)
    with (
        deploying(deployed, project) as deployment,
        pytest.raises(MigrationError, match="a long transaction uses what this change alters"),
    ):
        deployment.result(20)
    assert pending(deployed, project.directory) == ["pages"]
    assert runner.deploy(deployed, directory=project.directory) == ["pages"]
