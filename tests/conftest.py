"""The real servers the tests run on: one PostgreSQL cluster and one Valkey for each test process.

The schema is built once, into a template database that each test clones (`database`).
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from tests.databases import clone
from tests.scheduling import pytest_collection_modifyitems, pytest_xdist_make_scheduler

# Hooks: pytest finds them here.
__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

ROOT = Path(__file__).parents[1]
TEMPLATE = "tekana_template"
# Half of what PostgreSQL does for the tests is the kernel's work on files, and memory spares it.
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 2 << 30  # a run has some 700 MB
TEMPORARY = pytest.StashKey[Path]()
IS_KEPT = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Give each run a temporary directory of its own, in memory where there is room.

    pytest's usual one is shared by all runs of a user, each of which closes it to everybody else:
    as root, that takes the other run's PostgreSQL (which is not root) its data away.
    """
    if config.option.basetemp is None and not hasattr(config, "workerinput"):
        in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_MEMORY
        directory = tempfile.mkdtemp(prefix="tekana-tests-", dir=MEMORY if in_memory else None)
        config.option.basetemp = directory
        config.stash[TEMPORARY] = Path(directory)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep that directory only if something failed: it has hundreds of megabytes."""
    session.config.stash[IS_KEPT] = exitstatus != pytest.ExitCode.OK


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it when all servers in it have been stopped; what is kept leaves the memory."""
    directory = config.stash.get(TEMPORARY, None)
    if directory is None:
        return
    if config.stash.get(IS_KEPT, True):
        on_disk = Path(tempfile.gettempdir(), directory.name)
        if directory == on_disk:
            return
        # Not everything can be copied: a socket that was left, say.
        with suppress(shutil.Error):
            shutil.copytree(directory, on_disk, symlinks=True)
    shutil.rmtree(directory, ignore_errors=True)


def psql(server: PostgresServer, database: str, *arguments: str) -> str:
    """Run the server's own psql, stopping at the first error; its output."""
    command = [str(server.bin_directory / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    command += ["-d", server.url(database), *arguments]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL cluster: the embedded one, or that of the binaries in TEKANA_TEST_PG_BIN."""
    binaries = os.environ.get("TEKANA_TEST_PG_BIN")
    server = PostgresServer(
        tmp_path_factory.mktemp("servers") / "postgres",
        Path(binaries) if binaries else None,
        # A test cluster is thrown away: durability is tested by the chaos runs, not here.
        {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template(server: PostgresServer) -> str:
    """A database with the whole of `db/` in it, to clone."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(TEMPLATE)))
    psql(server, TEMPLATE, "-f", "db/build.sql")
    return TEMPLATE


_numbers = count()


@pytest.fixture
def database(server: PostgresServer, template: str) -> Iterator[str]:
    """The name of a fresh database of this test's own, cloned from the template."""
    with clone(server, template, f"test_{next(_numbers)}") as name:
        yield name


@pytest.fixture
def connection(server: PostgresServer, database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to this test's own database, rolled back at the end."""
    with psycopg.connect(server.url(database)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A Valkey of this test process."""
    server = ValkeyServer(tmp_path_factory.mktemp("servers") / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> Iterator[str]:
    """URL of an empty Valkey."""
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        yield valkey.url
