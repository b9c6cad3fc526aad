"""Deploying as a DBA who is no superuser, on a cluster that nobody else uses."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from cli.migrations import MIGRATIONS, MigrationError, runner
from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import empty_database, pending

ROLES = "select rolname from pg_roles where rolname like 'tekana%'"


@pytest.fixture(scope="module")
def server_without_roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    binaries = os.environ.get("TEKANA_TEST_PG_BIN")
    server = PostgresServer(
        tmp_path_factory.mktemp("roles") / "postgres",
        Path(binaries) if binaries else None,
        {"fsync": "off"},
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def cluster(server_without_roles: PostgresServer) -> Iterator[PostgresServer]:
    """A cluster without any of our roles, with a DBA `dee` and databases of hers."""
    with psycopg.connect(server_without_roles.url(), autocommit=True) as connection:
        connection.execute("create role dee login createrole")
        connection.execute("create database hers owner dee")
        connection.execute("create database neighbours owner dee")
        yield server_without_roles
        connection.execute("drop database hers with (force)")
        connection.execute("drop database neighbours with (force)")
        # All at once: some were granted to others by others.
        roles = connection.execute(f"{ROLES} or rolname = 'dee'").fetchall()
        names = sql.SQL(", ").join(sql.Identifier(role) for (role,) in roles)
        connection.execute(sql.SQL("drop role {}").format(names))


@pytest.fixture
def dump(server: PostgresServer, tmp_path: Path) -> Path:
    """Of a database that a superuser of another cluster deployed: the registry in it is hers."""
    path = tmp_path / "tekana.dump"
    with empty_database(server) as name:
        runner.deploy(server.url(name))
        command = [str(server.bin_directory / "pg_dump"), "-Fc", "-f", str(path), server.url(name)]
        subprocess.run(command, check=True, timeout=60)
    return path


def restore(server: PostgresServer, url: str, dump: Path) -> None:
    """Run what docs/database.md says to run, as who is no superuser."""
    page = (MIGRATIONS.parent / "docs" / "database.md").read_text(encoding="utf-8")
    block = re.search(r"^ +tekana migrate deploy --to roles .+?\n\n", page, re.M | re.S)
    assert block is not None
    deploy, *others = block[0].strip().splitlines()
    assert deploy.startswith("tekana migrate deploy --to roles --url <new database> ")
    runner.deploy(url, to="roles")
    for line in others:
        filled = line.replace("<new database>", shlex.quote(url)).replace("<dump>", str(dump))
        program, *arguments = shlex.split(filled, comments=True)
        command = [str(server.bin_directory / program), *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stderr


def count_roles(server: PostgresServer) -> int:
    with psycopg.connect(server.url()) as connection:
        return len(connection.execute(ROLES).fetchall())


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
    assert pending(cluster.url("hers", "dee")) == []


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


def test_a_dba_restores_without_being_superuser(cluster: PostgresServer, dump: Path) -> None:
    url = cluster.url("hers", "dee")
    restore(cluster, url, dump)
    assert [one for one in runner.verify(url) if one.problem] == []
    runner.revert(url)
    assert count_roles(cluster) == 0
    runner.deploy(url)
