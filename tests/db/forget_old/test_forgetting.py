"""Sessions and messages that have been over for long are forgotten, and nothing else."""

from datetime import timedelta
from secrets import token_bytes

import psycopg
import pytest

from tests.db.kit import Person, gatekeeper, make_customer

DAYS, DAY = timedelta(days=90), timedelta(days=1)
AGE = """
    update tekana.sessions
    set created_at = created_at - %(age)s::interval, expires_at = expires_at - %(age)s::interval
    where session_id = %(key)s
"""


@pytest.fixture
def aline(connection: psycopg.Connection) -> Person:
    return make_customer(connection)


def sign_in(person: Person, age: timedelta) -> bytes:
    """A session that lasted a day and was opened so long ago; its refresh token."""
    token = token_bytes(32)
    opened = gatekeeper(person.connection).call(
        "tekana.open_session", user_id=person.user_id, refresh_token_hash=token, lifetime=DAY
    )
    person.connection.execute(AGE, {"age": age, "key": opened["session_id"]})
    return token


def send(person: Person, age: timedelta, status: str = "SENT") -> None:
    person.connection.execute(
        "insert into tekana.sms_messages"
        " (user_id, purpose, status, created_at, expires_at, sent_at)"
        " select %s, 'OTP', s, now() - %s, now(), case s when 'SENT' then now() end"
        " from (values (%s)) as v (s)",
        [person.user_id, age, status],
    )


def forget(connection: psycopg.Connection, most: int = 100) -> tuple[int, int]:
    worker = Person(connection, "tekana_worker")
    told = worker.call("tekana.forget_old", older_than=DAYS, most=most)
    return told["sessions"], told["messages"]


def count(connection: psycopg.Connection, table: str) -> int:
    (found,) = connection.execute(f"select count(*) from tekana.{table}".encode()).fetchone() or [0]
    return found


def test_a_session_that_ended_long_ago_goes_with_its_tokens(aline: Person) -> None:
    gone, over, open_ = (sign_in(aline, age) for age in (DAYS + 2 * DAY, DAYS - DAY, timedelta()))
    assert forget(aline.connection) == (1, 0)
    kept = aline.connection.execute("select token_hash from tekana.refresh_tokens").fetchall()
    assert {token for (token,) in kept} == {over, open_}
    # What it was told before, it is told now.
    told = gatekeeper(aline.connection).call(
        "tekana.refresh_session",
        refresh_token_hash=gone,
        new_refresh_token_hash=token_bytes(32),
        lifetime=DAY,
    )
    assert told["outcome"] == "ENDED"


def test_a_message_of_long_ago_goes_unless_it_waits(aline: Person) -> None:
    for age, status in (
        (DAYS + DAY, "QUEUED"),
        (DAYS + DAY, "SENT"),
        (DAYS + DAY, "FAILED"),
        (DAYS - DAY, "SENT"),
    ):
        send(aline, age, status)
    assert forget(aline.connection) == (0, 2)
    assert count(aline.connection, "sms_messages") == 2


def test_so_many_go_at_once(aline: Person) -> None:
    for _ in range(3):
        send(aline, DAYS + DAY)
        sign_in(aline, DAYS + 2 * DAY)
    assert [forget(aline.connection, most=2) for _ in range(3)] == [(2, 2), (1, 1), (0, 0)]


def test_used_tokens_of_a_session_that_goes_on_are_kept_for_as_long_as_one_is_good(
    aline: Person,
) -> None:
    token, guard = sign_in(aline, timedelta()), gatekeeper(aline.connection)
    for _ in range(2):
        new = token_bytes(32)
        arguments = {"refresh_token_hash": token, "new_refresh_token_hash": new, "lifetime": DAY}
        assert guard.call("tekana.refresh_session", **arguments)["outcome"] == "REFRESHED"
        token = new
    assert count(aline.connection, "refresh_tokens") == 3
    aline.connection.execute("update tekana.refresh_tokens set used_at = used_at - interval '25 h'")
    new = token_bytes(32)
    guard.call(
        "tekana.refresh_session", refresh_token_hash=token, new_refresh_token_hash=new, lifetime=DAY
    )
    kept = aline.connection.execute("select token_hash from tekana.refresh_tokens").fetchall()
    assert {one for (one,) in kept} == {token, new}
