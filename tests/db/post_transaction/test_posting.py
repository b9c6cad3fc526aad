"""Money that moves: one row, two sides, both balances after it."""

from decimal import Decimal

import psycopg

from tests.db.kit import (
    Person,
    balance,
    float_wallet,
    held,
    open_wallet,
    post,
)


def test_what_leaves_one_wallet_enters_the_other(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    answer = post(aline, purse, pocket, 300, external_reference_number="rent for May")
    assert answer | {"id": 0, "reference_number": "", "created_at": None} == {
        "id": 0,
        "reference_number": "",
        "external_reference_number": "rent for May",
        "transaction_type_id": answer["transaction_type_id"],
        "channel_type": "APP",
        "debited_wallet_id": purse,
        "credited_wallet_id": pocket,
        "amount": Decimal(300),
        "currency_code": "RWF",
        "debited_balance_after": Decimal(700),
        "credited_balance_after": None,  # not hers to see
        "status": "COMPLETED",
        "status_message": None,
        "decline_code": None,
        "reverses_transaction_id": None,
        "held_amount": None,
        "expires_at": None,
        "ended_at": None,
        "created_at": None,
    }
    assert (balance(connection, purse), balance(connection, pocket)) == (700, 300)


def test_the_reference_number_is_the_key_in_a_form_to_read_out(
    aline: Person, purse: int, pocket: int
) -> None:
    answer = post(aline, purse, pocket, 300)
    assert answer["reference_number"] == f"T{answer['id']:012}"


def test_the_actor_and_both_owners_are_written_down(
    connection: psycopg.Connection, aline: Person, bosco: Person, purse: int, pocket: int
) -> None:
    answer = post(aline, purse, pocket, 300)
    query = """
        select actor_id, debited_customer_id, credited_customer_id
        from tekana.transactions where transaction_id = %s
    """
    row = connection.execute(query, [answer["id"]]).fetchone()
    assert row == (aline.user_id, aline.user_id, bosco.user_id)


def test_staff_may_debit_a_customers_wallet(
    connection: psycopg.Connection, staff: Person, purse: int, pocket: int
) -> None:
    answer = post(staff, purse, pocket, 300)
    assert (answer["debited_balance_after"], answer["credited_balance_after"]) == (700, 300)


def test_the_credited_wallet_may_be_named_by_account_number(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    query = "select account_number from tekana.wallets where wallet_id = %s"
    (number,) = connection.execute(query, [pocket]).fetchone()
    answer = post(aline, purse, None, 300, credited_account_number=number)
    assert (answer["status"], answer["credited_wallet_id"]) == ("COMPLETED", pocket)


def test_the_type_may_be_named_by_key(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    query = "select transaction_type_id from tekana.transaction_types where code = 'TRANSFER'"
    (type_id,) = connection.execute(query).fetchone()
    answer = post(aline, purse, pocket, 1, transaction_type=None, transaction_type_id=type_id)
    assert (answer["status"], answer["transaction_type_id"]) == ("COMPLETED", type_id)


def test_balances_after_follow_each_other(aline: Person, purse: int, pocket: int) -> None:
    after = [post(aline, purse, pocket, 100)["debited_balance_after"] for _ in range(5)]
    assert after == [900, 800, 700, 600, 500]


def test_cash_comes_from_the_float_and_goes_back_to_it(
    connection: psycopg.Connection, aline: Person, purse: int
) -> None:
    source = float_wallet(connection)
    assert balance(connection, source) == -1000
    answer = post(aline, purse, source, 1000, transaction_type="CASH_OUT")
    assert answer["status"] == "COMPLETED"
    assert (balance(connection, source), balance(connection, purse)) == (0, 0)


def test_a_pending_transaction_holds_the_money_and_moves_none(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    answer = post(aline, purse, pocket, 300, status="PENDING")
    assert answer["status"] == "PENDING"
    assert answer["debited_balance_after"] is None
    assert (balance(connection, purse), held(connection, purse)) == (1000, 300)
    assert balance(connection, pocket) == 0
    wallet = aline.ask("select * from api.wallets where id = %(id)s", {"id": purse})[0]
    assert (wallet["current_balance"], wallet["available_balance"]) == (1000, 700)


def test_one_may_move_money_between_own_wallets(
    connection: psycopg.Connection, aline: Person, purse: int
) -> None:
    savings = open_wallet(aline)
    answer = post(aline, purse, savings, 400)
    assert (answer["debited_balance_after"], answer["credited_balance_after"]) == (600, 400)


def test_a_wallets_transactions_chain_into_its_balance(
    connection: psycopg.Connection, aline: Person, bosco: Person, purse: int, pocket: int
) -> None:
    for payer, debited, credited in [(aline, purse, pocket), (bosco, pocket, purse)] * 5:
        post(payer, debited, credited, 50)
    lines = aline.ask(
        "select amount, balance_after from api.statement_lines where wallet_id = %(id)s"
        " order by transaction_id",
        {"id": purse},
    )
    running = Decimal(0)
    for line in lines:
        running += line["amount"]
        assert line["balance_after"] == running
    assert (len(lines), running) == (11, balance(connection, purse))
