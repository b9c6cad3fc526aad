"""The keys of a group and of what is in it: each is good for one request."""

from datetime import UTC, datetime

import psycopg
import pytest

from tests.db.kit import (
    Person,
    balance,
    post,
    request,
)
from tests.db.post_transactions.asking import errors, group, told, written


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


def test_a_group_of_what_was_all_asked_before_uses_its_key_up_too(
    aline: Person, purse: int, pocket: int
) -> None:
    # Of two that come at once, nobody could tell which of them was first.
    old = request(purse, pocket, 100, idempotency_key="old")
    group(aline, old)
    key = {"atomic": False, "idempotency_key": "payday"}
    assert group(aline, old, **key)[0]["replayed"]
    asked = {"transactions": written([request(purse, pocket, 100)])}
    assert aline.refused("api.post_transactions", **asked, **key).code == "KEYRE"
    assert group(aline, old, **key)[0]["replayed"]


def test_no_item_has_the_key_of_its_group(aline: Person, purse: int, pocket: int) -> None:
    items = written([request(purse, pocket, 100, idempotency_key="payday")])
    refusal = aline.refused("api.post_transactions", transactions=items, idempotency_key="payday")
    assert (
        refusal.details
        == "transactions: one has the idempotency_key of the group, or one that begins with it"
    )


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


def test_all_or_none_with_one_key_twice_is_refused(aline: Person, purse: int, pocket: int) -> None:
    same = request(purse, pocket, 100, idempotency_key="k")
    refusal = aline.refused("api.post_transactions", transactions=written([same, same]))
    assert refusal.details == "transactions: two of them have the same idempotency_key"


def test_half_a_group_asked_before_is_refused(aline: Person, purse: int, pocket: int) -> None:
    items = [request(purse, pocket, 100, idempotency_key=key) for key in "ab"]
    group(aline, items[0])
    refusal = aline.refused("api.post_transactions", transactions=written(items))
    assert refusal.code == "KEYRE"
