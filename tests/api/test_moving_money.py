"""Transactions over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.people import Person, movement


def test_a_transfer_moves_money_and_tells_both_sides(
    aline: Person, bosco: Person, funded: tuple[int, int]
) -> None:
    mine, theirs = funded
    answer = aline.move("TRANSFER", mine, theirs, 400, external_reference_number="order 1")
    assert answer.status_code == 201
    moved = answer.json()
    assert answer.headers["location"] == f"/api/v1/transactions?id=eq.{moved['id']}"
    assert (moved["status"], moved["amount"], moved["debited_balance_after"]) == (
        "COMPLETED",
        400,
        600,
    )
    assert moved["credited_balance_after"] is None  # not for the payer to know
    assert bosco.get("/transactions", id=moved["id"]).json()[0]["credited_balance_after"] == 400
    assert (aline.balance(mine), bosco.balance(theirs)) == (600, 400)
    lines = aline.get("/statement_lines", wallet_id=mine, order="transaction_id").json()
    assert [(line["amount"], line["balance_after"]) for line in lines] == [
        (1000, 1000),
        (-400, 600),
    ]


def test_a_wallet_is_paid_by_its_account_number(
    aline: Person, bosco: Person, funded: tuple[int, int]
) -> None:
    account = bosco.get("/wallets", id=funded[1]).json()[0]["account_number"]
    body = {
        "transaction_type_id": 3,
        "debited_wallet_id": funded[0],
        "credited_account_number": account,
        "amount": "250",
        "channel_type": "USSD",
    }
    assert aline.post("/transactions", body).status_code == 201
    assert bosco.balance(funded[1]) == 250


def test_a_decline_is_answered_422_and_recorded(aline: Person, wallets: tuple[int, int]) -> None:
    answer = aline.move("TRANSFER", *wallets, 1)
    assert (answer.status_code, answer.json()["code"]) == (422, "NFUND")
    reference = answer.json()["details"].removeprefix("reference_number: ")
    (recorded,) = aline.get("/transactions", reference_number=reference).json()
    assert (recorded["status"], recorded["decline_code"]) == ("FAILED", "NFUND")
    assert recorded["status_message"] == answer.json()["message"]


def test_nobody_debits_the_wallet_of_another(
    aline: Person, bosco: Person, funded: tuple[int, int], floats: dict[str, int]
) -> None:
    mine, theirs = funded
    assert bosco.move("TRANSFER", mine, theirs, 1).status_code == 403
    assert bosco.move("CASH_IN", floats["RWF"], theirs, 1).status_code == 403
    assert bosco.move("TRANSFER", 999_999_999, theirs, 1).status_code == 403  # no oracle
    assert aline.balance(mine) == 1000


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"amount": 0}, 400, "amount"),
        ({"amount": -5}, 400, "amount"),
        ({"amount": 0.5}, 400, "amount"),  # francs have no decimals
        ({"amount": 1e30}, 400, "amount"),
        ({"amount": "NaN"}, 400, "amount"),
        ({"amount": None}, 400, "amount"),
        ({"amount": True}, 400, "amount"),
        ({"channel_type": "POST"}, 400, "channel_type"),
        ({"debited_wallet_id": 1.5}, 400, "debited_wallet_id"),
        ({"debited_wallet_id": 2**63}, 400, "debited_wallet_id"),
        ({"credited_wallet_id": 999_999_999}, 404, "credited_wallet_id"),
        ({"transaction_type": "GIFT"}, 404, "transaction_type"),
        ({"transaction_type_id": 1}, 400, "transaction_type"),
        ({"status": "COMPLETED"}, 400, "status"),
        ({"tip": 1}, 400, "tip"),
        ({"external_reference_number": "x" * 101}, 400, "external_reference_number"),
        ({"external_reference_number": "a\x00b"}, 400, "external_reference_number"),
    ],
)
def test_a_transaction_that_makes_no_sense_names_the_field(
    aline: Person, funded: tuple[int, int], changes: dict, status: int, named: str
) -> None:
    body = movement("TRANSFER", *funded, 1)
    answer = aline.post("/transactions", body | changes)
    assert answer.status_code == status, answer.text
    assert f"{named}:" in answer.json()["details"]


@pytest.mark.parametrize("query", ["offset=5", "limit=0", "id=eq.0", "order=id", "limit=1"])
def test_what_was_done_is_not_left_out_of_the_answer(
    aline: Person, funded: tuple[int, int], query: str
) -> None:
    body = movement("TRANSFER", *funded, 10)
    answer = aline.post(f"/rpc/post_transaction?{query}", body, Prefer="count=exact")
    assert answer.status_code == 400
    assert aline.balance(funded[0]) == 1000
    counted = aline.post("/rpc/post_transaction?select=id", body, Prefer="count=exact")
    assert counted.status_code == 200
    assert counted.json().keys() == {"id"}


def test_64_transfers_at_once_out_of_money_for_32(
    aline: Person, staff: Person, floats: dict[str, int], wallets: tuple[int, int]
) -> None:
    mine, theirs = wallets
    assert staff.move("CASH_IN", floats["RWF"], mine, 320).status_code == 201
    with ThreadPoolExecutor(64) as threads:
        statuses = list(
            threads.map(lambda _: aline.move("TRANSFER", mine, theirs, 10).status_code, range(64))
        )
    assert sorted(statuses) == [201] * 32 + [422] * 32
    assert aline.balance(mine) == 0
    for status in ("COMPLETED", "FAILED"):
        found = aline.get("/transactions", debited_wallet_id=mine, status=status, limit=100)
        assert len(found.json()) == 32


def test_a_hold_reserves_and_is_completed_or_cancelled_once(
    aline: Person, bosco: Person, funded: tuple[int, int]
) -> None:
    mine, theirs = funded
    held = aline.move("TRANSFER", mine, theirs, 300, status="PENDING").json()
    (wallet,) = aline.get("/wallets", id=mine).json()
    assert (wallet["current_balance"], wallet["available_balance"]) == (1000, 700)
    assert aline.move("TRANSFER", mine, theirs, 701).status_code == 422

    strangers = bosco.post("/rpc/complete_transaction", {"transaction_id": held["id"]})
    assert strangers.status_code == 404
    done = aline.post("/rpc/complete_transaction", {"transaction_id": held["id"]})
    assert (done.status_code, done.json()["status"]) == (200, "COMPLETED")
    for function in ("complete_transaction", "cancel_transaction"):
        again = aline.post(f"/rpc/{function}", {"transaction_id": held["id"]})
        assert (again.status_code, again.json()["code"]) == (409, "STATE")
    (wallet,) = aline.get("/wallets", id=mine).json()
    assert (wallet["current_balance"], wallet["available_balance"]) == (700, 700)


def test_staff_reverse_a_transaction_once(
    aline: Person, staff: Person, funded: tuple[int, int]
) -> None:
    moved = aline.move("TRANSFER", *funded, 100).json()
    body = {"transaction_id": moved["id"]}
    assert aline.post("/rpc/reverse_transaction", body).status_code == 403
    reversal = staff.post("/rpc/reverse_transaction", body)
    assert reversal.json()["reverses_transaction_id"] == moved["id"]
    assert aline.get("/transactions", id=moved["id"]).json()[0]["status"] == "REVERSED"
    assert aline.balance(funded[0]) == 1000
    assert staff.post("/rpc/reverse_transaction", body).status_code == 409
