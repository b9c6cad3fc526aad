"""What an analyst asks, in the words of docs/analytics.md, over a ledger known by heart."""

import re
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from tests.db.kit import (
    Person,
    Row,
    cash_in,
    let_expire,
    make_customer,
    open_wallet,
    post,
    unseen_by_triggers,
    wallet_type_id,
)

PAGE = Path(__file__).parents[3] / "docs" / "analytics.md"
BLOCK = re.compile(r"^\*\*(.+?)\*\*.*?^```sql\n(.+?)^```", re.MULTILINE | re.DOTALL)
QUESTIONS = dict(BLOCK.findall(PAGE.read_text(encoding="utf-8"))) if PAGE.exists() else {}


def move_to(connection: psycopg.Connection, day: str, *transactions: Row) -> None:
    """Let transactions have been on that day, what ended with its ending."""
    with unseen_by_triggers(connection):
        connection.execute(
            "update tekana.transactions"
            " set created_at = %s::timestamptz,"
            " ended_at = case when ended_at is not null then %s::timestamptz end"
            " where transaction_id = any (%s)",
            [day, day, [row["id"] for row in transactions]],
        )


@pytest.fixture
def merchant(connection: psycopg.Connection, staff: Person) -> int:
    return open_wallet(make_customer(connection), "MERCHANT", by=staff)


@pytest.fixture
def history(
    connection: psycopg.Connection, aline: Person, staff: Person, pocket: int, merchant: int
) -> dict[str, int]:
    """Two months: Aline gets 1000 in October, of which she spends 225 in November."""
    connection.execute("set local timezone = 'UTC'")
    purse = open_wallet(aline)
    start = cash_in(staff, purse, 1000)
    transfer = post(aline, purse, pocket, 100)
    payment = post(aline, purse, merchant, 50, transaction_type="PAYMENT")
    mistake = post(aline, purse, merchant, 30, transaction_type="PAYMENT")
    undone = staff.call("api.reverse_transaction", transaction_id=mistake["id"])
    declined = post(aline, purse, pocket, 1_000_000)
    in_part = post(aline, purse, merchant, 40, transaction_type="PAYMENT", status="PENDING")
    aline.call("api.complete_transaction", transaction_id=in_part["id"], amount=25)
    held = post(aline, purse, pocket, 200, status="PENDING")
    over = post(aline, purse, pocket, 70, status="PENDING")
    let_expire(connection, over)
    fee_type = wallet_type_id(connection, "FEE")
    staff.call(
        "api.create_transaction_rule",
        wallet_type_id=fee_type,
        transaction_type_id=transfer["transaction_type_id"],
        credit_allowed=True,
    )
    fee_wallet = connection.execute(
        "select wallet_id from tekana.wallets where wallet_type_id = %s and currency_code = 'RWF'",
        [fee_type],
    ).fetchone()
    fee = post(aline, purse, fee_wallet[0], 50)
    move_to(connection, "2026-10-31 23:00Z", start)
    move_to(connection, "2026-11-02 10:00Z", transfer, payment, mistake, undone, declined)
    move_to(connection, "2026-11-03 10:00Z", in_part, held, over, fee)
    connection.execute("update tekana.users set created_at = '2026-10-05'")
    return {"purse": purse, "pocket": pocket, "merchant": merchant, "customer": aline.user_id}


def ask(connection: psycopg.Connection, question: str, **variables: str) -> list[Row]:
    """The answer of the page; variables are what psql would put in for `:'name'`."""
    assert question in QUESTIONS, f"{PAGE.name} does not answer: {question}"
    query = QUESTIONS[question]
    for name in variables:
        query = query.replace(f":'{name}'", f"%({name})s")
    return Person(connection, "tekana_analyst").ask(query, variables or None)


def test_volume_counts_what_moved_on_the_day_it_moved(
    connection: psycopg.Connection, history: dict[str, int]
) -> None:
    rows = ask(connection, "Volume by day and type")
    found = [(str(r["day"]), r["transaction_type"], r["transactions"], r["volume"]) for r in rows]
    assert found == [
        ("2026-11-02", "PAYMENT", 2, 80),
        ("2026-11-02", "TRANSFER", 1, 100),
        ("2026-11-03", "PAYMENT", 1, 25),
        ("2026-11-03", "TRANSFER", 1, 50),
    ]


def test_who_was_active(
    connection: psycopg.Connection,
    aline: Person,
    bosco: Person,
    staff: Person,
    purse: int,
    pocket: int,
) -> None:
    before = ask(connection, "Active customers")[0]["customers"]
    old = post(aline, purse, pocket, 1)
    move_to(connection, "2020-01-01", old)
    assert ask(connection, "Active customers")[0]["customers"] == before  # Bosco was, long ago
    staff.call("api.reverse_transaction", transaction_id=old["id"])
    assert ask(connection, "Active customers")[0]["customers"] == before  # nor was he in that
    post(aline, purse, pocket, 1)
    assert ask(connection, "Active customers")[0]["customers"] == before + 1


def test_what_customers_have_is_what_the_operator_owes(
    connection: psycopg.Connection, history: dict[str, int]
) -> None:
    [row] = [r for r in ask(connection, "Float by currency") if r["currency_code"] == "RWF"]
    assert row["float"] + row["owed_to_customers"] + row["other_operator_wallets"] == 0
    assert (row["float"], row["owed_to_customers"]) == (-1000, 950)


