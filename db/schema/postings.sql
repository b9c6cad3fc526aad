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
    place integer,
    actor_id bigint,
    customer_id bigint,
    transaction_type_id bigint,
    debited_wallet_id bigint,
    credited_wallet_id bigint,
    amount numeric,
    channel_type text,
    external_reference_number text,
    is_hold boolean,
    expires_at timestamptz,
    idempotency_key uuid,
    request_hash uuid
);
comment on type tekana.prepared_posting is
'A posting that makes sense, its names looked up and its key and contents hashed. place: which of '
'those that were asked for it is.';

create type tekana.posting_terms as (
    transaction_type_id bigint,
    debited_wallet_type_id bigint,
    credited_wallet_type_id bigint,
    is_active boolean,
    missing_rule text,
    minimum_amount numeric,
    maximum_amount numeric,
    maximum_balance numeric,
    hold_duration interval,
    has_unique_references boolean
);
comment on type tekana.posting_terms is
'What the types of a transaction and of its two wallets, and the rules between them, demand. '
'missing_rule: that there is none, in words. Amounts in major units: of one transaction, and of '
'what the credited wallet may hold; null: no limit.';

create type tekana.decline as (code text, message text);
comment on type tekana.decline is 'Why money does not move: a code of docs/errors.md, in words.';

create type tekana.locked_wallets as (
    wallet_ids bigint [],
    wallets tekana.wallets []
);
comment on type tekana.locked_wallets is
'Wallets in the order of their keys, and the keys to find them by.';

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
