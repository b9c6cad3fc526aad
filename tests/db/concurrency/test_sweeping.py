"""The sweep of expired holds makes nobody wait, and waits for nobody."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.kit import Person, held, let_expire, post

Wallets = list[tuple[Person, int]]
Sweep = Callable[[int], int]


@pytest.fixture
def sweep(server: PostgresServer, database: str) -> Iterator[Sweep]:
    """Sweeps as the worker, at a connection of its own; fails rather than waiting."""
    with psycopg.connect(server.url(database, "tekana_worker"), autocommit=True) as connection:
        connection.execute("set lock_timeout = '1s'")
        yield lambda most: connection.execute(
            "select tekana.sweep_expired_holds(%s)", [most]
        ).fetchone()[0]


def test_a_wallet_that_somebody_holds_is_left_for_the_next_sweep(
    server: PostgresServer,
    database: str,
    connection: psycopg.Connection,
    wallets: Wallets,
    ids: list[int],
    sweep: Sweep,
) -> None:
    """Waiting for it, with the wallets of all others in hand, the sweep kept them from paying."""
    holders = (wallets[0], wallets[4], wallets[4], wallets[4], wallets[8])
    holds = [post(person, purse, ids[9], 100, status="PENDING") for person, purse in holders]
    for hold in holds:
        let_expire(connection, hold)
    with psycopg.connect(server.url(database)) as holder:
        holder.execute("select from tekana.wallets where wallet_id = %s for update", [ids[4]])
        # Also when there is more on it than a sweep takes, and before the rest.
        assert [sweep(1), sweep(2), sweep(100)] == [1, 1, 0]
        assert [held(connection, ids[n]) for n in (0, 4, 8)] == [0, 300, 0]
        holder.rollback()
    assert sweep(100) == 3
    assert held(connection, ids[4]) == 0
