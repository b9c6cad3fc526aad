"""How fast posting is, as ratios measured side by side: in PostgreSQL alone, and over HTTP."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.rows import dict_row

from bench.load import post
from bench.measures import Measures, Target
from bench.population import QUERIES, make_database
from bench.reading import BARE, BARE_REQUESTS
from bench.servers import Server
from cli.servers.postgres import PostgresServer

SCRIPTS = Path(__file__).parent / "pgbench"
CONNECTIONS = 16
CLIENTS = 64
EACH_OTHER = Target("transactions a second over HTTP, 64 clients, each pays another", BARE, 0.6)
ONE_MERCHANT = Target(
    "transactions a second over HTTP, 64 clients, all pay one merchant", BARE, 0.6
)
LATENCY = Target(
    "median ms of a transaction over HTTP, one client", "without gathering", 1.05, True
)
SIMPLE_UPDATE = "pgbench simple-update"
ONE_EACH = Target("transactions a second in PostgreSQL, one per call", SIMPLE_UPDATE, 1)
HUNDRED = Target("transactions a second in PostgreSQL, 100 per call", SIMPLE_UPDATE, 4)
HOT = Target(
    "transactions a second in PostgreSQL, 100 per call, one hot wallet",
    "one per call on that wallet",
    12,
)
HISTORY = Target(
    "transactions a second in PostgreSQL, one per call, long history", "short history", 0.85
)
BYTES = Target("bytes on disk per transaction, indexes included", "", 450, True)


class Pgbench:
    """pgbench on one server: its built-in transactions, and ours of bench/pgbench."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        make_database(server, "pgbench")
        self._run("--initialize", "--quiet", "--scale=50", database="pgbench")

    def _run(self, *arguments: str, database: str) -> str:
        command = [str(self._server.bin_directory / "pgbench"), *arguments]
        ran = subprocess.run(
            [*command, self._server.url(database)], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(f"bench: pgbench failed: {ran.stderr[-2000:]}")
        return ran.stdout

    def rate(self, what: Sequence[str], database: str, seconds: float, each: int = 1) -> float:
        """Transactions a second, of scripts that do so many in each of theirs."""
        variables: dict[str, int] = {}
        if database != "pgbench":
            with psycopg.connect(self._server.url(database), row_factory=dict_row) as connection:
                variables = connection.execute(QUERIES["pgbench_variables"]).fetchone() or {}
        told = self._run(
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={CONNECTIONS}",
            "--jobs=2",
            f"--time={max(1, round(seconds))}",
            *(f"--define={name}={value}" for name, value in variables.items()),
            *what,
            database=database,
        )
        if "number of failed transactions: 0 " not in told:
            raise SystemExit(f"bench: transactions failed: {told}")
        found = re.search(r"tps = ([0-9.]+)", told)
        assert found is not None
        return float(found[1]) * each


def script(name: str) -> list[str]:
    """The arguments that run a script of bench/pgbench."""
    return [f"--file={SCRIPTS / name}.pgbench"]


def in_postgresql(pgbench: Pgbench, measures: Measures, long: str, short: str) -> Iterator[str]:
    """Posting by SQL, against pgbench's own and over histories of two lengths.

    Args:
        pgbench: of the server.
        measures: how often and how long.
        long: the database with the long history.
        short: that with the short one.
    """
    seconds = measures.seconds
    simple = partial(pgbench.rate, ["--builtin=simple-update"], "pgbench", seconds)
    one, hundred = script("one"), script("hundred")
    pairs = {
        ONE_EACH: (partial(pgbench.rate, one, short, seconds), simple),
        HUNDRED: (partial(pgbench.rate, hundred, short, seconds, 100), simple),
        HOT: (
            partial(pgbench.rate, script("hundred_hot"), short, seconds, 100),
            partial(pgbench.rate, script("one_hot"), short, seconds),
        ),
        HISTORY: (
            partial(pgbench.rate, one, long, seconds),
            partial(pgbench.rate, one, short, seconds),
        ),
    }
    for target, (ours, other) in pairs.items():
        yield measures.line(target, ours, other)


class Payers(NamedTuple):
    """An API, and who pays over it: a token and a wallet each."""

    server: Server
    tokens: Mapping[int, str]
    wallets: Mapping[int, int]

    def requests(self, path: str, *, to_merchant: bool) -> list[bytes]:
        """A payment of each to the next, or of all to the first."""
        people = list(self.tokens)
        made = []
        for place, customer in enumerate(people[1:], 1):
            payee = people[0] if to_merchant else people[(place + 1) % len(people)]
            body = {
                "transaction_type": "TRANSFER",
                "debited_wallet_id": self.wallets[customer],
                "credited_wallet_id": self.wallets[payee],
                "amount": 1,
                "channel_type": "APP",
            }
            made.append(post(path, self.tokens[customer], json.dumps(body)))
        return made


def over_http(payers: Payers, bare: Server, measures: Measures) -> Iterator[str]:
    """Posting over HTTP, against a bare handler and against itself without gathering."""
    other = partial(measures.rate, bare, BARE_REQUESTS, CLIENTS)
    for target, to_merchant in ((EACH_OTHER, False), (ONE_MERCHANT, True)):
        asked = payers.requests("/api/v1/transactions", to_merchant=to_merchant)
        yield measures.line(target, partial(measures.rate, payers.server, asked, CLIENTS), other)
    fine = measures.finer()
    gathered, alone = (
        partial(fine.median_ms, payers.server, payers.requests(path, to_merchant=False))
        for path in ("/api/v1/transactions", "/api/v1/rpc/post_transaction")
    )
    yield fine.line(LATENCY, gathered, alone)


def bytes_each(server: PostgresServer, database: str, measures: Measures) -> str:
    """What a transaction takes on disk, indexes included, after all that was posted."""
    with psycopg.connect(server.url(database)) as connection:
        row = connection.execute(QUERIES["bytes_each"]).fetchone()
        assert row is not None
        measures.note(BYTES, float(row[1]))
        return f"| {row[0]:,} | {row[1]:,.0f} |"
