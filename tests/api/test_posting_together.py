"""Transactions that are asked for at the same time are posted together, and answered apart."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import httpx
import psycopg
import pytest

from tests.api.conftest import Service
from tests.people import Person, Phone, register

AT_ONCE = 16


@pytest.fixture
def purse(aline: Person, staff: Person, floats: dict[str, int]) -> int:
    """A wallet of Aline's with RWF 10,000 in it."""
    wallet = aline.open_wallet()["id"]
    staff.move("CASH_IN", floats["RWF"], wallet, 10_000).raise_for_status()
    return int(wallet)


@pytest.fixture
def pocket(bosco: Person) -> int:
    """A wallet of Bosco's, empty."""
    return int(bosco.open_wallet()["id"])


def test_each_gets_its_own_answer(
    aline: Person, bosco: Person, staff: Person, purse: int, pocket: int
) -> None:
    ended = Person(bosco.client, bosco.phone, bosco.email, bosco.number, bosco.password).sign_in()
    token = {"refresh_token": ended.tokens["refresh_token"]}
    assert bosco.client.post("/customers/logout", json=token).status_code == 204
    kinds = {
        201: lambda n: aline.move("TRANSFER", purse, pocket, 1, key=f"together {purse} {n}"),
        422: lambda _: aline.move("TRANSFER", purse, pocket, 999_999),
        403: lambda _: bosco.move("TRANSFER", purse, pocket, 1),
        400: lambda _: aline.move("TRANSFER", purse, pocket, 0.5),
        404: lambda _: staff.move("TRANSFER", purse, 0, 1),
        401: lambda _: ended.move("TRANSFER", pocket, purse, 1),
    }
    asked = [(status, n) for n in range(20) for status in kinds]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda one: kinds[one[0]](one[1]), asked))
    for (status, n), answer in zip(asked, answers, strict=True):
        assert answer.status_code == status, (n, answer.text)
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == 20
    assert (aline.balance(purse), bosco.balance(pocket)) == (9_980, 20)


def test_the_same_key_many_times_at_once_moves_money_once(
    aline: Person, bosco: Person, purse: int, pocket: int
) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        move = lambda _: aline.move("TRANSFER", purse, pocket, 5, key=f"once {purse}")  # noqa: E731
        answers = list(threads.map(move, range(40)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 39
    assert bosco.balance(pocket) == 5


# Those who wait are more than the connections of a process (TEKANA_DATABASE_POOL_SIZE).
@pytest.mark.parametrize(("waiters", "held"), [(1, "wallet"), (12, "wallet"), (12, "user")])
def test_who_waits_slows_nobody_else(
    service: Service,
    aline: Person,
    bosco: Person,
    purse: int,
    pocket: int,
    waiters: int,
    held: str,
) -> None:
    other = bosco.open_wallet()["id"]
    with ThreadPoolExecutor(waiters) as threads, psycopg.connect(service.database_url) as holder:
        query = f"select from tekana.{held}s where {held}_id = %s for update"
        holder.execute(query, [{"wallet": purse, "user": aline.id}[held]])
        waiting = [threads.submit(aline.move, "TRANSFER", purse, pocket, 1) for _ in range(waiters)]
        time.sleep(0.5)
        began = time.monotonic()
        for _ in range(3):
            assert bosco.move("TRANSFER", pocket, other, 1).status_code == 422
        assert time.monotonic() - began < 3
        assert not any(one.done() for one in waiting)
        holder.rollback()
        assert [one.result(10).status_code for one in waiting] == [201] * waiters
    assert bosco.balance(pocket) == waiters


def test_nobody_hears_of_connections_that_are_lost(
    service: Service, aline: Person, bosco: Person, purse: int, pocket: int
) -> None:
    done, answered = Event(), Event()

    def move(_: int) -> httpx.Response:
        answer = aline.move("TRANSFER", purse, pocket, 1)
        answered.set()
        return answer

    def cut() -> None:
        query = """
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'tekana api tekana_gatekeeper'
        """
        with psycopg.connect(service.database_url, autocommit=True) as connection:
            while not done.wait(0.15):
                # One that takes long is not cut off again and again.
                if answered.wait(0.05):
                    answered.clear()
                    connection.execute(query)

    cutting = Thread(target=cut)
    cutting.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(move, range(200)))
    finally:
        done.set()
        cutting.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 200
    assert bosco.balance(pocket) == 200


def test_a_database_that_was_away_is_found_again_soon(
    service: Service, aline: Person, bosco: Person, purse: int, pocket: int
) -> None:
    with psycopg.connect(service.database_url, autocommit=True) as connection:
        limit = f"alter database {service.database} connection limit"
        connection.execute(f"{limit} 0")
        try:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'tekana api tekana_%'"
            )
            with ThreadPoolExecutor(1) as thread:
                waiting = thread.submit(aline.move, "TRANSFER", purse, pocket, 1)
                time.sleep(8)  # in which ever longer pauses would become long
                connection.execute(f"{limit} -1")
                began = time.monotonic()
                assert waiting.result(30).status_code == 201
        finally:
            connection.execute(f"{limit} -1")
    assert time.monotonic() - began < 5
    assert bosco.balance(pocket) == 1


