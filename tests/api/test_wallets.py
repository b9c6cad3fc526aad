"""Wallets, and the types and rules that they are under, over HTTP."""

import pytest

from tests.people import Person


def test_a_wallet_has_an_account_number_and_no_money(aline: Person) -> None:
    wallet = aline.open_wallet("USD", "MERCHANT")
    assert wallet["account_number"].startswith("MERCHANT-")
    assert len(wallet["account_number"]) == len("MERCHANT-") + 8
    assert (wallet["current_balance"], wallet["available_balance"]) == (0, 0)
    assert wallet["status"] == "ACTIVE"


def test_a_customer_opens_wallets_for_nobody_else(aline: Person, bosco: Person) -> None:
    body = {"wallet_type_id": 1, "currency_code": "RWF", "customer_id": bosco.id}
    assert aline.post("/wallets", body).status_code == 403


def test_a_repeated_request_opens_one_wallet(aline: Person) -> None:
    body = {"wallet_type_id": 1, "currency_code": "RWF"}
    first, again = (aline.post("/wallets", body, idempotency_key="retried") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    told = [answer.headers.get("Idempotency-Replayed") for answer in (first, again)]
    assert told == [None, "true"]
    other = aline.post("/wallets", body | {"currency_code": "USD"}, idempotency_key="retried")
    assert (other.status_code, other.json()["code"]) == (422, "KEYRE")


def test_staff_open_wallets_for_a_customer(staff: Person, bosco: Person) -> None:
    body = {"wallet_type_id": 1, "currency_code": "RWF", "customer_id": bosco.id}
    answer = staff.post("/wallets", body)
    assert answer.status_code == 201
    assert bosco.get("/wallets", id=answer.json()["id"]).json() == [answer.json()]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"wallet_type_id": 1, "currency_code": "XXX"}, 400),
        ({"wallet_type_id": 1, "currency_code": "EUR"}, 400),
        ({"wallet_type_id": 4, "currency_code": "RWF"}, 404),  # the operator's float
        ({"wallet_type_id": 999, "currency_code": "RWF"}, 404),
        ({"currency_code": "RWF"}, 400),
        ({"wallet_type_id": "1", "currency_code": "RWF"}, 400),
    ],
)
def test_a_wallet_that_cannot_be(aline: Person, body: dict, status: int) -> None:
    assert aline.post("/wallets", body).status_code == status


def test_an_inactive_wallet_neither_pays_nor_is_paid(
    aline: Person, staff: Person, funded: tuple[int, int]
) -> None:
    mine, theirs = funded
    body = {"wallet_id": theirs, "status": "INACTIVE"}
    assert aline.post("/rpc/set_wallet_status", body).status_code == 403
    assert staff.post("/rpc/set_wallet_status", body).json()["status"] == "INACTIVE"
    assert aline.move("TRANSFER", mine, theirs, 1).json()["code"] == "INACT"


def test_types_and_rules_made_by_staff_are_obeyed(
    aline: Person, staff: Person, funded: tuple[int, int]
) -> None:
    gift = {"code": "GIFT_1", "name": "Gift", "description": "…", "maximum_amount": 50}
    for body in (gift, gift | {"code": 7}, {"tip": 1}):  # whatever else is wrong
        assert aline.post("/transactionTypes", body).status_code == 403
    made = staff.post("/transactionTypes", gift)
    assert made.status_code == 201
    conflict = staff.post("/transactionTypes", gift)
    assert (conflict.status_code, conflict.json()["code"]) == (409, "TAKEN")
    assert conflict.json()["details"].startswith("code:")

    assert aline.move("GIFT_1", *funded, 10).json()["code"] == "NRULE"
    rule = {"transaction_type_id": made.json()["id"], "wallet_type_id": 1}
    rule |= {"debit_allowed": True, "credit_allowed": True}
    assert staff.post("/transactionRules", rule).status_code == 201
    assert staff.post("/transactionRules", rule).status_code == 409
    assert aline.move("GIFT_1", *funded, 10).status_code == 201
    assert aline.move("GIFT_1", *funded, 51).json()["code"] == "LIMIT"


def test_a_wallet_type_has_limits(staff: Person) -> None:
    body = {"code": "PIGGYBANK", "name": "Piggy bank", "description": "For later."}
    body |= {"minimum_transaction_amount": 100, "maximum_transaction_amount": 10}
    wrong = staff.post("/walletTypes", body)
    assert wrong.status_code == 400
    assert wrong.json()["details"].startswith("maximum_transaction_amount:")
    made = staff.post("/walletTypes", body | {"maximum_transaction_amount": 1000.5})
    assert made.status_code == 201
    assert made.json()["maximum_transaction_amount"] == 1000.5
