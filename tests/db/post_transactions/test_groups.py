"""Many movements of money in one call: all or none, or each by itself."""

import json
from datetime import UTC, datetime
from typing import Any

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
    post,
    request,
    sums,
)


def group(person: Person, *items: dict[str, Any], **arguments: Any) -> list[dict[str, Any]]:
    """What a group is answered, in order."""
    answer = person.call("api.post_transactions", transactions=written(items), **arguments)
    return answer["post_transactions"]


def written(items: Any) -> str:
    return json.dumps(items, default=str)


def errors(answers: list[dict[str, Any]]) -> list[str | None]:
    return [answer["error"] and answer["error"]["code"] for answer in answers]


def told(connection: psycopg.Connection, name: str) -> Any:
    (value,) = connection.execute(
        "select current_setting(%s, true)", [f"response.{name}"]
    ).fetchone()
    return json.loads(value) if value else None


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


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("amount", [100, 900])  # of two hundreds and of two times nine hundred
def test_a_group_with_a_key_gets_the_first_answers_again(
    connection: psycopg.Connection,
    aline: Person,
    purse: int,
    pocket: int,
    atomic: bool,
    amount: int,
) -> None:
    items = [request(purse, pocket, amount), request(purse, pocket, amount)]
    first = group(aline, *items, atomic=atomic, idempotency_key="payday")
    left = balance(connection, purse)
    again = group(aline, *items, atomic=atomic, idempotency_key="payday")
    assert [answer | {"replayed": False} for answer in again] == first
    assert all(answer["replayed"] for answer in again)
    assert balance(connection, purse) == left
    assert told(connection, "headers") == [{"Idempotency-Replayed": "true"}]


@pytest.mark.parametrize("was_atomic", [True, False])
@pytest.mark.parametrize("is_atomic", [True, False])
@pytest.mark.parametrize("amounts", [[100], [100, 200, 300], [200, 100], [100, 201], [100, 200]])
def test_the_key_of_a_group_is_good_for_one_group(
    connection: psycopg.Connection,
    aline: Person,
    purse: int,
    pocket: int,
    was_atomic: bool,
    is_atomic: bool,
    amounts: list[int],
) -> None:
    first = [request(purse, pocket, amount) for amount in (100, 200)]
    group(aline, *first, atomic=was_atomic, idempotency_key="payday")
    other = [request(purse, pocket, amount) for amount in amounts]
    if other == first and was_atomic == is_atomic:
        again = group(aline, *other, atomic=is_atomic, idempotency_key="payday")
        assert [answer["replayed"] for answer in again] == [True, True]
        return
    asked = {"transactions": written(other), "atomic": is_atomic, "idempotency_key": "payday"}
    assert aline.refused("api.post_transactions", **asked).code == "KEYRE"
    assert balance(connection, purse) == 700


