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
from bench.population import QUERIES, make_database
from bench.reading import BARE_REQUESTS, Measures
from bench.servers import Server
from cli.servers.postgres import PostgresServer

SCRIPTS = Path(__file__).parent / "pgbench"
CONNECTIONS = 16
CLIENTS = 64


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
        "one call each | pgbench simple-update": (
            partial(pgbench.rate, one, short, seconds),
            simple,
        ),
        "100 in a call | pgbench simple-update": (
            partial(pgbench.rate, hundred, short, seconds, 100),
            simple,
        ),
        "100 in a call, one hot wallet | one call each on it": (
            partial(pgbench.rate, script("hundred_hot"), short, seconds, 100),
            partial(pgbench.rate, script("one_hot"), short, seconds),
        ),
        "one call each, long history | short history": (
            partial(pgbench.rate, one, long, seconds),
            partial(pgbench.rate, one, short, seconds),
        ),
    }
    for title, (ours, other) in pairs.items():
        yield f"| {title} | {measures.compare(ours, other)} |"


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
    for title, to_merchant in (("each pays another", False), ("all pay one merchant", True)):
        asked = payers.requests("/api/v1/transactions", to_merchant=to_merchant)
        ours = partial(measures.rate, payers.server, asked, CLIENTS)
        cells = measures.compare(ours, other)
        yield f"| a second, {CLIENTS} clients, {title} | bare handler, one select | {cells} |"
    gathered, alone = (
        partial(measures.median_ms, payers.server, payers.requests(path, to_merchant=False))
        for path in ("/api/v1/transactions", "/api/v1/rpc/post_transaction")
    )
    cells = measures.compare(gathered, alone)
    yield f"| median ms, one client | without gathering | {cells} |"


def bytes_each(server: PostgresServer, database: str) -> str:
    """What a transaction takes on disk, indexes included, after all that was posted."""
    with psycopg.connect(server.url(database)) as connection:
        row = connection.execute(QUERIES["bytes_each"]).fetchone()
        assert row is not None
        return f"| {row[0]:,} | {row[1]:,.0f} |"
