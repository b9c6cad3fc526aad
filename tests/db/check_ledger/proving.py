"""Proofs, as `tekana ledger check` makes them."""

import psycopg

from tests.waiting import eventually

Findings = list[tuple[str, str, str]]


def begin(connection: psycopg.Connection) -> int:
    """Begin a proof; its key."""
    return connection.execute("select tekana.begin_proof()").fetchone()[0]


def finish(connection: psycopg.Connection, proof_id: int, full: bool = False) -> Findings:
    """What a proof that was begun finds."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        query = "select * from tekana.prove_ledger(%s, full => %s)"
        return connection.execute(query, [proof_id, full]).fetchall()


def is_settled(connection: psycopg.Connection, proof_id: int) -> bool:
    """Whether all that was being posted when a proof began is over."""
    return connection.execute("select tekana.is_settled(%s)", [proof_id]).fetchone()[0]


def prove(connection: psycopg.Connection, full: bool = False, patient: bool = True) -> Findings:
    """What a whole proof finds; when patient, nothing stands in the way of its horizon."""
    proof_id = begin(connection)
    if patient:
        eventually(lambda: is_settled(connection, proof_id))
    return finish(connection, proof_id, full)


def last_proof(connection: psycopg.Connection) -> tuple[int, int]:
    """Since which place the last proof read, and up to which one all is proved."""
    query = """
        select since, horizon from tekana.ledger_proofs
        where proven_at is not null order by proof_id desc limit 1
    """
    return connection.execute(query).fetchone()


def last_place(connection: psycopg.Connection) -> int:
    """The last place in the ledger that anybody drew."""
    query = "select last_value from tekana.transactions_transaction_id_seq"
    return connection.execute(query).fetchone()[0]
