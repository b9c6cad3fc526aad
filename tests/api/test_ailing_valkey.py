"""A Valkey that hangs or is full keeps nobody waiting and no transaction open, and is forgiven."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

from tests.api.house import House
from tests.waiting import eventually


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
        with house.valkey_hangs():
            assert house.client.get(ready).json()["checks"]["valkey"] == "cannot be reached"
    finally:
        house.keys.config_set("maxmemory", 0)
    assert '"message": "not ready", "cause": "TimeoutError' in house.log.read_text()
    assert house.client.get(ready).json()["checks"]["valkey"] == "ok"
    assert house.log_in(person["email"]).status_code == 200


def test_an_sms_that_cannot_be_queued_is_asked_for_all_the_same(house: House) -> None:
    person = house.register()
    house.keys.execute_command("acl setuser default resetkeys ~otp:* ~sign-in:*")
    try:
        house.ask_for_code(person)
    finally:
        house.keys.execute_command("acl setuser default allkeys")
    assert "an SMS could not be queued" in house.log.read_text()


def test_a_valkey_that_hangs_half_way_holds_no_transaction_open(house: House) -> None:
    people = [house.register() for _ in range(24)]
    house.keys.flushall()
    with ThreadPoolExecutor(24) as threads:
        logins = [threads.submit(house.log_in, person["email"]) for person in people]
        eventually(lambda: house.keys.keys("otp:sealed:*"))
        with house.valkey_hangs():
            begin = time.monotonic()
            longest = 0.0
            while not all(login.done() for login in logins):
                longest = max(longest, house.longest_transaction_seconds())
                time.sleep(0.1)
            assert time.monotonic() - begin < 10
        answers = [login.result().status_code for login in logins]
    assert longest < 3
    assert 503 in answers
    assert set(answers) <= {200, 503}
