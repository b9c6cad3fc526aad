"""Who guesses, floods or waits is stopped: limits on signing in, and a Valkey that hangs."""

import asyncio
import json
import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from psycopg import sql
from redis.asyncio import Redis

from cli.servers.postgres import PostgresServer
from cli.servers.valkey import ValkeyServer
from config.settings import Settings
from outbox.sealed import SealedCodes
from tests.api.conftest import running_api
from tests.people import PASSWORD, fresh_details
from tests.waiting import eventually

CODES, FAILURES, PASSWORD_FAILURES, WINDOW = 4, 7, 6, 600
OTP_SECRET = "a secret of tests that seals one-time passwords"


class House:
    """An API with narrow limits on a Valkey of its own; the test itself delivers the SMS."""

    def __init__(
        self, client: httpx.Client, valkey: ValkeyServer, database_url: str, log: Path
    ) -> None:
        self.client, self.valkey, self.database_url, self.log = client, valkey, database_url, log
        self.keys = redis.Redis.from_url(valkey.url)

    def register(self) -> dict[str, Any]:
        details = fresh_details()
        assert self.client.post("/customers/register", json=details).status_code == 201
        return details

    def log_in(self, email: str, password: str = PASSWORD, seconds: float = 60) -> httpx.Response:
        body = {"email": email, "password": password}
        return self.client.post("/customers/login", json=body, timeout=seconds)

    def ask_for_code(self, person: dict[str, Any]) -> str:
        answer = self.log_in(person["email"])
        assert answer.status_code == 200, answer.text
        newest = max(int(key.rpartition(b":")[2]) for key in self.keys.keys("otp:sealed:*"))
        return asyncio.run(self._open(newest))

    async def _open(self, message_id: int) -> str:
        async with Redis.from_url(self.valkey.url) as valkey:
            code = await SealedCodes(valkey, Settings(otp_secret=OTP_SECRET)).open(message_id)
        assert code is not None
        return code

    def validate(self, person: dict[str, Any], code: str, seconds: float = 60) -> httpx.Response:
        body = {"phone_number": person["phone_number"], "otp": code}
        return self.client.put("/customers/validateOtp", json=body, timeout=seconds)

    def let_pass(self, seconds: int) -> None:
        """Everything in Valkey grows older."""
        for key in self.keys.keys("*"):
            if (left := self.keys.ttl(key)) > 0:
                self.keys.expire(key, left - seconds)

    def longest_transaction_seconds(self) -> float:
        with psycopg.connect(self.database_url) as connection:
            (seconds,) = connection.execute(
                "select coalesce(max(extract(epoch from now() - xact_start)), 0)::float"
                " from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchone()
        return seconds

    @contextmanager
    def locked(self, table: str) -> Iterator[psycopg.Connection]:
        """Meanwhile whoever needs the table waits for it; the connection that holds it."""
        with psycopg.connect(self.database_url) as holder:
            holder.execute(sql.SQL("lock table {}").format(sql.Identifier("tekana", table)))
            yield holder

    @contextmanager
    def valkey_hangs(self) -> Iterator[None]:
        assert self.valkey.process is not None
        os.kill(self.valkey.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.valkey.process.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def house(
    server: PostgresServer, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("limits")
    database = "limits"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        statement = sql.SQL("create database {} template {}")
        connection.execute(statement.format(sql.Identifier(database), sql.Identifier(template)))
    valkey = ValkeyServer(folder / "valkey")
    valkey.start()
    environment = {
        "TEKANA_WORKERS": "1",
        "TEKANA_DATA_DIR": str(folder),
        "TEKANA_API_DATABASE_URL": server.url(database, "tekana_authenticator"),
        "TEKANA_REDIS_URL": valkey.url,
        "TEKANA_JWT_SECRET": "a secret of tests that signs the access tokens",
        "TEKANA_OTP_SECRET": OTP_SECRET,
        "TEKANA_OTP_CODES_MAXIMUM": str(CODES),
        "TEKANA_OTP_FAILURES_MAXIMUM": str(FAILURES),
        "TEKANA_PASSWORD_FAILURES_MAXIMUM": str(PASSWORD_FAILURES),
        "TEKANA_SIGN_IN_WINDOW_SECONDS": str(WINDOW),
    }
    log = folder / "api.log"
    with (
        running_api(environment, log) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=60) as client,
    ):
        yield House(client, valkey, server.url(database), log)
    valkey.stop()


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def assert_slowed(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "SLOWD")
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW


def test_no_more_codes_go_out_than_the_limit_until_the_window_ends(house: House) -> None:
    person = house.register()
    for _ in range(CODES):
        house.ask_for_code(person)
    refused = house.log_in(person["email"])
    assert_slowed(refused)
    with psycopg.connect(house.database_url) as connection:
        (sent,) = connection.execute(
            "select count(*) from tekana.sms_messages as m join tekana.users as u using (user_id)"
            " where u.email = %s",
            [person["email"]],
        ).fetchone()
    assert sent == CODES
    house.let_pass(int(refused.headers["retry-after"]))
    house.ask_for_code(person)


def test_a_new_code_brings_no_new_guesses_beyond_the_limit(house: House) -> None:
    person = house.register()
    code = house.ask_for_code(person)
    for _ in range(5):
        assert house.validate(person, other_than(code)).status_code == 400
    code = house.ask_for_code(person)
    for _ in range(FAILURES - 5):
        assert house.validate(person, other_than(code)).status_code == 400
    slowed = house.validate(person, code)
    assert_slowed(slowed)
    assert_slowed(house.log_in(person["email"]))
    house.let_pass(int(slowed.headers["retry-after"]))
    assert house.validate(person, house.ask_for_code(person)).status_code == 200


def test_a_right_code_forgives_the_wrong_ones(house: House) -> None:
    person = house.register()
    for _ in range(3):
        code = house.ask_for_code(person)
        for _ in range(4):
            assert house.validate(person, other_than(code)).status_code == 400
        assert house.validate(person, code).status_code == 200


def test_a_stranger_cannot_keep_a_phone_number_from_signing_in(house: House) -> None:
    person = house.register()
    for _ in range(FAILURES + 1):
        assert house.validate(person, "000000").status_code == 400
    assert house.validate(person, house.ask_for_code(person)).status_code == 200


def test_known_and_unknown_addresses_are_slowed_alike(house: House) -> None:
    known, unknown = house.register()["email"], "nobody-here@example.com"
    told = []
    for email in (known, unknown):
        for _ in range(PASSWORD_FAILURES):
            assert house.log_in(email, "not the password").status_code == 401
        refused = house.log_in(email, PASSWORD)
        assert_slowed(refused)
        told.append(refused.text)
    assert told[0] == told[1]
    assert not any(known.encode() in key for key in house.keys.keys("*"))
    house.let_pass(WINDOW)
    assert house.log_in(known).status_code == 200


@pytest.mark.parametrize("spell", [str.upper, " {} ".format, lambda it: it.replace("i", "İ")])
def test_an_address_is_counted_once_however_it_is_spelt(house: House, spell: Any) -> None:
    email = house.register()["email"]
    for _ in range(PASSWORD_FAILURES):
        assert house.log_in(email, "not the password").status_code == 401
    assert_slowed(house.log_in(spell(email), PASSWORD))


def test_who_is_slowed_down_costs_no_hashing(house: House) -> None:
    def seconds(email: str, status: int) -> float:
        begin = time.perf_counter()
        assert house.log_in(email, "not the password").status_code == status
        return time.perf_counter() - begin

    email = house.register()["email"]
    hashed = [seconds(email, 401) for _ in range(PASSWORD_FAILURES)]
    slowed = [seconds(email, 429) for _ in range(20)]
    # Hashing takes some 30 ms, the rest a few.
    assert statistics.median(slowed) < statistics.median(hashed) / 2


def test_a_right_password_forgives_the_wrong_ones(house: House) -> None:
    person = house.register()
    for _ in range(3):
        for _ in range(PASSWORD_FAILURES - 1):
            assert house.log_in(person["email"], "not the password").status_code == 401
        assert house.log_in(person["email"]).status_code == 200


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


@pytest.mark.parametrize(("function", "told"), [("open_wallet", False), ("post_transaction", True)])
def test_what_may_have_a_key_is_told_of_it_when_the_database_is_lost(
    house: House, function: str, told: bool
) -> None:
    person = house.register()
    token = house.validate(person, house.ask_for_code(person)).json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    wallets = {"debited_wallet_id": 1, "credited_wallet_id": 2, "amount": 1, "channel_type": "APP"}
    body = {
        "open_wallet": {"wallet_type_id": 1, "currency_code": "RWF"},
        "post_transaction": wallets | {"transaction_type": "TRANSFER"},
    }[function]
    with house.locked("wallets") as holder:
        answer = lose_the_connection(
            lambda: house.client.post(f"/rpc/{function}", json=body, headers=headers), holder
        )
    assert ("Idempotency-Key" in answer.json()["hint"]) is told


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


def test_a_hung_valkey_is_told_soon_holds_nothing_and_is_forgiven(house: House) -> None:
    person = house.register()
    signed_in = house.validate(person, house.ask_for_code(person)).json()
    headers = {"Authorization": f"Bearer {signed_in['token']}"}
    code = house.ask_for_code(person)
    with house.valkey_hangs(), ThreadPoolExecutor(24) as threads:
        begin = time.monotonic()
        waiting = [threads.submit(house.log_in, person["email"]) for _ in range(20)]
        waiting.append(threads.submit(house.validate, person, code))
        assert house.client.get("/customers", headers=headers).status_code == 200
        answers = [answer.result() for answer in waiting]
        assert time.monotonic() - begin < 5
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (503, "AWAYS")
            assert "Valkey" in answer.json()["message"]
            assert answer.json()["hint"] == "Try again."  # no key of idempotency is known here
            assert answer.headers["retry-after"]
    failed = [line for line in house.log.read_text().splitlines() if "a request failed" in line]
    assert json.loads(failed[-1])["problem"] == "Valkey cannot be reached at the moment"
    assert house.validate(person, code).status_code == 200
    assert house.log_in(person["email"]).status_code == 200


def test_a_valkey_that_takes_nothing_more_is_not_ready(house: House) -> None:
    person = house.register()
    ready = str(house.client.base_url.copy_with(path="/health/ready"))
    house.keys.config_set("maxmemory", 1)
    try:
        assert house.log_in(person["email"]).status_code == 503
        answer = house.client.get(ready)
        assert (answer.status_code, answer.json()["checks"]["valkey"]) == (503, "cannot be written")
    finally:
        house.keys.config_set("maxmemory", 0)
    assert house.client.get(ready).json()["checks"]["valkey"] == "ok"
    assert house.log_in(person["email"]).status_code == 200


def test_a_valkey_that_hangs_half_way_holds_no_transaction_open(house: House) -> None:
    people = [house.register() for _ in range(24)]
    house.keys.flushall()
    with ThreadPoolExecutor(24) as threads:
        logins = [threads.submit(house.log_in, person["email"]) for person in people]
        while not house.keys.keys("otp:sealed:*"):
            time.sleep(0.001)
        with house.valkey_hangs():
            begin = time.monotonic()
            longest = 0.0
            while not all(login.done() for login in logins):
                longest = max(longest, house.longest_transaction_seconds())
                time.sleep(0.1)
            assert time.monotonic() - begin < 5
        answers = [login.result().status_code for login in logins]
    assert longest < 3
    assert 503 in answers
    assert set(answers) <= {200, 503}


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ({}, "password: is required"),
        ({"password": None}, "password: is required"),
        ({"password": ""}, "password: is shorter than 8 characters"),
        ({"password": 5}, "password: "),
        ({"password": PASSWORD}, None),
    ],
)
def test_only_a_missing_password_is_called_missing(
    house: House, password: dict[str, Any], told: str | None
) -> None:
    details = fresh_details(first_name=5)
    del details["password"]
    answer = house.client.post("/customers/register", json=details | password)
    assert answer.status_code == 400
    lines = [line for line in answer.json()["details"].splitlines() if line.startswith("password")]
    assert len(lines) == (told is not None)
    assert all(line.startswith(told or "") for line in lines)
    if told != "password: is required":
        assert "password: is required" not in lines
