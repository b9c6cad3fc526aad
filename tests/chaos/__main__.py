"""`make chaos`, `make failover`: kill -9 under load, and whether anything was lost or doubled."""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.chaos.kinds import FAILOVERS, KILLS, Report, started
from tests.chaos.stack import Stack
from tests.chaos.standby import StandbyStack

MOST_SHOWN = 20  # of what is wrong, of each kind
TITLES = (
    "what is killed with `kill -9`",
    "times",
    "payments acknowledged",
    "of these the answer was lost to the API, which asked again",
    "unknown to the client",
    "of these found done on asking again",
    "lost",
    "doubled",
    "longest wait for an answer, s",
)


def main() -> int:
    """Kill, compare, print a line for each kind; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="kills of each kind")
    parser.add_argument("--only", default="", help="kinds with this in their names")
    parser.add_argument(
        "--failover", action="store_true", help="lose the primary, and promote its standby"
    )
    asked = parser.parse_args()
    make, kinds = (StandbyStack, FAILOVERS) if asked.failover else (Stack, KILLS)
    reports: list[Report] = []
    with ExitStack() as exits:
        folder = exits.enter_context(tempfile.TemporaryDirectory(prefix="tekana-chaos-"))
        chaos = exits.enter_context(started(make(Path(folder))))
        _say(f"| {' | '.join(TITLES)} |\n|{'---|' * len(TITLES)}")
        for kind in (kind for kind in kinds if asked.only in kind):
            reports.append(chaos.run(kind, kinds[kind], asked.times))
            _say(_line(reports[-1]))
    for report in reports:
        for wrong in report.books.wrong[:MOST_SHOWN]:
            _say(f"{report.kind}: {wrong}")
        if report.sms:
            _say(f"\n{report.sms}.")
    is_right = all(report.books.are_right for report in reports)
    seconds = sum(report.seconds for report in reports)
    _say(f"\n{'Nothing was lost.' if is_right else 'SOMETHING IS WRONG.'} {seconds:.0f} s.")
    return 0 if is_right else 1


def _line(report: Report) -> str:
    books = report.books
    asked = (books.acknowledged, books.found_out_for_it, books.unknown, books.found_done)
    numbers = (*asked, books.lost, books.doubled)
    told = " | ".join(f"{number:,}" for number in numbers)
    return f"| {report.kind} | {report.times} | {told} | {report.longest_wait:.1f} |"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a table for people


if __name__ == "__main__":
    sys.exit(main())
