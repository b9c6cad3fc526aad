"""What is asked for must make sense: every wrong field is named at once, nothing is recorded."""

from decimal import Decimal
from typing import Any

import psycopg
import pytest

from tests.db.kit import Person, count_transactions, float_wallet, post, refused_post

AMOUNT = "is not greater than 0 and less than 1,000,000,000,000,000"


def test_every_wrong_field_is_named_in_one_answer(
    connection: psycopg.Connection, aline: Person
) -> None:
    before = count_transactions(connection)
    refusal = refused_post(
        aline,
        None,
        None,
        Decimal("NaN"),
        transaction_type=None,
        channel_type="TELEGRAPH",
        external_reference_number="two\nlines",
        status="COMPLETED",
        idempotency_key="",
    )
    assert refusal.code == "INVAL"
    assert refusal.problems == {
        "debited_wallet_id": "is required",
        "credited_wallet_id": "is required, or credited_account_number instead",
        "transaction_type": "is required, or transaction_type_id instead",
        "amount": AMOUNT,
        "channel_type": "is not one of WEB, APP, KIOSK, USSD",
        "external_reference_number": "is not 1 to 100 characters without control characters",
        "status": "is not PENDING: leave it out to post immediately",
        "Idempotency-Key": "is not 1 to 255 characters",
    }
    assert count_transactions(connection) == before


@pytest.mark.parametrize(
    "amount",
    [
        *["0", "-1", "-0.01", "NaN", "Infinity", "-Infinity", "1e15", "1e100"],
        "1000000000000000.01",
    ],
)
def test_an_amount_is_positive_and_bounded(
    aline: Person, purse: int, pocket: int, amount: str
) -> None:
    assert refused_post(aline, purse, pocket, amount).problems == {"amount": AMOUNT}


def test_an_amount_is_required(aline: Person, purse: int, pocket: int) -> None:
    assert refused_post(aline, purse, pocket, None).problems == {"amount": "is required"}


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        (
            {"credited_account_number": "PERSONAL-00000000"},
            "credited_wallet_id",
            "is given together with credited_account_number: give only one",
        ),
        (
            {"transaction_type_id": 1},
            "transaction_type",
            "is given together with transaction_type_id: give only one",
        ),
        ({"channel_type": None}, "channel_type", "is required"),
        (
            {"external_reference_number": "x" * 101},
            "external_reference_number",
            "is not 1 to 100 characters without control characters",
        ),
        (
            {"external_reference_number": ""},
            "external_reference_number",
            "is not 1 to 100 characters without control characters",
        ),
        ({"status": ""}, "status", "is not PENDING: leave it out to post immediately"),
        ({"idempotency_key": "x" * 256}, "Idempotency-Key", "is not 1 to 255 characters"),
    ],
)
def test_a_wrong_field_is_named(
    aline: Person, purse: int, pocket: int, changes: dict[str, Any], field: str, problem: str
) -> None:
    refusal = refused_post(aline, purse, pocket, 1, **changes)
    assert (refusal.code, refusal.problems) == ("INVAL", {field: problem})


def test_the_longest_texts_are_taken(aline: Person, purse: int, pocket: int) -> None:
    texts = {"external_reference_number": "x" * 100, "idempotency_key": "x" * 255}
    assert post(aline, purse, pocket, 1, **texts)["status"] == "COMPLETED"


def test_a_wallet_does_not_pay_itself(
    connection: psycopg.Connection, aline: Person, purse: int
) -> None:
    problems = {"credited_wallet_id": "is the debited wallet"}
    assert refused_post(aline, purse, purse, 1).problems == problems
    query = "select account_number from tekana.wallets where wallet_id = %s"
    (number,) = connection.execute(query, [purse]).fetchone()
    refusal = refused_post(aline, purse, None, 1, credited_account_number=number)
    assert refusal.problems == problems


@pytest.mark.parametrize("amount", ["0.5", "1.01", "1.0001"])
def test_francs_have_no_decimals(aline: Person, purse: int, pocket: int, amount: str) -> None:
    refusal = refused_post(aline, purse, pocket, amount)
    assert refusal.problems == {"amount": "has more decimals than RWF allows: 0"}


def test_dollars_have_two_decimals(aline: Person, dollars: int, dollar_pocket: int) -> None:
    assert post(aline, dollars, dollar_pocket, "0.01")["amount"] == Decimal("0.01")
    refusal = refused_post(aline, dollars, dollar_pocket, "0.001")
    assert refusal.problems == {"amount": "has more decimals than USD allows: 2"}
    refusal = refused_post(aline, dollars, dollar_pocket, "0.00001")
    assert refusal.problems == {"amount": "has more than 4 decimals"}


def test_zeros_at_the_end_are_no_decimals(aline: Person, purse: int, pocket: int) -> None:
    assert post(aline, purse, pocket, "100.0000000")["debited_balance_after"] == 900


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"debited_wallet_id": 0}, "debited_wallet_id: does not exist"),
        ({"credited_wallet_id": 2**63 - 1}, "credited_wallet_id: does not exist"),
        (
            {"credited_wallet_id": None, "credited_account_number": "PERSONAL-99999999"},
            "credited_account_number: does not exist",
        ),
        ({"transaction_type": "GIFT"}, "transaction_type: does not exist"),
        (
            {"transaction_type": None, "transaction_type_id": 0},
            "transaction_type_id: does not exist",
        ),
    ],
)
def test_what_does_not_exist_is_named(
    staff: Person, purse: int, pocket: int, changes: dict[str, Any], details: str
) -> None:
    refusal = refused_post(staff, purse, pocket, 1, **changes)
    assert (refusal.code, refusal.details) == ("NFIND", details)


def test_a_customer_debits_own_wallets_only(
    connection: psycopg.Connection, aline: Person, purse: int, pocket: int
) -> None:
    before = count_transactions(connection)
    for not_hers in (pocket, float_wallet(connection)):
        refusal = refused_post(aline, not_hers, purse, 1)
        assert (refusal.code, refusal.message) == ("DENYD", "you can debit only your own wallets")
    assert count_transactions(connection) == before


def test_a_stranger_does_not_learn_which_wallets_exist(
    aline: Person, purse: int, pocket: int
) -> None:
    anothers = refused_post(aline, pocket, purse, 1)
    for nowhere in (0, 10**15):  # below the keys of all wallets that there are, and above
        assert refused_post(aline, nowhere, purse, 1) == anothers


@pytest.mark.parametrize("role", ["tekana_anonymous", "tekana_gatekeeper", "tekana_worker"])
def test_who_is_not_signed_in_posts_nothing(
    connection: psycopg.Connection, purse: int, pocket: int, role: str
) -> None:
    assert refused_post(Person(connection, role), purse, pocket, 1).code == "42501"


def test_a_customer_role_without_claims_posts_nothing(
    connection: psycopg.Connection, purse: int, pocket: int
) -> None:
    for debited in (purse, float_wallet(connection)):
        refusal = refused_post(Person(connection, "tekana_customer"), debited, pocket, 1)
        assert refusal.code == "DENYD"
