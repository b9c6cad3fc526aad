"""Who guesses or floods is stopped: limits on signing in."""

import statistics
import time
from typing import Any

import psycopg
import pytest

from tests.api.house import (
    CODES,
    FAILURES,
    PASSWORD_FAILURES,
    WINDOW,
    House,
    assert_slowed,
    other_than,
)
from tests.people import PASSWORD


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
