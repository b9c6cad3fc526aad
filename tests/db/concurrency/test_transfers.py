"""Concurrent transfers: no money is made or lost, and nobody waits for each other in a circle."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import Any

import psycopg

from tests.db.kit import Person, assert_clean, balance, cash_in, post, request, sums
from tests.waiting import transfer_seconds

Wallets = list[tuple[Person, int]]
AllAtOnce = Callable[[list[Any]], list[Any]]


def test_of_64_transfers_at_once_out_of_money_for_32_exactly_32_go_through(
    connection: psycopg.Connection, staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    (aline, purse), *others = wallets
    cash_in(staff, purse, 3200)

    def pay(to: int) -> Callable[[psycopg.Connection], str]:
        return lambda own: post(aline.at(own), purse, to, 100)["status"]

    deeds = [pay(others[number % len(others)][1]) for number in range(64)]
    assert Counter(all_at_once(deeds)) == {"COMPLETED": 32, "FAILED": 32}
    assert balance(connection, purse) == 0
    assert sums(connection) == {0}
    query = """
        select debited_balance_after from tekana.transactions
        where debited_wallet_id = %s and status = 'COMPLETED'
    """
    after = sorted(left for (left,) in connection.execute(query, [purse]))
    assert after == list(range(0, 3200, 100)), "two posts saw the same balance"


def test_holds_at_once_do_not_hold_more_than_there_is(
    staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    (aline, purse), (_, pocket), *_ = wallets
    cash_in(staff, purse, 500)

    def hold(own: psycopg.Connection) -> str:
        return post(aline.at(own), purse, pocket, 100, status="PENDING")["status"]

    assert Counter(all_at_once([hold] * 16)) == {"PENDING": 5, "FAILED": 11}


def test_opposite_transfers_among_ten_wallets_never_deadlock(
    connection: psycopg.Connection, staff: Person, wallets: Wallets, all_at_once: AllAtOnce
) -> None:
    for _, wallet_id in wallets:
        cash_in(staff, wallet_id, 1000)
    end = monotonic() + transfer_seconds()

    def keep_paying(seed: int) -> Callable[[psycopg.Connection], Counter[str]]:
        def pay(own: psycopg.Connection) -> Counter[str]:
            random, outcomes = Random(seed), Counter[str]()
            while monotonic() < end:
                (payer, debited), (_, credited) = random.sample(wallets, 2)
                answer = post(payer.at(own), debited, credited, random.randrange(1, 400))
                outcomes[answer["status"]] += 1
            return outcomes

        return pay

    outcomes = all_at_once([keep_paying(seed) for seed in range(8)])
    refused = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert refused == []  # 40P01 would be a deadlock
    assert sum(outcomes, Counter())["COMPLETED"] > 100
    assert sums(connection) == {0}
    assert_clean(connection)


def test_opposite_groups_among_ten_wallets_tell_nobody_of_a_deadlock(
    connection: psycopg.Connection, staff: Person, ids: list[int], all_at_once: AllAtOnce
) -> None:
    """Groups over wallets in any order, of which some keys come twice, and in others too."""
    end = monotonic() + transfer_seconds()

    def keep_paying(seed: int) -> Callable[[psycopg.Connection], Counter[str]]:
        def pay(own: psycopg.Connection) -> Counter[str]:
            random, outcomes = Random(seed), Counter[str]()
            while monotonic() < end:
                second = int(end - monotonic())
                keys = sorted(f"{second} {random.randrange(9)}" for _ in range(random.randrange(6)))
                items = [
                    request(*random.sample(ids, 2), random.randrange(1, 99), idempotency_key=key)
                    for key in [*keys, None]
                ]
                arguments = {"transactions": json.dumps(items, default=str), "atomic": False}
                answer = staff.at(own).call("api.post_transactions", **arguments)
                for one in answer["post_transactions"]:
                    outcomes["KEYRE" if one["error"] else one["transaction"]["status"]] += 1
            return outcomes

        return pay

    outcomes = all_at_once([keep_paying(seed) for seed in range(8)])
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == []
    assert sum(outcomes, Counter())["COMPLETED"] > 10
    assert_clean(connection)
