"""A new database is usable at once: what ships with it."""

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.conftest import psql
from tests.db.kit import (
    Person,
    cash_in,
    float_wallet,
    make_customer,
    make_staff,
    open_wallet,
    post,
    sums,
)

SEEDS = ["wallet_types", "transaction_types", "transaction_rules", "currencies"]


@pytest.mark.parametrize("currency", ["RWF", "USD"])
def test_money_can_come_in_go_round_and_go_out(
    connection: psycopg.Connection, currency: str
) -> None:
    staff, aline, bosco = (
        make_staff(connection),
        make_customer(connection),
        make_customer(connection),
    )
    purse, shop = open_wallet(aline, currency=currency), open_wallet(bosco, "MERCHANT", currency)
    cash_in(staff, purse, 1000)
    steps = [
        post(aline, purse, shop, 200, transaction_type="TRANSFER"),
        post(aline, purse, shop, 200, transaction_type="PAYMENT"),
        post(bosco, shop, float_wallet(connection, currency), 400, transaction_type="CASH_OUT"),
    ]
    assert [step["status"] for step in steps] == ["COMPLETED"] * 3
    assert sums(connection) == {0}


def test_the_types_of_the_contract_are_there(connection: psycopg.Connection) -> None:
    query = "select code, is_operator from tekana.wallet_types"
    assert dict(connection.execute(query).fetchall()) == {
        "PERSONAL": False,
        "MERCHANT": False,
        "AGENT": False,
        "FLOAT": True,
        "FEE": True,
        "SETTLEMENT": True,
    }
    query = "select code from tekana.transaction_types where status = 'ACTIVE'"
    codes = {code for (code,) in connection.execute(query)}
    assert codes == {"CASH_IN", "CASH_OUT", "TRANSFER", "PAYMENT"}


@pytest.mark.parametrize(
    ("transaction_type", "debited", "credited"),
    [
        ("CASH_IN", {"FLOAT"}, {"PERSONAL", "MERCHANT", "AGENT"}),
        ("CASH_OUT", {"PERSONAL", "MERCHANT", "AGENT"}, {"FLOAT"}),
        ("TRANSFER", {"PERSONAL", "MERCHANT", "AGENT"}, {"PERSONAL", "MERCHANT", "AGENT"}),
        ("PAYMENT", {"PERSONAL", "MERCHANT", "AGENT"}, {"MERCHANT"}),
    ],
)
def test_each_type_moves_money_between_the_right_kinds(
    connection: psycopg.Connection, transaction_type: str, debited: set[str], credited: set[str]
) -> None:
    query = """
        select w.code, r.debit_allowed, r.credit_allowed
        from tekana.transaction_rules as r
        join tekana.wallet_types as w using (wallet_type_id)
        join tekana.transaction_types as t using (transaction_type_id)
        where t.code = %s
    """
    rules = connection.execute(query, [transaction_type]).fetchall()
    assert {code for code, debit, _ in rules if debit} == debited
    assert {code for code, _, credit in rules if credit} == credited


def test_francs_and_dollars_are_in_use_and_the_rest_of_iso_4217_is_known(
    connection: psycopg.Connection,
) -> None:
    query = "select currency_code, minor_units from tekana.currencies where status = 'ACTIVE'"
    assert dict(connection.execute(query).fetchall()) == {"RWF": 0, "USD": 2}
    query = "select currency_code, minor_units from tekana.currencies"
    known = dict(connection.execute(query).fetchall())
    assert len(known) > 150
    expected = {"EUR": 2, "JPY": 0, "KWD": 3, "UGX": 0, "CLF": 4, "KES": 2, "BIF": 0, "TND": 3}
    assert {code: known.get(code) for code in expected} == expected


@pytest.mark.parametrize("currency", ["RWF", "USD"])
def test_the_operator_has_its_wallets_in_each_currency_in_use(staff: Person, currency: str) -> None:
    query = """
        select t.code from api.wallets as w join api.wallet_types as t on w.wallet_type_id = t.id
        where w.customer_id is null and w.currency_code = %(currency)s and w.current_balance = 0
    """
    codes = [row["code"] for row in staff.ask(query, {"currency": currency})]
    assert sorted(codes) == ["FEE", "FLOAT", "SETTLEMENT"]


def test_seeds_can_be_sown_again(server: PostgresServer, database: str) -> None:
    count = """
        select (select count(*) from tekana.wallets), (select count(*) from tekana.currencies),
            (select count(*) from tekana.transaction_rules)
    """
    before = psql(server, database, "-At", "-c", count)
    for name in SEEDS:
        psql(server, database, "-f", f"db/seeds/{name}.sql")
    assert psql(server, database, "-At", "-c", count) == before
