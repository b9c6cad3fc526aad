"""Nothing leaks: after any number of posts, every currency sums to zero."""

from decimal import Decimal
from random import Random

import psycopg

from tests.db.kit import Person, Row, cash_in, make_customer, open_wallet, post, sums

KINDS = (("PERSONAL", "RWF"), ("MERCHANT", "RWF"), ("PERSONAL", "USD"))


def post_something(random: Random, asker: Person, wallets: dict[str, list[int]]) -> Row:
    """A transfer or payment that may well be declined, at once or held."""
    currency = random.choice(["RWF", "USD"])
    debited, credited = random.sample(wallets[currency], 2)
    cents = 0 if currency == "RWF" else random.randrange(100)
    return post(
        asker,
        debited,
        credited,
        Decimal(random.randrange(1, 150)) + Decimal(cents) / 100,
        transaction_type=random.choice(["TRANSFER", "TRANSFER", "PAYMENT"]),
        status=random.choice([None, "PENDING"]),
    )


def end_somehow(random: Random, staff: Person, posted: Row) -> str:
    """Complete or cancel what is held, reverse some of what was posted; what became of it."""
    ends = {
        "PENDING": ["api.complete_transaction", "api.cancel_transaction", None],
        "COMPLETED": ["api.reverse_transaction", None, None],
        "FAILED": [None],
    }
    end = random.choice(ends[posted["status"]])
    if end is None:
        return posted["status"]
    return end + " " + staff.call(end, transaction_id=posted["id"])["status"]


def test_every_currency_sums_to_zero_after_a_hundred_posts_of_all_kinds(
    connection: psycopg.Connection, staff: Person
) -> None:
    random = Random(20250501)  # the same hundred every time
    wallets: dict[str, list[int]] = {"RWF": [], "USD": []}
    for person in [make_customer(connection) for _ in range(4)]:
        for kind, currency in KINDS:
            wallet_id = open_wallet(person, kind, currency)
            wallets[currency].append(wallet_id)
            cash_in(staff, wallet_id, 300)
    outcomes = {
        end_somehow(random, staff, post_something(random, staff, wallets)) for _ in range(100)
    }
    assert outcomes == {
        "COMPLETED",
        "FAILED",
        "PENDING",
        "api.complete_transaction COMPLETED",
        "api.cancel_transaction CANCELLED",
        "api.reverse_transaction COMPLETED",
    }
    assert sums(connection) == {0}


def test_every_balance_is_the_sum_of_its_statement(
    connection: psycopg.Connection, staff: Person
) -> None:
    test_every_currency_sums_to_zero_after_a_hundred_posts_of_all_kinds(connection, staff)
    query = """
        select w.wallet_id, w.current_balance, w.held_amount
        from tekana.wallets as w
        where w.current_balance <> (
                select coalesce(sum(l.amount), 0) from api.statement_lines as l
                where l.wallet_id = w.wallet_id
            )
            or w.held_amount <> (
                select coalesce(sum(t.amount), 0) from tekana.transactions as t
                where t.debited_wallet_id = w.wallet_id and t.status = 'PENDING'
            )
    """
    assert connection.execute(query).fetchall() == []
