"""What analysts see, literally: whose money it is they know by a number, and secrets not at all."""

import psycopg

# A new column is shown to analysts for good: it says nothing that identifies a person (names,
# phone and identity numbers; people write them into external_reference_number and status_message
# as well), nor anything secret (hashes, keys, codes, tokens). Who relies on them finds them here.
EXPECTED = {
    "customers": "customer_id gender status created_at",
    "wallets": "wallet_id customer_id wallet_type is_operator currency_code account_number "
    "current_balance available_balance status created_at",
    "transactions": "transaction_id transaction_type channel_type status decline_code "
    "currency_code amount held_amount debited_wallet_id credited_wallet_id debited_customer_id "
    "credited_customer_id reverses_transaction_id actor_id created_at expires_at ended_at ended_by "
    "posted_at",
    "entries": "posting_id transaction_id transaction_type reverses_transaction_id wallet_id "
    "customer_id currency_code amount balance_after created_at posted_at",
}


def test_no_view_shows_more_or_less_than_was_decided(connection: psycopg.Connection) -> None:
    query = """
        select c.relname::text, string_agg(a.attname, ' ' order by a.attnum)
        from pg_attribute as a join pg_class as c on a.attrelid = c.oid
        where a.attnum > 0 and c.relnamespace = 'analytics'::regnamespace
        group by c.relname
    """
    assert dict(connection.execute(query).fetchall()) == EXPECTED
