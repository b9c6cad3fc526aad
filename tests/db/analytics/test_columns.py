"""What analysts see of a wallet and of who asked, as others see it."""

import psycopg
import pytest

from tests.db.kit import Person, let_expire, post, unseen_by_triggers


def seen(connection: psycopg.Connection, query: str, *values: object) -> list[tuple[object, ...]]:
    with connection.transaction():
        connection.execute("set local role tekana_analyst")
        rows = connection.execute(query, values).fetchall()
        connection.execute("set local role none")
    return rows


def test_available_is_what_the_owner_is_told(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    post(aline, purse, pocket, 30, status="PENDING")
    let_expire(connection, post(aline, purse, pocket, 7, status="PENDING"))
    Person(connection, "tekana_worker").call("tekana.sweep_expired_holds", most=10)
    expired = post(aline, purse, pocket, 20, status="PENDING")
    let_expire(connection, expired)
    query = "select current_balance, available_balance from analytics.wallets where wallet_id = %s"
    [told] = aline.ask(
        "select current_balance, available_balance from api.wallets where id = %(id)s",
        {"id": purse},
    )
    assert seen(connection, query, purse) == [tuple(told.values())]
    assert told["current_balance"] - told["available_balance"] == 30


@pytest.fixture
def completed(
    connection: psycopg.Connection, aline: Person, dollars: int, dollar_pocket: int
) -> int:
    """A hold since yesterday, of which a part moved today."""
    hold = post(aline, dollars, dollar_pocket, 10, status="PENDING")
    with unseen_by_triggers(connection):
        connection.execute(
            "update tekana.transactions set created_at = created_at - interval '1 day'"
            " where transaction_id = %s",
            [hold["id"]],
        )
    aline.call("api.complete_transaction", transaction_id=hold["id"], amount=4)
    return int(hold["id"])


@pytest.mark.usefixtures("completed")
def test_entries_are_the_lines_of_statements(connection: psycopg.Connection, staff: Person) -> None:
    query = """
        select
            posting_id, transaction_id, wallet_id, currency_code, amount, balance_after,
            created_at, posted_at
        from {} order by posting_id, wallet_id
    """
    lines = [tuple(line.values()) for line in staff.ask(query.format("api.statement_lines"))]
    assert len(lines) == 4  # of the dollars that were paid in, too
    assert seen(connection, query.format("analytics.entries")) == lines


def test_transactions_are_those_that_staff_see_and_say_whose_the_wallets_are(
    connection: psycopg.Connection, aline: Person, bosco: Person, staff: Person, completed: int
) -> None:
    query = """
        select
            {} as key, channel_type, status, decline_code, currency_code, amount, held_amount,
            debited_wallet_id, credited_wallet_id, reverses_transaction_id, created_at, expires_at,
            ended_at
        from {} order by key
    """
    told = [tuple(row.values()) for row in staff.ask(query.format("id", "api.transactions"))]
    assert seen(connection, query.format("transaction_id", "analytics.transactions")) == told
    query = """
        select debited_customer_id, credited_customer_id, posted_at = ended_at
        from analytics.transactions where transaction_id = %s
    """
    assert seen(connection, query, completed) == [(aline.user_id, bosco.user_id, True)]


def test_who_asked_and_who_ended_what_was_held(
    connection: psycopg.Connection, aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    hold = post(aline, purse, pocket, 10, status="PENDING")
    staff.call("api.cancel_transaction", transaction_id=hold["id"])
    query = "select actor_id, ended_by from analytics.transactions where transaction_id = %s"
    assert seen(connection, query, hold["id"]) == [(aline.user_id, staff.user_id)]


def test_nobody_ended_what_expired(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    hold = post(aline, purse, pocket, 10, status="PENDING")
    let_expire(connection, hold)
    Person(connection, "tekana_worker").call("tekana.sweep_expired_holds", most=10)
    query = "select status, ended_by from analytics.transactions where transaction_id = %s"
    assert seen(connection, query, hold["id"]) == [("CANCELLED", None)]
