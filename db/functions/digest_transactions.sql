-- What the seals are made of. Whoever recomputes them elsewhere needs what is said here and in
-- docs/ledger.md, and nothing that a session or a server can be set to: numbers in decimal, times
-- as seconds since 1970, text in UTF-8, all of it as the text of a JSON array.

create or replace function tekana.transaction_digest(t tekana.transactions) returns bytea
language sql stable parallel safe
-- Without a setting, so that it is inlined: it is asked for every row of the ledger.
return sha256(convert_to(
    json_build_array(
        t.transaction_id, t.transaction_type_id, t.debited_wallet_id, t.credited_wallet_id,
        t.debited_customer_id, t.credited_customer_id, t.actor_id, t.reverses_transaction_id,
        extract(epoch from t.created_at), t.ending_id, extract(epoch from t.ended_at), t.ended_by,
        extract(epoch from t.expires_at), t.idempotency_key, t.request_hash,
        t.amount, t.held_amount, t.debited_balance_after,
        t.credited_balance_after, t.currency_code, t.channel_type,
        -- The mark of a reversal comes later. The reversal is a transaction and sealed itself.
        case t.status when 'REVERSED' then 'COMPLETED' else t.status end,
        t.decline_code, t.status_message, t.external_reference_number, t.has_unique_reference
    )::text,
    'UTF8'
));
comment on function tekana.transaction_digest(tekana.transactions) is
'Returns the digest of a transaction: SHA-256 of all its columns, which never change once it is '
'posted, declined or released. REVERSED counts as COMPLETED.';

create or replace function tekana.digest_transactions(
    first_place bigint, last_place bigint,
    out transaction_count integer, out transaction_ids int8multirange, out digests bytea,
    out contents_hash bytea
)
language sql stable
set search_path = ''
as $$
    select
        count(*)::integer,
        range_agg(int8range(o.transaction_id, o.transaction_id, '[]')),
        string_agg(substr(o.digest, 1, 8), ''::bytea order by o.transaction_id),
        sha256(string_agg(o.digest, ''::bytea order by o.transaction_id))
    from (
        select t.transaction_id, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.transaction_id
            between digest_transactions.first_place and digest_transactions.last_place
            and t.ending_id is null and t.status is distinct from 'PENDING'
        union all
        select t.transaction_id, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.ending_id
            between digest_transactions.first_place and digest_transactions.last_place
            and t.status is distinct from 'PENDING'
    ) as o
$$;
comment on function tekana.digest_transactions(bigint, bigint) is
'Returns the contents of a block for the outcomes from one place in the ledger to another: their '
'number, their keys, the first 8 bytes of their digests, and the hash of their digests. A '
'transaction is an outcome once it is posted, declined or released. The place of a hold is where '
'it ended.';

create or replace function tekana.block_hash(block tekana.ledger_blocks) returns bytea
language sql stable
set search_path = ''
as $$
    select sha256(convert_to(
        json_build_array(
            block.block_number, block.last_place, extract(epoch from block.sealed_at),
            block.transaction_count, block.transaction_ids::text, encode(block.digests, 'hex'),
            encode(block.contents_hash, 'hex'), encode(block.previous_hash, 'hex')
        )::text,
        'UTF8'
    ))
$$;
comment on function tekana.block_hash(tekana.ledger_blocks) is
'Returns the hash of a block: SHA-256 of its other columns, including the hash of the block '
'before.';

revoke all on function tekana.transaction_digest(tekana.transactions),
tekana.digest_transactions(bigint, bigint),
tekana.block_hash(tekana.ledger_blocks) from public;
