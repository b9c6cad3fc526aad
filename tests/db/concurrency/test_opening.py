"""Many requests at the same moment to open one wallet."""

from collections.abc import Callable
from typing import Any

import psycopg

from tests.db.kit import make_customer, wallet_type_id

AllAtOnce = Callable[[list[Any]], list[Any]]


def test_one_key_opens_one_wallet(connection: psycopg.Connection, all_at_once: AllAtOnce) -> None:
    aline = make_customer(connection)
    type_id = wallet_type_id(connection, "PERSONAL")
    wanted = {"wallet_type_id": type_id, "currency_code": "RWF", "idempotency_key": "mine"}

    def open_it(own: psycopg.Connection) -> int:
        opened = aline.at(own).call("api.open_wallet", **wanted)
        return opened["id"]  # type: ignore[no-any-return]

    opened = all_at_once([open_it] * 8)
    assert len(set(opened)) == 1, opened
    query = "select wallet_id from tekana.wallets where customer_id = %s"
    assert connection.execute(query, [aline.user_id]).fetchall() == [(opened[0],)]
