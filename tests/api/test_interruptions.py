"""Who gives up, or is cut off from the database, half-way has used up nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.house import FAILURES, PASSWORD_FAILURES, House, assert_slowed, other_than
from tests.waiting import eventually


def give_up(ask: Callable[[], httpx.Response], _holder: psycopg.Connection) -> None:
    """Hang up on a request that waits in the database."""
    with pytest.raises(httpx.ReadTimeout):
        ask()


def lose_the_connection(
    ask: Callable[[], httpx.Response], holder: psycopg.Connection
) -> httpx.Response:
    """End the connection of a request that waits in the database, as its server does at its end."""
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(ask)
        query = (
            "select pg_terminate_backend(pid) from pg_locks"
            " where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"
        )
        eventually(lambda: holder.execute(query).fetchone())
        assert (answer.result().status_code, answer.result().json()["code"]) == (503, "AWAYS")
        return answer.result()


Interrupt = Callable[[Callable[[], httpx.Response], psycopg.Connection], object]
INTERRUPTIONS = [(give_up, 0.3), (lose_the_connection, 30)]


def test_what_may_have_a_key_is_told_of_it_when_the_database_is_lost(house: House) -> None:
    person = house.register()
    token = house.validate(person, house.ask_for_code(person)).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    payment = {"debited_wallet_id": 1, "credited_wallet_id": 2, "amount": 1, "channel_type": "APP"}
    bodies = {
        "open_wallet": {"wallet_type_id": 1, "currency_code": "RWF"},
        "post_transaction": payment | {"transaction_type": "TRANSFER"},
    }
    for function, body in bodies.items():
        ask = partial(house.client.post, f"/rpc/{function}", json=body, headers=headers)
        with house.locked("wallets") as holder:
            assert "Idempotency-Key" in lose_the_connection(ask, holder).json()["hint"], function
    with house.locked("users") as holder:
        answer = lose_the_connection(lambda: house.log_in(person["email"]), holder)
    assert "Idempotency-Key" not in answer.json()["hint"]


@pytest.mark.parametrize(("interrupt", "seconds"), INTERRUPTIONS)
def test_a_right_password_that_was_given_up_on_is_no_wrong_one(
    house: House, interrupt: Interrupt, seconds: float
) -> None:
    house.keys.flushall()
    email = house.register()["email"]
    assert house.log_in(email, "not the password").status_code == 401
    with house.locked("users") as holder:
        for _ in range(PASSWORD_FAILURES):
            interrupt(lambda: house.log_in(email, seconds=seconds), holder)
    eventually(lambda: house.keys.mget(house.keys.keys("sign-in:*")) == [b"1"])
    for _ in range(PASSWORD_FAILURES - 1):
        assert house.log_in(email, "not the password").status_code == 401
    assert_slowed(house.log_in(email))


@pytest.mark.parametrize(("interrupt", "seconds"), INTERRUPTIONS)
def test_an_address_whose_password_was_not_looked_at_leaves_nothing_in_valkey(
    house: House, interrupt: Interrupt, seconds: float
) -> None:
    house.keys.flushall()
    with house.locked("users") as holder:
        interrupt(lambda: house.log_in("nobody@example.com", seconds=seconds), holder)
    eventually(lambda: not house.keys.keys("sign-in:*"))
    assert house.log_in("nobody@example.com").status_code == 401
    assert house.keys.mget(house.keys.keys("sign-in:*")) == [b"1"]


@pytest.mark.parametrize(("interrupt", "seconds"), INTERRUPTIONS)
def test_a_right_code_without_a_session_is_not_used_up(
    house: House, interrupt: Interrupt, seconds: float
) -> None:
    person = house.register()
    code = house.ask_for_code(person)
    with house.locked("sessions") as holder:
        for _ in range(FAILURES):
            interrupt(lambda: house.validate(person, code, seconds), holder)
            eventually(lambda: not house.keys.keys("otp:*:used"))
    for _ in range(4):
        assert house.validate(person, other_than(code)).status_code == 400
    assert house.validate(person, code).status_code == 200
    assert house.validate(person, code).status_code == 400


@pytest.mark.parametrize(("interrupt", "seconds"), INTERRUPTIONS)
def test_a_code_and_a_refresh_token_are_good_until_somebody_is_told(
    house: House, interrupt: Interrupt, seconds: float
) -> None:
    """Session and refresh token are exchanged when whose they are can be told, and not before."""

    def refresh(tokens: dict[str, Any], seconds: float = 60) -> httpx.Response:
        body = {"refresh_token": tokens["refresh_token"]}
        return house.client.post("/customers/refresh", json=body, timeout=seconds)

    person = house.register()
    code = house.ask_for_code(person)
    with house.locked("customers") as holder:
        interrupt(lambda: house.validate(person, code, seconds), holder)
        eventually(lambda: not house.keys.keys("otp:*:used"))
    signed_in = house.validate(person, code)
    assert signed_in.status_code == 200

    with house.locked("customers") as holder:
        interrupt(lambda: refresh(signed_in.json(), seconds), holder)
    again = refresh(signed_in.json())
    assert again.status_code == 200
    assert again.json()["data"] == signed_in.json()["data"]


def test_a_code_that_comes_back_does_not_replace_a_newer_one(house: House) -> None:
    person = house.register()
    older = house.ask_for_code(person)
    with house.locked("sessions"), ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(house.validate, person, older, 1)
        eventually(lambda: house.keys.keys("otp:*:used"))
        newer = house.ask_for_code(person)
        assert isinstance(waiting.exception(), httpx.ReadTimeout)
    eventually(lambda: not house.keys.keys("otp:*:used"))
    if older != newer:
        assert house.validate(person, older).status_code == 400
    assert house.validate(person, newer).status_code == 200
