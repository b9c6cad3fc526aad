from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.servers.postgres import PostgresServer
from tests.cli.migrations.databases import empty_database
from tests.cli.migrations.sample import Project, library


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The sample project: changes shelves, books @v1.0, books_by_title."""
    return library(tmp_path / "library")


@pytest.fixture
def url(server: PostgresServer) -> Iterator[str]:
    """URL of an empty database."""
    with empty_database(server) as name:
        yield server.url(name)
