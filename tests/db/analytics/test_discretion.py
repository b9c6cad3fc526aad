"""Whom money belongs to, an analyst knows by a number only."""

import psycopg

PERSONAL = {
    "first_name",
    "last_name",
    "email",
    "phone_number",
    "id_number",
    # Written by people, for people: names and numbers stand in them.
    "external_reference_number",
    "status_message",
}
SECRET = {"password_hash", "token_hash", "idempotency_key", "request_hash"}


def test_no_view_shows_who_somebody_is_or_what_nobody_may_know(
    connection: psycopg.Connection,
) -> None:
    query = """
        select attname::text from pg_attribute
        where attnum > 0 and attrelid in (
            select oid from pg_class where relnamespace = 'analytics'::regnamespace
        )
    """
    shown = {name for (name,) in connection.execute(query)}
    assert {"customer_id", "amount"} <= shown
    assert shown & (PERSONAL | SECRET) == set()
