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

create or replace function tekana.as_held(t tekana.transactions) returns tekana.transactions
language sql stable parallel safe
-- Without a setting, so that it is inlined.
return jsonb_populate_record(t, jsonb_build_object(
    'status', 'PENDING', 'status_message', null, 'amount', t.held_amount,
    'debited_balance_after', null, 'credited_balance_after', null,
    'ending_id', null, 'ended_at', null, 'ended_by', null
));
comment on function tekana.as_held(tekana.transactions) is
'Returns a hold that has ended as it was before: nothing else of it has changed '
'(tekana.guard_transactions).';

create or replace function tekana.digest_records(
    first_place bigint, last_place bigint,
    out record_count integer, out transaction_ids int8multirange, out ended_ids int8multirange,
    out digests bytea, out contents_hash bytea
)
language sql stable
set search_path = ''
as $$
    select
        count(*)::integer,
        coalesce(
            range_agg(int8range(r.transaction_id, r.transaction_id, '[]'))
                filter (where not r.is_ending),
            '{}'
        ),
        coalesce(
            range_agg(int8range(r.transaction_id, r.transaction_id, '[]'))
                filter (where r.is_ending),
            '{}'
        ),
        string_agg(substr(r.digest, 1, 8), ''::bytea order by r.is_ending, r.transaction_id),
        sha256(string_agg(r.digest, ''::bytea order by r.is_ending, r.transaction_id))
    from (
        select t.transaction_id, false as is_ending, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.transaction_id between digest_records.first_place and digest_records.last_place
            and t.ending_id is null
        union all
        select t.transaction_id, false as is_ending, tekana.transaction_digest(h) as digest
        from tekana.transactions as t
        cross join lateral tekana.as_held(t) as h
        where t.transaction_id between digest_records.first_place and digest_records.last_place
            and t.ending_id is not null
        union all
        select t.transaction_id, true as is_ending, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.ending_id between digest_records.first_place and digest_records.last_place
    ) as r
$$;
comment on function tekana.digest_records(bigint, bigint) is
'Returns the contents of a block for the places in the ledger from one to another: how many '
'records they have, the keys of the transactions and of the holds that ended, the first 8 bytes of '
'the digests, and the hash of the digests. A transaction has a record at its own place, a hold as '
'it was held; and a hold that has ended has another where it ended.';

create or replace function tekana.list_records(
    transaction_ids int8multirange, ended_ids int8multirange, digests bytea
)
returns table (transaction_id bigint, is_ending boolean, digest bytea)
language sql stable
set search_path = ''
as $$
    select
        i.transaction_id,
        k.is_ending,
        substr(
            list_records.digests,
            8 * (row_number() over (order by k.is_ending, i.transaction_id))::integer - 7,
            8
        )
    from (
        values (false, list_records.transaction_ids), (true, list_records.ended_ids)
    ) as k (is_ending, ids)
    cross join lateral unnest(k.ids) as r
    cross join lateral generate_series(lower(r), upper(r) - 1) as i (transaction_id)
$$;
comment on function tekana.list_records(int8multirange, int8multirange, bytea) is
'Returns the records of a block one by one, each with the first 8 bytes of its digest.';

create or replace function tekana.block_hash(block tekana.ledger_blocks) returns bytea
language sql stable
set search_path = ''
as $$
    select sha256(convert_to(
        json_build_array(
            block.block_number, block.last_place, extract(epoch from block.sealed_at),
            block.record_count, block.transaction_ids::text, block.ended_ids::text,
            encode(block.digests, 'hex'), encode(block.contents_hash, 'hex'),
            encode(block.previous_hash, 'hex')
        )::text,
        'UTF8'
    ))
$$;
comment on function tekana.block_hash(tekana.ledger_blocks) is
'Returns the hash of a block: SHA-256 of its other columns, including the hash of the block '
'before.';

revoke all on function tekana.transaction_digest(tekana.transactions),
tekana.as_held(tekana.transactions), tekana.digest_records(bigint, bigint),
tekana.list_records(int8multirange, int8multirange, bytea),
tekana.block_hash(tekana.ledger_blocks) from public;
