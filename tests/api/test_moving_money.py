"""Wallets and transactions over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.people import Person, movement


@pytest.fixture
def wallets(aline: Person, bosco: Person) -> tuple[int, int]:
    """A fresh wallet of each, in francs, with nothing in them."""
    return aline.open_wallet()["id"], bosco.open_wallet()["id"]


@pytest.fixture
def funded(staff: Person, floats: dict[str, int], wallets: tuple[int, int]) -> tuple[int, int]:
    """The same, with 1000 francs in the first."""
    answer = staff.move("CASH_IN", floats["RWF"], wallets[0], 1000)
    assert answer.status_code == 201, answer.text
    return wallets


def test_a_wallet_has_an_account_number_and_no_money(aline: Person) -> None:
    wallet = aline.open_wallet("USD", "MERCHANT")
    assert wallet["account_number"].startswith("MERCHANT-")
    assert len(wallet["account_number"]) == len("MERCHANT-") + 8
    assert (wallet["current_balance"], wallet["available_balance"]) == (0, 0)
    assert wallet["status"] == "ACTIVE"


def test_a_customer_opens_wallets_for_nobody_else(aline: Person, bosco: Person) -> None:
    body = {"wallet_type_id": 1, "currency_code": "RWF", "customer_id": bosco.id}
    assert aline.post("/wallets", body).status_code == 403


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


def test_the_same_key_and_body_get_the_first_answer_again(
    aline: Person, funded: tuple[int, int]
) -> None:
    first = aline.move("TRANSFER", *funded, 10, key="order-1")
    again = aline.move("TRANSFER", *funded, 10, key="order-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    other = aline.move("TRANSFER", *funded, 11, key="order-1")
    assert (other.status_code, other.json()["code"]) == (422, "KEYRE")
    assert aline.balance(funded[0]) == 990


@pytest.mark.parametrize("path", ["/transactions", "/rpc/post_transaction"])
def test_a_key_that_is_empty_is_refused(aline: Person, funded: tuple[int, int], path: str) -> None:
    body = movement("TRANSFER", *funded, 10)
    for refused in (
        aline.post(path, body, Idempotency_Key=""),
        aline.post(path, body | {"idempotency_key": ""}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (400, "INVAL"), refused.text
        assert refused.json()["details"] == "Idempotency-Key: is not 1 to 255 characters"
    assert aline.balance(funded[0]) == 1000


def test_a_declined_answer_is_replayed_too(
    aline: Person, staff: Person, floats: dict[str, int], wallets: tuple[int, int]
) -> None:
    first = aline.move("TRANSFER", *wallets, 10, key="too-early")
    staff.move("CASH_IN", floats["RWF"], wallets[0], 100)
    again = aline.move("TRANSFER", *wallets, 10, key="too-early")
    assert (first.status_code, again.status_code) == (422, 422)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


def test_a_refused_request_does_not_use_up_its_key(aline: Person, funded: tuple[int, int]) -> None:
    assert aline.move("TRANSFER", *funded, -1, key="fat-finger").status_code == 400
    assert aline.move("TRANSFER", *funded, 1, key="fat-finger").status_code == 201


def test_a_key_is_a_key_by_every_path(aline: Person, funded: tuple[int, int]) -> None:
    first = aline.move("TRANSFER", *funded, 10, key="any-path")
    body = movement("TRANSFER", *funded, 10)
    for again in (
        aline.post("/rpc/post_transaction", body, Idempotency_Key="any-path"),
        aline.post("/rpc/post_transaction", body | {"idempotency_key": "any-path"}),
    ):
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
    both = body | {"idempotency_key": "any-path"}
    assert aline.post("/transactions", both, Idempotency_Key="any-path").status_code == 400
    assert aline.balance(funded[0]) == 990


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


def test_one_key_sent_50_times_at_once_moves_money_once(
    aline: Person, funded: tuple[int, int]
) -> None:
    with ThreadPoolExecutor(50) as threads:
        answers = list(
            threads.map(lambda _: aline.move("TRANSFER", *funded, 7, key="impatient"), range(50))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert aline.balance(funded[0]) == 993


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
    assert aline.post("/transactionTypes", gift).status_code == 403
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
    body = {"code": "SAVINGS", "name": "Savings", "description": "For later."}
    body |= {"minimum_transaction_amount": 100, "maximum_transaction_amount": 10}
    wrong = staff.post("/walletTypes", body)
    assert wrong.status_code == 400
    assert wrong.json()["details"].startswith("maximum_transaction_amount:")
    made = staff.post("/walletTypes", body | {"maximum_transaction_amount": 1000.5})
    assert made.status_code == 201
    assert made.json()["maximum_transaction_amount"] == 1000.5
