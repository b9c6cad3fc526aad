"""Row-level security: which rows a customer, staff and anybody else see, through every relation."""

from decimal import Decimal

import psycopg
import pytest

from tests.db.kit import Person, cash_in, make_customer, open_wallet, post
from tests.db.policies.test_relation_matrix import EXPECTED, SIGNED_IN_READ

# Relation → column that tells whose a row is, or None where all rows are everybody's.
OWNERS = {
    "tekana.users": "user_id",
    "tekana.customers": "customer_id",
    "tekana.wallets": "customer_id",
    "tekana.transactions": "transaction_id",
    "api.customers": "id",
    "api.wallets": "customer_id",
    "api.transactions": "id",
    "api.statement_lines": "wallet_id",
    "tekana.currencies": None,
    "tekana.wallet_types": None,
    "tekana.transaction_types": None,
    "tekana.transaction_rules": None,
    "api.currencies": None,
    "api.wallet_types": None,
    "api.transaction_types": None,
    "api.transaction_rules": None,
}


class Town:
    """Aline and Bosco pay each other; Carine and Dede do too, which is nothing of Aline's."""

    def __init__(self, connection: psycopg.Connection, staff: Person) -> None:
        self.aline, self.bosco, self.carine, self.dede = (
            make_customer(connection) for _ in range(4)
        )
        self.purse, self.pocket, self.till, self.jar = (
            open_wallet(person) for person in (self.aline, self.bosco, self.carine, self.dede)
        )
        self.savings = open_wallet(self.aline)
        self.to_aline = cash_in(staff, self.purse, 500)["id"]
        cash_in(staff, self.till, 500)
        self.aline_pays = post(self.aline, self.purse, self.pocket, 100)["id"]
        self.bosco_pays = post(self.bosco, self.pocket, self.purse, 30)["id"]
        self.between_hers = post(self.aline, self.purse, self.savings, 20)["id"]
        self.strangers = post(self.carine, self.till, self.jar, 40)["id"]


@pytest.fixture
def town(connection: psycopg.Connection, staff: Person) -> Town:
    return Town(connection, staff)


def seen(person: Person, relation: str, column: str) -> set[int]:
    return {row[column] for row in person.ask(f"select {column} from {relation}")}


def test_whose_rows_are_is_known_of_every_readable_relation() -> None:
    read = {relation for relation, granted in EXPECTED.items() if granted & SIGNED_IN_READ}
    assert set(OWNERS) == read


def test_a_customer_sees_self_own_wallets_and_what_touches_them(town: Town) -> None:
    hers = {town.to_aline, town.aline_pays, town.bosco_pays, town.between_hers}
    expected = {
        "tekana.users": {town.aline.user_id},
        "tekana.customers": {town.aline.user_id},
        "tekana.wallets": {town.aline.user_id},
        "tekana.transactions": hers,
        "api.customers": {town.aline.user_id},
        "api.wallets": {town.aline.user_id},
        "api.transactions": hers,
        "api.statement_lines": {town.purse, town.savings},
    }
    assert set(expected) == {relation for relation, column in OWNERS.items() if column}
    for relation, keys in expected.items():
        columns = "user_id" if relation == "tekana.users" else OWNERS[relation]
        assert seen(town.aline, relation, columns) == keys, relation


def test_a_customer_sees_each_transaction_once(town: Town) -> None:
    rows = town.aline.ask("select id from api.transactions")
    assert len(rows) == len({row["id"] for row in rows}) == 4


def test_a_customer_does_not_see_the_balance_of_the_other_side(town: Town) -> None:
    rows = town.aline.ask("select * from api.transactions order by id")
    balances = {
        row["id"]: (row["debited_balance_after"], row["credited_balance_after"]) for row in rows
    }
    assert balances == {
        town.to_aline: (None, Decimal(500)),
        town.aline_pays: (Decimal(400), None),
        town.bosco_pays: (None, Decimal(430)),
        town.between_hers: (Decimal(410), Decimal(20)),  # both sides are hers
    }


def test_a_statement_has_the_lines_of_own_wallets_with_their_balances(town: Town) -> None:
    rows = town.aline.ask("select * from api.statement_lines order by transaction_id, direction")
    lines = [
        (row["wallet_id"], row["direction"], row["amount"], row["balance_after"]) for row in rows
    ]
    assert lines == [
        (town.purse, "CREDIT", 500, 500),
        (town.purse, "DEBIT", -100, 400),
        (town.purse, "CREDIT", 30, 430),
        (town.savings, "CREDIT", 20, 20),
        (town.purse, "DEBIT", -20, 410),
    ]


def test_a_customer_sees_of_the_answer_to_a_post_no_more_than_that(town: Town) -> None:
    answer = post(town.aline, town.purse, town.pocket, 1)
    assert answer["debited_balance_after"] == Decimal(409)
    assert answer["credited_balance_after"] is None


def test_staff_see_all_rows_of_every_relation(
    connection: psycopg.Connection, town: Town, staff: Person
) -> None:
    for relation in OWNERS:
        query = f"select count(*) from {relation}"
        (everything,) = connection.execute(query).fetchone()
        assert everything, f"nothing in {relation}, so nothing is shown"
        assert staff.ask(query)[0]["count"] == everything, relation
    rows = staff.ask("select * from api.transactions where status = 'COMPLETED'")
    assert all(row["debited_balance_after"] is not None for row in rows)
    assert all(row["credited_balance_after"] is not None for row in rows)


def test_a_customer_sees_all_of_what_is_everybodys(
    connection: psycopg.Connection, town: Town
) -> None:
    for relation, column in OWNERS.items():
        if column is None:
            query = f"select count(*) from {relation}"
            (everything,) = connection.execute(query).fetchone()
            assert everything > 0
            assert town.aline.ask(query)[0]["count"] == everything, relation


@pytest.mark.parametrize("claims", ["", "{}", '{"role": "tekana_customer"}', '{"sub": null}'])
def test_a_customer_role_without_a_whole_token_sees_nobodys_rows(
    connection: psycopg.Connection, town: Town, claims: str
) -> None:
    connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
    connection.execute("set local role tekana_customer")
    for relation, column in OWNERS.items():
        if column is not None:
            (count,) = connection.execute(f"select count(*) from {relation}").fetchone()
            assert count == 0, relation