def test_the_key_of_a_group_is_good_for_nothing_else(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    hold = post(aline, purse, pocket, 1, status="PENDING")
    refused, posted = request(purse, 999_999, 100), request(purse, pocket, 100)
    key = {"idempotency_key": "payday"}
    answers = group(aline, refused, posted, atomic=False, **key)
    assert errors(answers) == ["NFIND", None]
    for function, arguments in (
        ("api.post_transaction", posted),
        ("api.complete_transaction", {"transaction_id": hold["id"]}),
        ("api.post_transactions", {"transactions": written([posted]), "atomic": False}),
    ):
        assert aline.refused(function, **arguments, **key).code == "KEYRE", function
    again = group(aline, refused, posted, atomic=False, **key)
    assert errors(again) == ["NFIND", None]
    assert again[1]["replayed"]
    assert balance(connection, purse) == 900


def test_a_group_is_the_same_however_its_amounts_and_times_are_written(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    key = {"idempotency_key": "payday"}
    later = {"status": "PENDING", "expires_at": f"{datetime.now(UTC):%Y}-12-31T23:00:00Z"}
    group(aline, request(purse, pocket, 5), request(purse, pocket, 1, **later), **key)
    connection.execute("set local timezone = 'Africa/Kigali'")
    again = group(aline, request(purse, pocket, "5.00"), request(purse, pocket, 1, **later), **key)
    assert [answer["replayed"] for answer in again] == [True, True]


def test_a_group_of_what_was_all_asked_before_uses_no_key_up(
    aline: Person, purse: int, pocket: int
) -> None:
    old = request(purse, pocket, 100, idempotency_key="old")
    group(aline, old)
    key = {"atomic": False, "idempotency_key": "payday"}
    assert group(aline, old, **key)[0]["replayed"]
    assert errors(group(aline, request(purse, pocket, 100), **key)) == [None]


def test_no_item_has_the_key_of_its_group(aline: Person, purse: int, pocket: int) -> None:
    items = written([request(purse, pocket, 100, idempotency_key="payday")])
    refusal = aline.refused("api.post_transactions", transactions=items, idempotency_key="payday")
    assert refusal.details == "transactions: one of them has the idempotency_key of all"


def test_a_key_that_was_used_is_not_good_for_a_group(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    post(aline, purse, pocket, 100, idempotency_key="k")
    hold = post(aline, purse, pocket, 1, status="PENDING")
    aline.call("api.cancel_transaction", transaction_id=hold["id"], idempotency_key="l")
    for key in "kl":
        asked = {"transactions": written([request(purse, pocket, 100)]), "idempotency_key": key}
        assert aline.refused("api.post_transactions", **asked).code == "KEYRE"
    assert balance(connection, purse) == 900


def test_a_group_of_which_nothing_was_recorded_uses_no_key_up(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    key = {"atomic": False, "idempotency_key": "payday"}
    assert errors(group(aline, request(purse, pocket, 0), **key)) == ["INVAL"]
    assert errors(group(aline, request(purse, pocket, 100), **key)) == [None]
    assert balance(connection, purse) == 900


def test_a_key_that_comes_twice_moves_money_once(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    same = request(purse, pocket, 100, idempotency_key="k")
    other = request(purse, pocket, 200, idempotency_key="k")
    answers = group(aline, same, request(purse, pocket, 1), same, other, atomic=False)
    assert errors(answers) == [None, None, None, "KEYRE"]
    assert [answer["replayed"] for answer in answers] == [False, False, True, False]
    assert answers[2]["transaction"] == answers[0]["transaction"]
    assert balance(connection, purse) == 899


def test_what_comes_again_behind_what_is_new_gets_its_first_answer(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    old = request(purse, pocket, 100, idempotency_key="k")
    (first,) = group(aline, old)
    other = request(purse, pocket, 200, idempotency_key="k")
    answers = group(aline, request(purse, pocket, 0), request(purse, pocket, 1), old, other,
        atomic=False)  # fmt: skip
    assert errors(answers) == ["INVAL", None, None, "KEYRE"]
    assert answers[2] == first | {"replayed": True}
    assert balance(connection, purse) == 899


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


def test_all_or_none_with_one_key_twice_is_refused(aline: Person, purse: int, pocket: int) -> None:
    same = request(purse, pocket, 100, idempotency_key="k")
    refusal = aline.refused("api.post_transactions", transactions=written([same, same]))
    assert refusal.details == "transactions: two of them have one idempotency_key"


def test_half_a_group_asked_before_is_refused(aline: Person, purse: int, pocket: int) -> None:
    items = [request(purse, pocket, 100, idempotency_key=key) for key in "ab"]
    group(aline, items[0])
    refusal = aline.refused("api.post_transactions", transactions=written(items))
    assert refusal.code == "KEYRE"


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
    assert refusal.details == "transactions[0]: this wallet is not yours to debit"


@pytest.mark.parametrize(
    ("transactions", "details"),
    [
        ("{}", "transactions: is not a list"),
        ("[]", "transactions: is not 1 to 10000 of them"),
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
        ("[" + "{}," * 10_000 + "{}]", "transactions: is not 1 to 10000 of them"),
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
