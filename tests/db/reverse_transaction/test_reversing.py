"""Giving money back: by a transaction of its own, once, while the money is there."""

import psycopg

from tests.db.kit import Person, Row, balance, count_transactions, post, sums


def status_of(connection: psycopg.Connection, transaction: Row) -> str:
    query = "select status from tekana.transactions where transaction_id = %s"
    return connection.execute(query, [transaction["id"]]).fetchone()[0]


def reverse(staff: Person, transaction: Row, **arguments: str) -> Row:
    return staff.call("api.reverse_transaction", transaction_id=transaction["id"], **arguments)


def test_the_money_goes_back_by_a_transaction_that_names_the_first(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 300)
    back = reverse(staff, first, channel_type="KIOSK", status_message="paid twice")
    assert back["status"] == "COMPLETED"
    assert back["reverses_transaction_id"] == first["id"]
    assert (back["debited_wallet_id"], back["credited_wallet_id"]) == (pocket, purse)
    assert (back["debited_balance_after"], back["credited_balance_after"]) == (0, 1000)
    assert (back["channel_type"], back["status_message"]) == ("KIOSK", "paid twice")
    assert status_of(connection, first) == "REVERSED"
    assert (balance(connection, purse), balance(connection, pocket)) == (1000, 0)
    assert sums(connection) == {0}


def test_both_stay_on_the_statement(aline: Person, staff: Person, purse: int, pocket: int) -> None:
    reverse(staff, post(aline, purse, pocket, 300))
    query = """
        select amount, balance_after from api.statement_lines
        where wallet_id = %(id)s order by transaction_id
    """
    lines = [(row["amount"], row["balance_after"]) for row in aline.ask(query, {"id": purse})]
    assert lines == [(1000, 1000), (-300, 700), (300, 1000)]


def test_it_is_reversed_once(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 300)
    reverse(staff, first)
    refusal = staff.refused("api.reverse_transaction", transaction_id=first["id"])
    assert (refusal.code, refusal.details) == ("STATE", "status: is REVERSED")
    assert balance(connection, purse) == 1000


def test_a_reversal_is_not_reversed(aline: Person, staff: Person, purse: int, pocket: int) -> None:
    back = reverse(staff, post(aline, purse, pocket, 300))
    refusal = staff.refused("api.reverse_transaction", transaction_id=back["id"])
    assert refusal.code == "STATE"


def test_what_is_held_or_declined_is_not_reversed(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    for transaction in (
        post(aline, purse, pocket, 300, status="PENDING"),
        post(aline, purse, pocket, 5000),
    ):
        refusal = staff.refused("api.reverse_transaction", transaction_id=transaction["id"])
        assert (refusal.code, refusal.details) == ("STATE", f"status: is {transaction['status']}")


def test_it_is_declined_when_the_money_is_gone_and_can_be_tried_again(
    connection: psycopg.Connection,
    aline: Person,
    bosco: Person,
    staff: Person,
    purse: int,
    pocket: int,
) -> None:
    first = post(aline, purse, pocket, 300)
    spent = post(bosco, pocket, purse, 1)
    before = count_transactions(connection)
    declined = reverse(staff, first)
    assert (declined["status"], declined["decline_code"]) == ("FAILED", "NFUND")
    assert declined["reverses_transaction_id"] == first["id"]
    assert count_transactions(connection) == before + 1
    assert status_of(connection, first) == "COMPLETED"
    assert balance(connection, pocket) == 299

    reverse(staff, spent)
    assert reverse(staff, first)["status"] == "COMPLETED"


def test_money_that_is_held_does_not_go_back(
    aline: Person, bosco: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 300)
    post(bosco, pocket, purse, 1, status="PENDING")
    assert reverse(staff, first)["decline_code"] == "NFUND"


def test_an_inactive_wallet_does_not_stand_in_the_way(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    first = post(aline, purse, pocket, 300)
    for wallet_id in (purse, pocket):
        staff.call("api.set_wallet_status", wallet_id=wallet_id, status="INACTIVE")
    assert reverse(staff, first)["status"] == "COMPLETED"


def test_a_type_that_is_not_active_does_not_stand_in_the_way(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    paid = post(aline, purse, pocket, 100)
    connection.execute("update tekana.transaction_types set status = 'INACTIVE'")
    reversal = staff.call("api.reverse_transaction", transaction_id=paid["id"])
    assert reversal["status"] == "COMPLETED"


def test_cash_in_goes_back_to_the_float(
    connection: psycopg.Connection, staff: Person, purse: int
) -> None:
    query = "select transaction_id as id from tekana.transactions where credited_wallet_id = %s"
    (cash,) = connection.execute(query, [purse]).fetchone()
    assert reverse(staff, {"id": cash})["status"] == "COMPLETED"
    assert balance(connection, purse) == 0
    assert sums(connection) == {0}


def test_a_customer_does_not_reverse(aline: Person, purse: int, pocket: int) -> None:
    first = post(aline, purse, pocket, 300)
    refusal = aline.refused("api.reverse_transaction", transaction_id=first["id"])
    assert refusal.code == "42501"


def test_wrong_fields_are_named(staff: Person) -> None:
    refusal = staff.refused(
        "api.reverse_transaction", transaction_id=0, channel_type="FAX", status_message="x" * 501
    )
    assert refusal.problems == {
        "channel_type": "is not one of WEB, APP, KIOSK, USSD",
        "status_message": "is longer than 500 characters",
    }
    for unknown in (0, None):
        refusal = staff.refused("api.reverse_transaction", transaction_id=unknown)
        assert (refusal.code, refusal.details) == ("NFIND", "transaction_id: does not exist")
