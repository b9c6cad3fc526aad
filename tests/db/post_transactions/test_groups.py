"""Many movements of money in one call: all or none, or each by itself."""

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    cash_in,
    count_transactions,
    held,
    make_bills,
    open_wallet,
    request,
    sums,
)
from tests.db.post_transactions.asking import errors, group, told, written


def test_all_are_posted_in_order(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    answers = group(aline, *(request(purse, pocket, amount) for amount in (100, 200, 300)))
    assert [a["transaction"]["debited_balance_after"] for a in answers] == [900, 700, 400]
    assert errors(answers) == [None] * 3
    assert (balance(connection, purse), balance(connection, pocket)) == (400, 600)


def test_money_goes_on_within_a_group(
    connection: psycopg.Connection, staff: Person, purse: int, pocket: int, bosco: Person
) -> None:
    third = open_wallet(bosco)
    answers = group(staff, request(purse, pocket, 1000), request(pocket, third, 1000))
    assert errors(answers) == [None, None]
    assert balance(connection, third) == 1000


def test_one_that_is_declined_declines_all_and_is_named(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    items = [request(purse, pocket, amount) for amount in (100, 5000, 1)]
    answers = group(aline, *items)
    assert errors(answers) == ["GROUP", "NFUND", "GROUP"]
    assert {answer["transaction"]["status"] for answer in answers} == {"FAILED"}
    assert (balance(connection, purse), balance(connection, pocket)) == (1000, 0)
    assert told(connection, "status") == 422
    assert told(connection, "error")["code"] == "NFUND"
    assert told(connection, "error")["details"].startswith("transactions[1].reference_number: T")


def test_holds_of_a_declined_group_hold_nothing(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    group(aline, request(purse, pocket, 100, status="PENDING"), request(purse, pocket, 5000))
    assert held(connection, purse) == 0


def test_each_by_itself_leaves_the_others_alone(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    items = [
        request(purse, pocket, 100),
        request(purse, pocket, 5000),
        request(pocket, purse, 1),  # not hers to debit
        request(purse, 0, 1),
        request(purse, pocket, -1),
        request(purse, pocket, 200),
    ]
    answers = group(aline, *items, atomic=False)
    assert errors(answers) == [None, "NFUND", "DENYD", "NFIND", "INVAL", None]
    assert [answer["transaction"] is None for answer in answers] == [False] * 2 + [True] * 3 + [
        False
    ]
    assert balance(connection, purse) == 700
    assert sums(connection) == {0}


def test_a_reference_that_comes_twice_is_taken_the_second_time(
    connection: psycopg.Connection, staff: Person, aline: Person, purse: int, pocket: int
) -> None:
    make_bills(connection, staff)
    bill = {"transaction_type": "BILL", "external_reference_number": "invoice 7"}
    items = [request(purse, pocket, amount, **bill) for amount in (5000, 100, 200)]
    answers = group(aline, *items, request(purse, pocket, 1), atomic=False)
    assert errors(answers) == ["NFUND", None, "TAKEN", None]
    assert balance(connection, purse) == 899
    twice = [item | {"external_reference_number": "invoice 8"} for item in items[1:]]
    refusal = aline.refused("api.post_transactions", transactions=written(twice))
    assert refusal.code == "TAKEN"
    assert refusal.details == "transactions[1].external_reference_number: is already in use"


def test_a_refusal_says_which_and_posts_none(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    before = count_transactions(connection)
    items = [request(purse, pocket, 100), request(purse, pocket, "0.5", channel_type="TV")]
    refusal = aline.refused("api.post_transactions", transactions=written(items))
    assert refusal.code == "INVAL"
    assert refusal.details == ("transactions[1].channel_type: is not one of WEB, APP, KIOSK, USSD")
    assert count_transactions(connection) == before


def test_a_refusal_without_a_field_says_which_too(bosco: Person, purse: int, pocket: int) -> None:
    refusal = bosco.refused(
        "api.post_transactions", transactions=written([request(purse, pocket, 1)])
    )
    assert refusal.details == "transactions[0]: you can debit only your own wallets"


@pytest.mark.parametrize(
    ("transactions", "details"),
    [
        ("{}", "transactions: is not a list"),
        ("[]", "transactions: does not have 1 to 10000 elements"),
        ("[1]", "transactions[0]: is not an object"),
        ('[{"ammount": 1}]', "transactions[0].ammount: is not known"),
        (
            '[{"amount": 1}, {"channel_type": "APP", "amount": "x"}]',
            'transactions[1].amount: cannot be read: invalid input syntax for type numeric: "x"',
        ),
        (
            '[{"expires_at": "soon"}]',
            "transactions[0].expires_at: cannot be read: "
            'invalid input syntax for type timestamp with time zone: "soon"',
        ),
        ("[" + "{}," * 10_000 + "{}]", "transactions: does not have 1 to 10000 elements"),
    ],
)
def test_what_is_not_a_group_is_refused(aline: Person, transactions: str, details: str) -> None:
    refusal = aline.refused("api.post_transactions", transactions=transactions)
    assert (refusal.code, refusal.details) == ("INVAL", details)


def test_ten_thousand_are_posted_in_one_call(
    connection: psycopg.Connection, staff: Person, aline: Person, bosco: Person
) -> None:
    purses = [open_wallet(aline) for _ in range(10)]
    for wallet in purses:
        cash_in(staff, wallet, 10_000)
    pockets = [open_wallet(bosco) for _ in range(10)]
    items = [request(purses[n % 10], pockets[n // 7 % 10], 1) for n in range(10_000)]
    assert errors(group(aline, *items)) == [None] * 10_000
    assert {balance(connection, wallet) for wallet in purses} == {9_000}
    assert sums(connection) == {0}
