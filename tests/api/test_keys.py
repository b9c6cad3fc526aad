"""What is sent again with the same Idempotency-Key moves money once, by whatever path."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.people import Person, movement


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
