"""`make bench`: what is measured, as tables for people. It takes some fifteen minutes."""

import argparse
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import posting, reading
from bench.measures import Measures
from bench.population import populate, wallets
from bench.servers import environment, running
from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer


def main() -> None:
    """Measure, and print as soon as something is known."""
    asked = _arguments()
    measures = Measures(asked.rounds, asked.seconds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tekana-bench-")))
        postgres, valkey = PostgresServer(folder / "postgres"), ValkeyServer(folder / "valkey")
        for server in (postgres, valkey):
            server.start()
            stack.callback(server.stop)

        histories = {"short": asked.short, "long": asked.long}
        tokens = {name: populate(postgres, name, length) for name, length in histories.items()}

        @contextmanager
        def api(name: str) -> Iterator[reading.Reading]:
            settings = environment(postgres, name, valkey)
            middle = datetime.now(UTC) - timedelta(seconds=histories[name] // 2)
            with running("api", settings, folder / "api.log") as server:
                yield reading.Reading(server, tokens[name], f"{middle:%Y-%m-%dT%H:%M:%SZ}")

        bare_settings = {"TEKANA_DATABASE_URL": postgres.url("short")}
        with api("short") as one, running("bench.bare", bare_settings, folder / "bare.log") as bare:
            _print_table(
                ("answers a second", "API", "bare handler, one select by key", "ratio"),
                reading.against_bare(one, bare, measures),
            )
        with api("long") as long, api("short") as short:
            _print_table(
                ("median ms, one client", f"{asked.long:,} rows", f"{asked.short:,} rows", "ratio"),
                reading.against_short(long, short, measures),
            )
            _print_table(
                ("streams", "lines", "MiB", "seconds", "memory before, MiB", "at most, MiB"),
                reading.streams(long),
            )
        with api("short") as one, running("bench.bare", bare_settings, folder / "bare.log") as bare:
            payers = posting.Payers(one.server, tokens["short"], wallets(postgres, "short"))
            _print_table(
                ("what is measured", "compared with", "ours", "theirs", "ratio"),
                posting.over_http(payers, bare, measures),
            )
        _print_table(
            ("what is measured", "compared with", "ours", "theirs", "ratio"),
            posting.in_postgresql(posting.Pgbench(postgres), measures, "long", "short"),
        )
        _print_table(
            ("transactions", "bytes each on disk, indexes included"),
            [posting.bytes_each(postgres, "short", measures)],
        )
        _print_table(
            ("what is measured", "compared with", "target", "measured", "met"), measures.summary()
        )


def _print_table(titles: Sequence[str], lines: Iterable[str]) -> None:
    print(f"\n| {' | '.join(titles)} |\n|{'---|' * len(titles)}", flush=True)
    for line in lines:
        print(line, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", type=int, default=100_000, help="transactions of one history")
    parser.add_argument("--long", type=int, default=10_000_000, help="those of the other")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each measure takes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
