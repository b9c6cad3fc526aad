"""One refresh token used by many at once: one gets a new one."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import psycopg

from tests.db.kit import gatekeeper, make_customer

HOUR = timedelta(hours=1)


def test_exactly_one_refresh_wins_and_the_session_ends(
    connection: psycopg.Connection, all_at_once: Callable[[list[Any]], list[Any]]
) -> None:
    token = token_bytes(32)
    session = gatekeeper(connection).call(
        "tekana.open_session",
        user_id=make_customer(connection).user_id,
        refresh_token_hash=token,
        lifetime=HOUR,
    )

    def refresh(own: psycopg.Connection) -> str:
        return gatekeeper(own).call(
            "tekana.refresh_session",
            refresh_token_hash=token,
            new_refresh_token_hash=token_bytes(32),
            lifetime=HOUR,
        )["outcome"]

    outcomes = Counter(all_at_once([refresh] * 12))
    assert outcomes == {"REFRESHED": 1, "REUSED": 1, "ENDED": 10}
    query = "select end_reason from tekana.sessions where session_id = %s"
    assert connection.execute(query, [session["session_id"]]).fetchone() == ("REUSE",)