def test_the_top_merchant_without_what_was_given_back(
    connection: psycopg.Connection, history: dict[str, int]
) -> None:
    [row] = ask(connection, "Top merchants")
    assert (row["wallet_id"], row["received"], row["payments"]) == (history["merchant"], 75, 3)


def test_declined_by_reason(connection: psycopg.Connection, history: dict[str, int]) -> None:
    [row] = ask(connection, "Declined by reason")
    assert (row["decline_code"], row["declined"], row["percent"]) == ("NFUND", 1, Decimal("12.5"))


def test_balances_at_the_end_of_a_month(
    connection: psycopg.Connection, history: dict[str, int]
) -> None:
    rows = ask(connection, "Balances at the end of a month")
    assert {r["wallet_id"]: r["balance"] for r in rows}[history["purse"]] == 1000
    assert history["pocket"] not in {r["wallet_id"] for r in rows}


def test_what_is_held_and_not_over(connection: psycopg.Connection, history: dict[str, int]) -> None:
    [row] = ask(connection, "Open holds")
    assert (row["currency_code"], row["holds"], row["held"]) == ("RWF", 1, 200)


def test_how_much_was_given_back(connection: psycopg.Connection, history: dict[str, int]) -> None:
    rows = {r["transaction_type"]: r for r in ask(connection, "Reversals")}
    assert (rows["PAYMENT"]["posted"], rows["PAYMENT"]["given_back"]) == (3, 1)
    assert rows["PAYMENT"]["percent"] == Decimal("33.3")
    assert rows["TRANSFER"]["given_back"] == 0


def test_who_came_back(
    connection: psycopg.Connection, history: dict[str, int], staff: Person
) -> None:
    rows = ask(connection, "Retention by cohort")
    found = [(str(r["cohort"]), r["month"], r["active"]) for r in rows]
    # In the month of registering Aline; in the next Aline, Bosco and the merchant.
    expected = [("2026-10-01", 0, 1), ("2026-10-01", 1, 3)]
    assert found == expected
    query = "select max(transaction_id) from analytics.transactions where status = 'COMPLETED'"
    [(last,)] = connection.execute(query).fetchall()
    undone = staff.call("api.reverse_transaction", transaction_id=last)
    move_to(connection, "2027-02-01", undone)
    rows = ask(connection, "Retention by cohort")
    assert [(str(r["cohort"]), r["month"], r["active"]) for r in rows] == expected


def test_fees(connection: psycopg.Connection, history: dict[str, int]) -> None:
    [row] = ask(connection, "Fees")
    assert (str(row["month"]), row["currency_code"], row["fees"]) == ("2026-11-01", "RWF", 50)


def test_who_went_quiet(
    connection: psycopg.Connection, aline: Person, bosco: Person, staff: Person
) -> None:
    purse, pocket = open_wallet(aline), open_wallet(bosco)
    cash = cash_in(staff, purse, 100)
    newcomer = make_customer(connection)
    connection.execute(
        "update tekana.users set created_at = '2020-01-01' where user_id <> %s", [newcomer.user_id]
    )
    quiet = {r["customer_id"]: r for r in ask(connection, "Quiet customers")}
    assert quiet[bosco.user_id]["last_active_at"] is None
    assert not {aline.user_id, newcomer.user_id} & set(quiet)
    move_to(connection, "2020-02-01", cash)
    quiet = {r["customer_id"]: r for r in ask(connection, "Quiet customers")}
    assert quiet[aline.user_id]["last_active_at"].month == 2
    staff.call("api.reverse_transaction", transaction_id=cash["id"], amount=10)
    assert aline.user_id in {r["customer_id"] for r in ask(connection, "Quiet customers")}
    post(aline, purse, pocket, 1)
    quiet = {r["customer_id"]: r for r in ask(connection, "Quiet customers")}
    assert not {aline.user_id, bosco.user_id} & set(quiet)


def test_who_gave_back_how_much(
    connection: psycopg.Connection, history: dict[str, int], staff: Person
) -> None:
    [row] = ask(connection, "Reversals by member of staff")
    assert (row["actor_id"], row["currency_code"]) == (staff.user_id, "RWF")
    assert (row["reversals"], row["amount"]) == (1, 30)


def test_a_file_is_compared_by_reference(
    connection: psycopg.Connection, history: dict[str, int], aline: Person, merchant: int
) -> None:
    purse = history["purse"]
    paid = [post(aline, purse, merchant, n, transaction_type="PAYMENT") for n in (11, 12, 13)]
    absent = "T999999999999"
    move_to(connection, "2026-12-02", *paid)
    references = [row["reference_number"] for row in paid]
    lines = ["reference,amount", f"{references[0]},11", f"{absent},5"]
    lines += [f"{references[1]},12"] * 2  # there twice
    # As some programs end their lines.
    rows = ask(connection, "Compare with a file", file="\r\n".join(lines) + "\r\n")
    found = {r["transaction_id"]: (r["amount"], r["amount_in_file"]) for r in rows}
    assert found == {
        paid[1]["id"]: (12, 24),
        paid[2]["id"]: (13, None),
        999_999_999_999: (None, 5),
    }


def test_a_wallet_has_what_its_entries_come_to(
    connection: psycopg.Connection, history: dict[str, int]
) -> None:
    rows = Person(connection, "tekana_analyst").ask(
        "select w.wallet_id from analytics.wallets as w"
        " left join analytics.entries as e using (wallet_id)"
        " group by w.wallet_id, w.current_balance"
        " having coalesce(sum(e.amount), 0) <> w.current_balance"
    )
    assert rows == []
