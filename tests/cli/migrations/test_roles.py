"""Deploying as a DBA who is no superuser, on a cluster that nobody else uses."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.migrations import MigrationError, runner
from cli.servers.postgres import PostgresServer

OURS = "select count(*) from pg_roles where rolname like 'tekana%'"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[PostgresServer]:
    """A cluster without any of our roles, with a DBA `dee` and a database of hers, `hers`."""
    binaries = os.environ.get("TEKANA_TEST_PG_BIN")
    server = PostgresServer(
        tmp_path / "postgres", Path(binaries) if binaries else None, {"fsync": "off"}
    )
    server.start()
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("create role dee login createrole")
        connection.execute("create database hers owner dee")
        connection.execute("create database neighbours owner dee")
    yield server
    server.stop()


def count_roles(server: PostgresServer) -> int:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(OURS).fetchone()
        assert row is not None
        return int(row[0])


def test_a_dba_deploys_and_reverts_without_being_superuser(cluster: PostgresServer) -> None:
    url = cluster.url("hers", "dee")
    runner.deploy(url)
    assert [one for one in runner.verify(url) if one.problem] == []
    runner.revert(url)
    assert count_roles(cluster) == 0
    runner.deploy(url)


def test_the_migrator_continues_what_the_first_dba_began(cluster: PostgresServer) -> None:
    runner.deploy(cluster.url("hers", "dee"), to="views")
    url = cluster.url("hers", "tekana_migrator")
    runner.deploy(url)
    assert [one for one in runner.verify(url) if one.problem] == []
    assert runner.pending(cluster.url("hers", "dee")) == []


def test_roles_that_another_database_uses_stay(cluster: PostgresServer) -> None:
    hers, neighbours = (cluster.url(name, "dee") for name in ("hers", "neighbours"))
    runner.deploy(hers)
    runner.deploy(neighbours)
    before = count_roles(cluster)
    runner.revert(hers)
    assert count_roles(cluster) == before
    assert [one for one in runner.verify(neighbours) if one.problem] == []


def test_one_who_may_not_deploy_is_told_so(cluster: PostgresServer) -> None:
    runner.deploy(cluster.url("hers", "dee"), to="schema")
    url = cluster.url("hers", "tekana_worker")
    with pytest.raises(MigrationError, match="permission denied for schema sqitch"):
        runner.deploy(url)
