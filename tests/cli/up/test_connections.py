"""The embedded PostgreSQL has room for every connection that the settings allow."""

from pathlib import Path

import pytest

from api.tx import POOLS
from cli.up.databases import embedded_server
from config.settings import Settings


@pytest.mark.parametrize(("processes", "pool_size"), [(2, 8), (3, 20), (64, 200)])
def test_every_process_may_fill_its_pools_and_listen(
    tmp_path: Path, processes: int, pool_size: int
) -> None:
    server = embedded_server(Settings(workers=processes, database_pool_size=pool_size), tmp_path)
    room = int(server.settings["max_connections"])
    assert room >= processes * (len(POOLS) * pool_size + 1) + 50  # the worker and people with psql