def test_a_group_of_ten_thousand_goes_in_one_request(
    client: httpx.Client, phone: Phone, staff: Person, floats: dict[str, int]
) -> None:
    # Of people of their own: other tests read all that theirs ever did.
    employer, employed = (register(client, phone).sign_in() for _ in range(2))
    purse, pocket = (int(person.open_wallet()["id"]) for person in (employer, employed))
    staff.move("CASH_IN", floats["RWF"], purse, 10_000).raise_for_status()
    one = {
        "transaction_type": "TRANSFER",
        "debited_wallet_id": purse,
        "credited_wallet_id": pocket,
        "amount": 1,
        "channel_type": "APP",
        "external_reference_number": "wages of November, line by line, of everybody who works here",
    }
    group = {"transactions": [one] * 10_000}
    answer = employer.post("/rpc/post_transactions", group, Idempotency_Key=f"wages {purse}")
    assert answer.status_code == 200, answer.text
    assert [outcome["error"] for outcome in answer.json()] == [None] * 10_000
    again = employer.post("/rpc/post_transactions", group, Idempotency_Key=f"wages {purse}")
    assert again.headers["idempotency-replayed"] == "true"
    assert (employer.balance(purse), employed.balance(pocket)) == (0, 10_000)


def test_a_group_of_which_one_is_declined_says_which(
    aline: Person, purse: int, pocket: int
) -> None:
    items = [
        {
            "transaction_type": "TRANSFER",
            "debited_wallet_id": purse,
            "credited_wallet_id": pocket,
            "amount": amount,
            "channel_type": "APP",
        }
        for amount in (1, 20_000)
    ]
    answer = aline.post("/rpc/post_transactions", {"transactions": items})
    assert (answer.status_code, answer.json()["code"]) == (422, "NFUND")
    assert answer.json()["details"].startswith("transactions[1].reference_number: T")
    assert aline.balance(purse) == 10_000


def test_one_key_for_a_posting_and_an_ending_at_once_is_used_by_one(
    aline: Person, purse: int, pocket: int
) -> None:
    other = aline.open_wallet()["id"]
    aline.move("TRANSFER", purse, other, 100).raise_for_status()
    for n in range(10):
        key = f"either {purse} {n}"
        hold = aline.move("TRANSFER", purse, pocket, 1, status="PENDING").json()["id"]
        posting = {
            "transaction_type": "TRANSFER",
            "debited_wallet_id": other,
            "credited_wallet_id": pocket,
            "amount": 1,
            "channel_type": "APP",
        }
        ways = (
            ("/rpc/complete_transaction", {"transaction_id": hold}),
            ("/rpc/post_transaction", posting),
        )
        with ThreadPoolExecutor(8) as threads:
            ask = lambda way, key=key: aline.post(*way, Idempotency_Key=key)  # noqa: E731
            answers = list(threads.map(ask, ways * 4))
        statuses = {way[0]: set() for way in ways}
        for (path, _), answer in zip(ways * 4, answers, strict=True):
            statuses[path].add(answer.status_code)
        assert sorted(statuses.values(), key=str) == [{200}, {422}], statuses
