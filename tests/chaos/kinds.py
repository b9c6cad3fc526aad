"""The kinds of kill, each under load, and what became of everything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from tests.chaos.books import Books, balances_of, compare
from tests.chaos.clients import Load
from tests.chaos.people import Phones, make_payers
from tests.chaos.stack import Stack
from tests.chaos.standby import StandbyStack
from tests.waiting import eventually

BETWEEN = 150  # answers from one kill to the next, at least
Kill = Callable[[Any], None]  # of some part of a stack
KILLS: dict[str, Kill] = {
    "PostgreSQL: postmaster and all backends": Stack.kill_postgres,
    "API process, at any moment": Stack.kill_api_process,
    "API process, after commit, before the answer": Stack.kill_api_process_before_it_answers,
    "worker, while it sends, sweeps and seals": Stack.kill_worker,
}
FAILOVERS: dict[str, Kill] = {
    "PostgreSQL's primary with its disk: its standby takes over": StandbyStack.fail_over,
}


@dataclass
class Report:
    """One kind's line of the table."""

    kind: str
    times: int
    seconds: float = 0.0
    longest_wait: float = 0.0
    books: Books = field(default_factory=Books)
    sms: str = ""


class Chaos:
    """A stack, and kills in it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        with stack.connect() as connection:
            self.payers = make_payers(connection)

    def run(self, kind: str, kill: Kill, times: int) -> Report:
        """Kill so often, under load, and compare the books.

        Raises:
            AssertionError: something does not come back.
        """
        report, began = Report(kind, times), monotonic()
        wallet_ids = [payer.wallet_id for payer in self.payers]
        with self.stack.connect() as connection:
            before = balances_of(connection, wallet_ids)
        with Load(self.stack.port, self.payers) as load:
            load.let_it_run(BETWEEN)
            if kill is Stack.kill_worker:
                report.sms = self._kill_among_sms(kill, times, load)
            else:
                for _ in range(times):
                    kill(self.stack)
                    load.let_it_run(BETWEEN)
        report.longest_wait = load.longest_wait
        assert self.stack.api.is_running
        assert self.stack.worker.is_running
        eventually(self.stack.answers, 30, "the API")
        with self.stack.connect() as connection:
            if kill is Stack.kill_worker:
                query = "select count(*) from tekana.transactions where status = 'PENDING'"
                swept = lambda: connection.execute(query).fetchone() == (0,)  # noqa: E731
                eventually(swept, 60, "the sweep of expired holds")
            report.books = compare(connection, self.stack.port, load.payments, before)
        report.seconds = monotonic() - began
        return report

    def _kill_among_sms(self, kill: Kill, times: int, load: Load) -> str:
        with self.stack.connect() as connection:
            phones = Phones(self.stack, connection)
            self.stack.gateway.received.clear()
            with phones.ringing():
                for _ in range(times):
                    kill(self.stack)
                    load.let_it_run(BETWEEN)
            phones.wait_until_sent()
            received = phones.received()
        lost = sum(not often for often in received.values())
        assert not lost, f"{lost} SMS never arrived"
        twice = sum(often > 1 for often in received.values())
        return f"{len(received)} SMS, every one delivered, {twice} of them twice"


@contextmanager
def started(stack: Stack) -> Iterator[Chaos]:
    """A stack with people in it."""
    with stack:
        yield Chaos(stack)
