"""What the worker asks and tells of a message that has to go out."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.db.kit import Person, Row, gatekeeper

MINUTES = timedelta(minutes=5)


class Message:
    """A message to Aline, and the worker's dealings with it."""

    def __init__(self, aline: Person) -> None:
        self.connection = aline.connection
        self.worker = Person(self.connection, "tekana_worker")
        asked = gatekeeper(self.connection).call(
            "tekana.request_otp", user_id=aline.user_id, lifetime=MINUTES
        )
        self.key, self.phone_number = asked["message_id"], asked["phone_number"]

    def begin(self) -> Row | None:
        return self.worker.call("tekana.begin_sms", message_id=self.key)

    def sent(self, reference: str | None = "ref-1") -> None:
        told = {"gateway": "intouch", "gateway_reference": reference}
        self.worker.call("tekana.record_sms_sent", message_id=self.key, **told)

    def failed(self, *, permanent: bool = False, problem: str = "503 from the gateway") -> bool:
        """Whether it is given up for that."""
        told = {"gateway": "intouch", "problem": problem, "permanent": permanent}
        answer = self.worker.call("tekana.record_sms_failure", message_id=self.key, **told)
        return answer["record_sms_failure"]

    def waits(self, older_than: timedelta = timedelta(0), most: int = 100) -> bool:
        query = "select * from tekana.find_waiting_sms(%(older_than)s, %(most)s) as key"
        found = self.worker.ask(query, {"older_than": older_than, "most": most})
        return self.key in [row["key"] for row in found]

    def set(self, assignments: str) -> None:
        query = f"update tekana.sms_messages set {assignments} where message_id = %s"
        self.connection.execute(query, [self.key])

    @property
    def row(self) -> dict[str, Any]:
        cursor = self.connection.cursor(row_factory=dict_row)
        query = "select * from tekana.sms_messages where message_id = %s"
        return cursor.execute(query, [self.key]).fetchone()


@pytest.fixture
def message(aline: Person) -> Message:
    return Message(aline)


def test_a_try_is_counted_and_told_where_to(message: Message) -> None:
    number = {"phone_number": message.phone_number, "purpose": "OTP"}
    assert message.begin() == number | {"attempt": 1}
    assert message.begin() == number | {"attempt": 2}
    assert message.row["last_attempt_at"] is not None


def test_what_the_gateway_took_is_sent(message: Message) -> None:
    message.begin()
    message.failed()
    message.sent("r" * 300)
    row = message.row
    assert (row["status"], row["gateway"], row["problem"]) == ("SENT", "intouch", None)
    assert row["gateway_reference"] == "r" * 200
    assert row["sent_at"] is not None


def test_nothing_is_sent_twice(message: Message) -> None:
    message.begin()
    message.sent()
    assert message.begin() is None
    assert not message.waits()
    assert message.failed(permanent=True) is False
    message.sent("ref-2")
    assert (message.row["status"], message.row["gateway_reference"]) == ("SENT", "ref-1")


def test_a_failure_that_may_pass_leaves_it_queued(message: Message) -> None:
    message.begin()
    message.failed(problem="p" * 600)
    assert (message.row["status"], message.row["problem"]) == ("QUEUED", "p" * 500)
    assert message.waits()


def test_a_permanent_failure_gives_it_up(message: Message) -> None:
    message.begin()
    assert message.failed(permanent=True) is True
    assert message.row["status"] == "FAILED"
    assert message.begin() is None
    assert not message.waits()


def test_the_tenth_failure_gives_it_up(message: Message) -> None:
    found = []
    for _ in range(10):
        message.begin()
        found.append((message.failed(), message.row["status"]))
    assert found == [(False, "QUEUED")] * 9 + [(True, "FAILED")]


def test_what_is_too_late_is_not_sent_and_expires(message: Message) -> None:
    message.set("expires_at = clock_timestamp()")
    assert message.begin() is None
    assert not message.waits()
    assert message.row["status"] == "EXPIRED"


def test_a_message_waits_once_it_is_older_than_asked(message: Message) -> None:
    minute = timedelta(minutes=1)
    assert not message.waits(minute)
    message.set("created_at = now() - interval '2 minutes'")
    assert message.waits(minute)
    message.begin()
    assert not message.waits(minute), "it was just tried"


def test_the_oldest_wait_first_and_no_more_than_asked(message: Message, aline: Person) -> None:
    older = Message(aline)
    older.set("created_at = now() - interval '1 minute'")
    assert older.waits(most=1)
    assert not message.waits(most=1)


def test_an_unknown_message_is_nothing_to_send(message: Message) -> None:
    assert message.worker.call("tekana.begin_sms", message_id=0) is None


def test_the_worker_sees_no_table(connection: psycopg.Connection) -> None:
    worker = Person(connection, "tekana_worker")
    assert worker.refused("tekana.find_credentials", email="x").code == "42501"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        worker.ask("select * from tekana.sms_messages")
