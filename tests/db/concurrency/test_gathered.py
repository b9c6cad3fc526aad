"""Postings of several people in one statement, some of which something else holds."""

import json
from typing import Any

import psycopg
import pytest

from cli.servers.postgres import PostgresServer
from tests.db.kit import Person, Row, gatekeeper, request

Wallets = list[tuple[Person, int]]


def open_session(connection: psycopg.Connection, person: Person) -> int:
    opened = gatekeeper(connection).call(
        "tekana.open_session",
        user_id=person.user_id,
        refresh_token_hash=person.user_id.to_bytes(32),
        lifetime="1 hour",
    )
    return opened["session_id"]


def gathered(connection: psycopg.Connection, *postings: dict[str, Any]) -> list[Row]:
    return gatekeeper(connection).ask(
        "select * from tekana.post_gathered(%(postings)s::jsonb, 50)",
        {"postings": json.dumps(postings, default=str)},
    )


@pytest.mark.usefixtures("ids")  # there is money in the wallets
def test_what_is_held_waits_and_the_others_are_posted_and_answered_in_order(
    server: PostgresServer,
    database: str,
    connection: psycopg.Connection,
    wallets: Wallets,
) -> None:
    (aline, purse), (bosco, pocket), (carine, jar), (diane, box), *_ = wallets
    sessions = {who.user_id: open_session(connection, who) for who in (aline, bosco, carine, diane)}

    def by(who: Person, debited: int, credited: int, amount: int) -> dict[str, Any]:
        return request(debited, credited, amount, session_id=sessions[who.user_id])

    with psycopg.connect(server.url(database)) as holder:
        holder.execute("select from tekana.wallets where wallet_id = %s for update", [purse])
        holder.execute("select from tekana.users where user_id = %s for update", [diane.user_id])
        answers = gathered(
            connection,
            by(aline, purse, pocket, 1),  # her wallet is held
            by(bosco, pocket, jar, 2),
            by(bosco, jar, pocket, 3),  # not his to debit
            by(carine, jar, purse, 4),  # the wallet that would be paid is held
            by(diane, box, jar, 5),  # she herself is
            by(carine, jar, box, 6),
            request(jar, box, 7, session_id=0),
        )
        holder.rollback()
    codes = ["55P03", None, "DENYD", "55P03", "55P03", None, "NAUTH"]
    assert [answer["code"] for answer in answers] == codes
    posted = [answer["transaction"] for answer in answers if answer["transaction"]]
    assert [(one["debited_wallet_id"], one["amount"]) for one in posted] == [(pocket, 2), (jar, 6)]
    (again,) = gathered(connection, by(diane, box, jar, 5))
    assert (again["code"], again["transaction"]["amount"]) == (None, 5)
