"""A hold is completed whole or in part, once, and its key tells the same again."""

import psycopg
import pytest

from tests.db.kit import Person, Row, balance, cash_in, held, post, refused_post, sums


@pytest.fixture
def hold(aline: Person, purse: int, pocket: int) -> Row:
    """800 of Aline's 1000."""
    return post(aline, purse, pocket, 800, status="PENDING")


def test_a_part_moves_and_the_rest_is_released(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int, hold: Row
) -> None:
    answer = aline.call("api.complete_transaction", transaction_id=hold["id"], amount=300)
    assert (answer["status"], answer["amount"], answer["held_amount"]) == ("COMPLETED", 300, 800)
    assert (balance(connection, purse), held(connection, purse)) == (700, 0)
    assert balance(connection, pocket) == 300
    assert sums(connection) == {0}


@pytest.mark.parametrize(
    ("amount", "problem"),
    [
        (801, "is more than is held: 800"),
        (0, "is not greater than 0 and less than 1,000,000,000,000,000"),
        ("0.5", "has more decimals than the currency allows: 0"),
        ("NaN", "is not greater than 0 and less than 1,000,000,000,000,000"),
    ],
)
def test_a_part_is_a_part(aline: Person, hold: Row, amount: object, problem: str) -> None:
    refusal = aline.refused("api.complete_transaction", transaction_id=hold["id"], amount=amount)
    assert (refusal.code, refusal.details) == ("INVAL", f"amount: {problem}")


def test_it_stands_on_the_statement_where_it_ended(
    aline: Person, staff: Person, purse: int, pocket: int, hold: Row
) -> None:
    post(aline, purse, pocket, 50)
    cash_in(staff, purse, 5)
    aline.call("api.complete_transaction", transaction_id=hold["id"], amount=300)
    query = """
        select amount, balance_after from api.statement_lines
        where wallet_id = %(id)s order by posting_id
    """
    lines = [(row["amount"], row["balance_after"]) for row in aline.ask(query, {"id": purse})]
    assert lines == [(1000, 1000), (-50, 950), (5, 955), (-300, 655)]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("api.complete_transaction", {}),
        ("api.complete_transaction", {"amount": 300}),
        ("api.cancel_transaction", {}),
    ],
)
def test_the_same_key_gets_the_first_answer_again(
    connection: psycopg.Connection,
    aline: Person,
    purse: int,
    hold: Row,
    function: str,
    arguments: dict[str, int],
) -> None:
    asked = {"transaction_id": hold["id"], "idempotency_key": "end", **arguments}
    first = aline.call(function, **asked)
    left = balance(connection, purse)
    assert aline.call(function, **asked) == first
    assert balance(connection, purse) == left


def test_another_request_with_the_key_is_refused(
    aline: Person, purse: int, pocket: int, hold: Row
) -> None:
    key = {"idempotency_key": "end"}
    aline.call("api.complete_transaction", transaction_id=hold["id"], **key)
    for function, arguments in (
        ("api.complete_transaction", {"amount": 300}),
        ("api.cancel_transaction", {}),
    ):
        asked = {"transaction_id": hold["id"], **arguments, **key}
        assert aline.refused(function, **asked).code == "KEYRE"
    other = post(aline, purse, pocket, 10, status="PENDING", idempotency_key="hold")
    asked = {"transaction_id": other["id"], "idempotency_key": "hold"}
    assert aline.refused("api.complete_transaction", **asked).code == "KEYRE"
    refusal = aline.refused(
        "api.post_transaction",
        debited_wallet_id=purse,
        credited_wallet_id=pocket,
        amount=1,
        channel_type="APP",
        transaction_type="TRANSFER",
        **key,
    )
    assert refusal.code == "KEYRE"


def test_a_key_that_was_refused_is_not_used_up(
    aline: Person, staff: Person, pocket: int, hold: Row
) -> None:
    asked = {"transaction_id": hold["id"], "idempotency_key": "end"}
    staff.call("api.set_wallet_status", wallet_id=pocket, status="INACTIVE")
    assert aline.refused("api.complete_transaction", **asked).code == "INACT"
    staff.call("api.set_wallet_status", wallet_id=pocket, status="ACTIVE")
    assert aline.call("api.complete_transaction", **asked)["status"] == "COMPLETED"


def test_the_key_of_an_ending_is_its_actors_own(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    asked = {"status": "PENDING", "idempotency_key": "k"}
    hold = post(aline, purse, pocket, 10, **asked)
    staff.call("api.complete_transaction", transaction_id=hold["id"], idempotency_key="k")
    # What staff ask for now is no repetition, although it is what Aline asked for with this key.
    assert refused_post(staff, purse, pocket, 10, **asked).code == "KEYRE"
