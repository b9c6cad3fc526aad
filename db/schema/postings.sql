-- What the posting functions hand to each other; no table holds them.
create type tekana.posting as (
    actor_id bigint,
    customer_id bigint,
    debited_wallet_id bigint,
    credited_wallet_id bigint,
    credited_account_number text,
    transaction_type_id bigint,
    transaction_type text,
    amount numeric,
    channel_type text,
    external_reference_number text,
    status text,
    expires_at timestamptz,
    idempotency_key text
);
comment on type tekana.posting is
'A movement of money that is asked for. actor_id: the user who asks; customer_id: the same for a '
'customer, null for staff. Else the arguments of api.post_transaction.';

create type tekana.prepared_posting as (
    code text,
    message text,
    detail text,
    hint text,
    transaction_type_id bigint,
    credited_wallet_id bigint,
    amount numeric,
    idempotency_key uuid,
    request_hash uuid
);
comment on type tekana.prepared_posting is
'What is known of a posting before anything is locked: why it is refused (code, message, detail, '
'hint), or else what its names mean, its exact amount, and the hashes that it is known again by.';

create type tekana.posting_outcome as (
    recorded tekana.transactions,
    is_replayed boolean,
    code text,
    message text,
    detail text,
    hint text
);
comment on type tekana.posting_outcome is
'What became of a posting: the transaction that was recorded, as its actor heard of it first; or '
'why it was refused and nothing recorded. is_replayed: it was recorded by an earlier request.';
