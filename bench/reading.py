"""How fast reading is, as ratios measured side by side."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import httpx

from bench.load import get
from bench.measures import Measures, Target
from bench.population import MERCHANT, OCCASIONAL, SOMEBODY
from bench.servers import Server
from bench.streaming import read_stream, resident_mebibytes

CLIENTS = (8, 16)  # as many as the pool has connections, and twice as many
BARE = "bare handler, one select by key"
SECURED = "a row by its key, with token, role, claims and row-level security"
ROW = Target(f"answers a second: {SECURED}; 8 and 16 clients", BARE, 0.6)
PAGE = Target(
    "answers a second: a page of 20 by two filters, in order; 8 and 16 clients", BARE, 0.5
)
TWO_FILTERS = "/transactions?status=eq.COMPLETED&amount=gt.100&order=id.desc&limit=20"
SINGLE = {
    SECURED: (ROW, "/wallets?id=eq.{wallet}&select=id,account_number,status"),
    "a page of 20 by two filters, in order": (PAGE, TWO_FILTERS),
}
LENGTH = Target(
    "median ms of 10 kinds of page for 2 customers, long history", "short history", 1.3, True
)
PAGES = {
    "the newest 20": "/transactions?order=id.desc&limit=20",
    "20 by two filters": TWO_FILTERS,
    "20 that were declined": "/transactions?status=eq.FAILED&order=id.desc&limit=20",
    "20 further down, by key": "/transactions?id=lt.{id}&order=id.desc&limit=20",
    "20 with type and wallet embedded": (
        "/transactions?select=*,transaction_types(code),wallets!debited_wallet_id(account_number)"
        "&order=id.desc&limit=20"
    ),
    "20 that a wallet was paid": (
        "/transactions?credited_wallet_id=eq.{wallet}&order=id.desc&limit=20"
    ),
    "20 before a day long ago": (
        "/transactions?created_at=lt.{middle}&order=created_at.desc&limit=20"
    ),
    "the newest 20 by time": "/transactions?order=created_at.desc&limit=20",
    "20 lines of a wallet's statement": (
        "/statement_lines?wallet_id=eq.{wallet}&order=posting_id.desc&limit=20"
    ),
    "wallets": "/wallets?order=id.desc&limit=20",
}
BARE_REQUESTS = [get(f"/wallets/{number}") for number in range(1, 1000)]  # see bench.bare
STREAMED = ("application/x-ndjson", "text/csv")


class Reading(NamedTuple):
    """An API over one history, and the tokens of who asks."""

    server: Server
    tokens: Mapping[int, str]  # by customer
    middle: str  # of the history, as a time

    def requests(self, path: str, customer: int, keys: Sequence[int] = (0,)) -> list[bytes]:
        """What a customer asks: a path, for each of some keys."""
        wallet = self.rows("/wallets", customer)[0]["id"]
        paths = (path.format(wallet=wallet, id=key, middle=self.middle) for key in keys)
        return [get(f"/api/v1{one}", self.tokens[customer]) for one in paths]

    def rows(self, path: str, customer: int) -> list[dict[str, int]]:
        """The rows that a customer is answered."""
        answer = httpx.get(
            f"http://127.0.0.1:{self.server.port}/api/v1{path}",
            headers={"Authorization": f"Bearer {self.tokens[customer]}"},
        )
        found: list[dict[str, int]] = answer.raise_for_status().json()
        return found


def against_bare(reading: Reading, bare: Server, measures: Measures) -> Iterator[str]:
    """Rates of the API, and of a bare handler with one select by key."""
    for title, (target, path) in SINGLE.items():
        asked = reading.requests(path, SOMEBODY)
        for clients in CLIENTS:
            cells = measures.compare(
                target,
                partial(measures.rate, reading.server, asked, clients),
                partial(measures.rate, bare, BARE_REQUESTS, clients),
            )
            yield f"| {title}, {clients} clients | {cells} |"


def against_short(long: Reading, short: Reading, measures: Measures) -> Iterator[str]:
    """Times of pages over a long and a short history, with one request under way."""
    for who, customer in (("20 transactions", OCCASIONAL), ("a tenth of all", MERCHANT)):
        for title, path in PAGES.items():
            asked = [
                one.requests(path, customer, _keys(one, customer) if "{id}" in path else (0,))
                for one in (long, short)
            ]
            cells = measures.compare(
                LENGTH,
                partial(measures.median_ms, long.server, asked[0]),
                partial(measures.median_ms, short.server, asked[1]),
            )
            yield f"| {title}, of a customer with {who} | {cells} |"


def _keys(reading: Reading, customer: int) -> list[int]:
    """Keys from near the top of a customer's history to its middle."""
    found = reading.rows("/transactions?select=id&order=id.desc&limit=1000", customer)
    return [row["id"] for row in found[: 1 + len(found) // 2]]


def streams(reading: Reading) -> Iterator[str]:
    """Whole histories as streams, and the memory of the server meanwhile."""
    for media in STREAMED:
        before = resident_mebibytes(reading.server.process_id)
        found = read_stream(
            reading.server.port,
            reading.server.process_id,
            "/api/v1/transactions?order=id.desc",
            reading.tokens[MERCHANT],
            media,
        )
        yield (
            f"| {media} | {found.lines:,} | {found.mebibytes:,.0f} | {found.seconds:.1f} "
            f"| {before:.0f} | {found.peak_mebibytes:.0f} |"
        )
