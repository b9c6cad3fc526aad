"""Sessions: opened once signed in, refreshed by tokens that work once, ended for good."""

from datetime import timedelta
from secrets import token_bytes

import psycopg
import pytest

from tests.db.kit import Person, gatekeeper

HOUR = timedelta(hours=1)


class Session:
    """A session and its newest refresh token."""

    def __init__(self, user: Person) -> None:
        self.guard = gatekeeper(user.connection)
        self.token = token_bytes(32)
        opened = self.guard.call(
            "tekana.open_session",
            user_id=user.user_id,
            refresh_token_hash=self.token,
            lifetime=HOUR,
        )
        self.key, self.role = opened["session_id"], opened["role"]

    def refresh(self, token: bytes | None = None) -> dict[str, object]:
        new = token_bytes(32)
        answer = self.guard.call(
            "tekana.refresh_session",
            refresh_token_hash=token or self.token,
            new_refresh_token_hash=new,
            lifetime=HOUR,
        )
        if answer["outcome"] == "REFRESHED":
            self.token = new
        return answer

    def close(self, token: bytes | None = None) -> bool:
        function = "tekana.close_session"
        return self.guard.call(function, refresh_token_hash=token or self.token)["close_session"]

    def is_open(self) -> bool:
        # As the API asks, with every request: as the role of the token.
        query = "select tekana.require_session(%(key)s) as open"
        asker = Person(self.guard.connection, "tekana_customer")
        try:
            return asker.ask(query, {"key": self.key})[0]["open"]
        except psycopg.Error as error:
            if error.sqlstate != "NAUTH":
                raise
            return False


@pytest.fixture
def session(aline: Person) -> Session:
    return Session(aline)


def age(session: Session, by: timedelta) -> None:
    """Let a session's time pass."""
    query = """
        update tekana.sessions
        set created_at = created_at - %(by)s, expires_at = expires_at - %(by)s
        where session_id = %(key)s
    """
    session.guard.connection.execute(query, {"by": by, "key": session.key})


def test_an_opened_session_is_open(session: Session) -> None:
    assert session.role == "CUSTOMER"
    assert session.is_open()


def test_a_token_is_exchanged_for_another(session: Session, aline: Person) -> None:
    answer = session.refresh()
    expected = {"outcome": "REFRESHED", "session_id": session.key, "user_id": aline.user_id}
    assert answer == expected | {"role": "CUSTOMER"}
    assert session.refresh()["outcome"] == "REFRESHED"
    assert session.is_open()


def test_refreshing_lengthens_the_session(session: Session) -> None:
    age(session, timedelta(minutes=50))
    session.refresh()
    age(session, timedelta(minutes=50))
    assert session.is_open()


def test_a_token_used_twice_ends_the_session(session: Session) -> None:
    first = session.token
    session.refresh()
    assert session.refresh(first)["outcome"] == "REUSED"
    assert not session.is_open()
    assert session.refresh()["outcome"] == "ENDED", "the thief's token or the owner's still works"


def test_a_reuse_ends_that_session_only(session: Session, aline: Person) -> None:
    other, first = Session(aline), session.token
    session.refresh()
    session.refresh(first)
    assert other.is_open()


def test_an_unknown_token_is_worth_nothing(session: Session) -> None:
    answer = session.refresh(token_bytes(32))
    assert answer == {"outcome": "ENDED", "session_id": None, "user_id": None, "role": None}
    assert session.is_open()


def test_an_expired_session_is_over(session: Session) -> None:
    age(session, HOUR)
    assert not session.is_open()
    assert session.refresh()["outcome"] == "ENDED"


def test_a_closed_session_is_over(session: Session) -> None:
    assert session.close()
    assert not session.is_open()
    assert session.refresh()["outcome"] == "ENDED"
    assert not session.close()


def test_any_token_of_a_session_closes_it(session: Session) -> None:
    first = session.token
    session.refresh()
    assert session.close(first)
    assert not session.is_open()


def test_an_unknown_token_closes_nothing(session: Session) -> None:
    assert not session.close(token_bytes(32))
    assert session.is_open()


def test_who_was_made_inactive_neither_signs_in_nor_refreshes(
    session: Session, aline: Person
) -> None:
    query = "update tekana.users set status = 'INACTIVE' where user_id = %s"
    aline.connection.execute(query, [aline.user_id])
    assert session.refresh()["outcome"] == "ENDED"
    refusal = session.guard.refused(
        "tekana.open_session",
        user_id=aline.user_id,
        refresh_token_hash=token_bytes(32),
        lifetime=HOUR,
    )
    assert refusal.code == "NAUTH"


def test_nobody_but_the_gatekeeper_opens_a_session(
    connection: psycopg.Connection, aline: Person, staff: Person
) -> None:
    arguments = {"user_id": staff.user_id, "refresh_token_hash": token_bytes(32), "lifetime": HOUR}
    for person in (aline, staff, Person(connection, "tekana_authenticator")):
        assert person.refused("tekana.open_session", **arguments).code == "42501"


def test_an_expired_session_cannot_be_closed(session: Session) -> None:
    age(session, HOUR)
    assert not session.close()


def test_the_sessions_of_an_inactive_user_are_over(session: Session, aline: Person) -> None:
    query = "update tekana.users set status = 'INACTIVE' where user_id = %s"
    session.guard.connection.execute(query, [aline.user_id])
    assert not session.is_open()
    assert session.refresh()["outcome"] == "ENDED"
