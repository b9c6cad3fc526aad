"""Measures that are taken in turns, and what their ratios are to be.

Each is a median over several rounds. In a round the things compared follow each other within
seconds, so that what else the machine does weighs on them alike; a figure by itself says little.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bench.load import load
from bench.servers import Server


class Target(NamedTuple):
    """What something is to be: at least so much, or at most."""

    what: str
    against: str  # what it is a ratio to; "": it is none
    bound: float
    at_most: bool = False

    def line(self, measured: Sequence[float]) -> str:
        """The target, what was measured and whether that meets it, as it is shown, as a line."""
        shown = [round(value, 2) for value in measured]
        least, greatest = min(shown), max(shown)
        met = greatest <= self.bound if self.at_most else least >= self.bound
        wanted = f"{'at most' if self.at_most else 'at least'} {self.bound:g}"
        few = ", ".join(map(_shown, shown))
        told = few if len(shown) < 3 else f"{_shown(least)} to {_shown(greatest)}"
        verdict = "yes" if met else "**no**"
        return f"| {self.what} | {self.against} | {wanted} | {told} | {verdict} |"


@dataclass(frozen=True)
class Measures:
    """How often and for how long to measure, and what was found for each target."""

    rounds: int
    seconds: float
    found: dict[Target, list[float]] = field(default_factory=dict)

    def compare(self, target: Target, one: Callable[[], float], other: Callable[[], float]) -> str:
        """The medians of two measures taken in turns, and that of their ratios, as cells."""
        pairs = []
        for turn in range(self.rounds):
            # Neither always comes first: what comes second finds another machine.
            if turn % 2:
                second, first = other(), one()
            else:
                first, second = one(), other()
            pairs.append((first, second))
        ours, theirs = (statistics.median(measures) for measures in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        self.note(target, ratio)
        digits = ",.0f" if theirs > 100 else ".2f"
        return f"{ours:{digits}} | {theirs:{digits}} | {ratio:.2f}"

    def finer(self) -> "Measures":
        """The same time in more rounds, for what differs less than rounds do."""
        return replace(self, rounds=self.rounds * 5, seconds=self.seconds / 5)

    def line(self, target: Target, one: Callable[[], float], other: Callable[[], float]) -> str:
        """The same as a whole line of a table."""
        return f"| {target.what} | {target.against} | {self.compare(target, one, other)} |"

    def note(self, target: Target, value: float) -> None:
        """Keep what was measured for a target."""
        self.found.setdefault(target, []).append(value)

    def summary(self) -> Iterator[str]:
        """A line for each target, in the order in which they were measured."""
        for target, measured in self.found.items():
            yield target.line(measured)

    def rate(self, server: Server, requests: Sequence[bytes], clients: int) -> float:
        """Answers a second, to so many clients at once."""
        return load(server.port, requests, clients, self.seconds).rate

    def median_ms(self, server: Server, requests: Sequence[bytes]) -> float:
        """The time of an answer, to one client."""
        return load(server.port, requests, 1, self.seconds).median_ms


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value > 100 else f"{value:.2f}"
