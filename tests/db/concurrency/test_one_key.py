"""One idempotency key, however many ask with it at once: one movement of money."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.kit import Person, balance, cash_in, count_transactions, post, request

Wallets = list[tuple[Person, int]]
AllAtOnce = Callable[[list[Any]], list[Any]]


def test_50_requests_with_one_key_at_once_get_one_answer(
    connection: psycopg.Connection, staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    (aline, purse), (_, pocket), *_ = wallets
    cash_in(staff, purse, 1000)
    before = count_transactions(connection)

    def pay(own: psycopg.Connection) -> dict[str, Any]:
        return post(aline.at(own), purse, pocket, 100, idempotency_key="once")

    answers = all_at_once([pay] * 50)
    assert answers == [answers[0]] * 50
    assert answers[0]["status"] == "COMPLETED"
    assert count_transactions(connection) == before + 1
    assert balance(connection, purse) == 900


def test_one_key_for_different_wallets_at_once_moves_money_once(
    connection: psycopg.Connection, staff: Person, ids: list[int], all_at_once: AllAtOnce
) -> None:
    # They lock different wallets, so only the unique key keeps them apart.

    def pay(debited: int, credited: int) -> Callable[[psycopg.Connection], str]:
        return lambda own: post(staff.at(own), debited, credited, 100, idempotency_key="once")[
            "status"
        ]

    outcomes = all_at_once([pay(*pair) for pair in zip(ids[::2], ids[1::2], strict=True)])
    assert Counter(outcomes) == {"COMPLETED": 1, "KEYRE": 4}
    assert sorted(balance(connection, wallet_id) for wallet_id in ids) == [900, *[1000] * 8, 1100]


def test_one_key_posts_or_ends_at_once_and_never_both(
    connection: psycopg.Connection, staff: Person, ids: list[int], all_at_once: AllAtOnce
) -> None:
    # Postings and endings keep their keys in two places, over wallets that do not meet.
    for n in range(30):
        key = {"idempotency_key": f"either {n}"}
        hold = post(staff, ids[0], ids[1], 1, status="PENDING")

        def end(own: psycopg.Connection, hold: Any = hold, key: Any = key) -> str:
            ended = staff.at(own).call("api.complete_transaction", transaction_id=hold["id"], **key)
            return "ended" if ended["status"] == "COMPLETED" else "?"

        def pay(own: psycopg.Connection, key: Any = key) -> str:
            posted = post(staff.at(own), ids[2], ids[3], 1, **key)
            return "posted" if posted["status"] == "COMPLETED" else "?"

        outcomes = set(all_at_once([end, pay, end, pay]))
        assert len(outcomes & {"ended", "posted"}) == 1, outcomes
        assert outcomes <= {"ended", "posted", "KEYRE", "40001"}
    moved = 1000 - balance(connection, ids[0]) + 1000 - balance(connection, ids[2])
    assert moved == 30


def test_one_key_posts_a_group_or_one_at_once_and_never_both(
    connection: psycopg.Connection, staff: Person, ids: list[int], all_at_once: AllAtOnce
) -> None:
    for n in range(30):
        key = {"idempotency_key": f"either {n}"}
        items = {
            pair: json.dumps([request(*pair, 1), request(*pair, 2)], default=str)
            for pair in ((ids[0], ids[1]), (ids[4], ids[5]))
        }

        def many(
            own: psycopg.Connection, pair: tuple[int, int], items: Any = items, key: Any = key
        ) -> str:
            staff.at(own).call("api.post_transactions", transactions=items[pair], **key)
            return f"group of {pair[0]}"

        def pay(own: psycopg.Connection, key: Any = key) -> str:
            post(staff.at(own), ids[2], ids[3], 3, **key)
            return "posted"

        groups = [partial(many, pair=pair) for pair in items]
        outcomes = set(all_at_once([*groups, pay, *groups, pay]))
        assert len(outcomes - {"KEYRE", "40001"}) == 1, outcomes
    assert sum(1000 - balance(connection, ids[n]) for n in (0, 2, 4)) == 30 * 3


@pytest.mark.parametrize(
    ("level", "second"),
    [
        (psycopg.IsolationLevel.READ_COMMITTED, "KEYRE"),
        (psycopg.IsolationLevel.REPEATABLE_READ, "STATE"),
        (psycopg.IsolationLevel.SERIALIZABLE, "40001"),
    ],
)
def test_one_key_is_used_once_by_who_saw_the_ledger_before(
    server: PostgresServer,
    database: str,
    staff: Person,
    ids: list[int],
    level: psycopg.IsolationLevel,
    second: str,
) -> None:
    hold = post(staff, ids[0], ids[1], 1, status="PENDING")
    with ExitStack() as stack:
        url = server.url(database)
        early, late = (stack.enter_context(psycopg.connect(url)) for _ in range(2))
        for one in (early, late):
            one.isolation_level = level
            one.execute("select count(*) from tekana.transactions")
        outcomes = []
        for ask in (
            lambda: staff.at(early).call(
                "api.complete_transaction", transaction_id=hold["id"], idempotency_key="k"
            ),
            lambda: post(staff.at(late), ids[2], ids[3], 1, idempotency_key="k"),
        ):
            try:
                outcomes.append(ask()["status"])
                (early if len(outcomes) == 1 else late).commit()
            except psycopg.Error as error:
                outcomes.append(error.sqlstate)
    first = "STATE" if level is psycopg.IsolationLevel.REPEATABLE_READ else "COMPLETED"
    assert outcomes == [first, second]
