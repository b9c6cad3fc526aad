"""`make profile`: where the time of posting goes, as files for docs/performance.

Three views of the same work: a flame graph of an API process under load, what its statements and
functions took by PostgreSQL's own account, and the plans of every statement that one posting runs.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from bench.load import load
from bench.population import QUERIES, populate, wallets
from bench.posting import CLIENTS, Payers
from bench.servers import ROOT, environment, running
from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer

DATABASE = "profiled"
SETTINGS = {"shared_preload_libraries": "pg_stat_statements", "track_functions": "all"}
POSTINGS_BEFORE = 10  # so that every plan is made and kept


def main() -> None:
    """Measure, and write what was found."""
    asked = _arguments()
    asked.into.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tekana-profile-")))
        postgres = PostgresServer(folder / "postgres", settings=SETTINGS)
        valkey = ValkeyServer(folder / "valkey")
        for server in (postgres, valkey):
            server.start()
            stack.callback(server.stop)
        tokens = populate(postgres, DATABASE, asked.transactions)
        with psycopg.connect(postgres.url(DATABASE), autocommit=True) as connection:
            connection.execute(QUERIES["statistics"])
            settings = environment(postgres, DATABASE, valkey)
            with running("api", settings, folder / "api.log") as api:
                payers = Payers(api, tokens, wallets(postgres, DATABASE))
                _flame_graph(payers, asked.seconds, asked.into / "api.svg")
            found = [*_table(connection, "statements"), "", *_table(connection, "functions")]
            _write(asked.into / "statements.txt", found)
            _write(asked.into / "plans.txt", _plans(connection))


def _flame_graph(payers: Payers, seconds: int, file: Path) -> None:
    """Where an API process spends its time while as many as it can serve pay each other."""
    requests = payers.requests("/api/v1/transactions", to_merchant=False)
    recorder = [str(Path(sys.executable).with_name("py-spy")), "record", "--output", str(file)]
    pid = ["--pid", str(payers.server.process_id)]
    how = ["--subprocesses", "--duration", str(seconds), "--rate", "200"]
    with ThreadPoolExecutor() as threads:
        loading = threads.submit(load, payers.server.port, requests, CLIENTS, seconds + 4)
        subprocess.run([*recorder, *pid, *how], check=True, capture_output=True)
        loading.result()
    # The same on every machine.
    drawn = file.read_text(encoding="utf-8")
    file.write_text(drawn.replace(f"{ROOT}/", ""), encoding="utf-8")


def _table(connection: psycopg.Connection[Any], query: str) -> Iterator[str]:
    cursor = connection.execute(QUERIES[query])
    rows = [[column.name for column in cursor.description or ()]]
    rows += [[str(value) for value in row] for row in cursor]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(map(str.ljust, row, widths)).rstrip()


def _plans(connection: psycopg.Connection[Any]) -> list[str]:
    """EXPLAIN ANALYZE of each statement of a posting, as auto_explain tells of it."""
    told: list[str] = []
    for _ in range(POSTINGS_BEFORE):
        connection.execute(QUERIES["posting"])
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    connection.execute(QUERIES["explaining"])
    connection.execute(QUERIES["posting"])
    return told


def _write(file: Path, lines: Sequence[str]) -> None:
    text = "\n".join(line.rstrip() for line in "\n".join(lines).splitlines())
    file.write_text(text + "\n", encoding="utf-8")
    print(file)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--transactions", type=int, default=100_000, help="of the history")
    parser.add_argument("--seconds", type=int, default=10, help="how long the API is watched")
    parser.add_argument("--into", type=Path, default=Path("docs/performance"), help="a folder")
    return parser.parse_args()


if __name__ == "__main__":
    main()
