"""Proofs, as `tekana ledger check` makes them."""

import psycopg

from tests.waiting import eventually

Findings = list[tuple[str, str, str]]


def advance_horizon(connection: psycopg.Connection) -> int:
    """The place up to which nothing more will be committed, as far as can be said now."""
    return connection.execute("select tekana.advance_horizon()").fetchone()[0]


def prove(connection: psycopg.Connection, full: bool = False, patient: bool = True) -> Findings:
    """What a proof finds; when patient, nothing stands in the way of its horizon."""
    drawn = last_place(connection)
    if patient:
        eventually(lambda: advance_horizon(connection) >= drawn)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        query = "select * from tekana.prove_ledger(full => %s)"
        return connection.execute(query, [full]).fetchall()


def last_proof(connection: psycopg.Connection) -> tuple[int, int]:
    """Since which place the last proof read, and up to which one all is proved."""
    query = """
        select since, horizon from tekana.ledger_proofs
        order by proof_id desc limit 1
    """
    return connection.execute(query).fetchone()


def last_place(connection: psycopg.Connection) -> int:
    """The last place in the ledger that anybody drew."""
    return connection.execute("select tekana.last_place()").fetchone()[0]
