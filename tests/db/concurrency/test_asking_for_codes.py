"""Whoever asks for several codes at once is sent the newest, which alone is good."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg

from tests.db.kit import gatekeeper, make_customer


def test_of_codes_asked_for_at_once_the_good_one_goes_out(
    connection: psycopg.Connection, all_at_once: Callable[[list[Any]], list[Any]]
) -> None:
    person = make_customer(connection)
    places = count()

    def ask(own: psycopg.Connection) -> tuple[int, int]:
        with own.transaction():
            answer = gatekeeper(own).call(
                "tekana.request_otp", user_id=person.user_id, lifetime=timedelta(seconds=300)
            )
            # The API leaves the code in Valkey before it commits: the last to do so is good.
            return next(places), answer["message_id"]

    _, good = max(all_at_once([ask] * 10))
    query = "select message_id from tekana.sms_messages where status = 'QUEUED'"
    assert connection.execute(query).fetchall() == [(good,)]
