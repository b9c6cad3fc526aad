"""The first step of signing in: by email address and password hash."""

from datetime import timedelta

import psycopg
import pytest

from tests.db.kit import PASSWORD_HASH, Person, gatekeeper

NOBODY = {"user_id": None, "password_hash": None}


def email_of(person: Person) -> str:
    query = "select email from tekana.users where user_id = %s"
    return person.connection.execute(query, [person.user_id]).fetchone()[0]


@pytest.mark.parametrize("write", [str, str.upper, " {} ".format])
def test_an_email_address_finds_its_user_however_written(aline: Person, write: object) -> None:
    guard = gatekeeper(aline.connection)
    found = guard.call("tekana.find_credentials", email=write(email_of(aline)))
    assert found == {"user_id": aline.user_id, "password_hash": PASSWORD_HASH}


@pytest.mark.parametrize("email", ["nobody@example.com", "", None, "%", "' or true --"])
def test_an_unknown_address_finds_nobody(connection: psycopg.Connection, email: str) -> None:
    assert gatekeeper(connection).call("tekana.find_credentials", email=email) == NOBODY


def test_who_is_inactive_is_not_found(aline: Person) -> None:
    aline.connection.execute("update tekana.users set status = 'INACTIVE'")
    guard = gatekeeper(aline.connection)
    assert guard.call("tekana.find_credentials", email=email_of(aline)) == NOBODY


def test_asking_for_a_password_by_sms_writes_it_down(
    connection: psycopg.Connection, aline: Person
) -> None:
    answer = gatekeeper(connection).call(
        "tekana.request_otp", user_id=aline.user_id, lifetime=timedelta(seconds=300)
    )
    query = """
        select
            m.user_id, m.purpose, m.status, m.attempts, m.expires_at - m.created_at,
            u.phone_number
        from tekana.sms_messages as m join tekana.users as u using (user_id)
        where message_id = %s
    """
    row = connection.execute(query, [answer["message_id"]]).fetchone()
    phone_number = answer["phone_number"]
    assert row == (aline.user_id, "OTP", "QUEUED", 0, timedelta(seconds=300), phone_number)
    assert answer["masked"] == phone_number[:4] + "******" + phone_number[-3:]


def test_a_newer_password_keeps_the_older_ones_from_going_out(
    connection: psycopg.Connection, aline: Person, bosco: Person
) -> None:
    """An SMS that waits for its next try would arrive last, with a code that is good no more."""

    def ask(person: Person) -> int:
        answer = gatekeeper(connection).call(
            "tekana.request_otp", user_id=person.user_id, lifetime=timedelta(seconds=300)
        )
        return answer["message_id"]

    of_another, sent, waiting = ask(bosco), ask(aline), ask(aline)
    connection.execute(
        "update tekana.sms_messages set status = 'SENT', sent_at = now() where message_id = %s",
        [sent],
    )
    newest = ask(aline)
    query = "select status from tekana.sms_messages where message_id = %s"
    found = [connection.execute(query, [one]).fetchone()[0] for one in (of_another, sent, waiting)]
    assert found == ["QUEUED", "SENT", "EXPIRED"]
    assert connection.execute(query, [newest]).fetchone() == ("QUEUED",)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+250788123456", "+250******456"),
        ("+1234567", "+123*567"),
        ("+123456789012345", "+123*********345"),
    ],
)
def test_a_masked_number_shows_its_beginning_and_its_end(
    connection: psycopg.Connection, number: str, masked: str
) -> None:
    query = "select tekana.mask_phone_number(%s)"
    assert connection.execute(query, [number]).fetchone() == (masked,)
