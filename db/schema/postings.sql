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
'A requested movement of money. actor_id is the user who requests it; customer_id is the same user '
'if it is a customer, null for staff. The other attributes are the arguments of '
'api.post_transaction.';

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
'A posting whose fields are valid, with names looked up and with hashes of its key and contents. '
'place is its position among the requested postings, from 1.';

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
'What the transaction type, the two wallet types and their rules require of a transaction. '
'missing_rule says which rule is missing; null if none is. Amounts are in major units: the limits '
'of one transaction, and the maximum balance of the credited wallet; null means no limit.';

create type tekana.decline as (code text, message text);
comment on type tekana.decline is
'Why a transaction is declined: a code of docs/errors.md and a message.';

create type tekana.locked_wallets as (
    wallet_ids bigint [],
    wallets tekana.wallets []
);
comment on type tekana.locked_wallets is
'Locked wallets in order of their keys, and the keys to find them by.';

create type tekana.posting_outcome as (
    recorded tekana.transactions,
    is_replayed boolean,
    code text,
    message text,
    detail text,
    hint text
);
comment on type tekana.posting_outcome is
'Outcome of a posting: the recorded transaction as in the first answer to its actor, or the '
'refusal (code, message, detail, hint), in which case nothing was recorded. is_replayed: an '
'earlier request recorded it.';
