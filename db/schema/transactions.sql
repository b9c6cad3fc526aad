-- Widest columns first: no padding between them on the page.
create table tekana.transactions (
    transaction_id bigint generated always as identity,
    transaction_type_id bigint not null,
    debited_wallet_id bigint not null,
    credited_wallet_id bigint not null,
    debited_customer_id bigint,
    credited_customer_id bigint,
    actor_id bigint not null,
    reverses_transaction_id bigint,
    created_at timestamptz not null,
    ending_id bigint,
    ended_at timestamptz,
    ended_by bigint,
    expires_at timestamptz,
    idempotency_key uuid,
    request_hash uuid,
    amount numeric not null,
    held_amount numeric,
    debited_balance_after numeric,
    credited_balance_after numeric,
    currency_code text not null,
    channel_type text not null,
    status text not null,
    decline_code text,
    status_message text,
    external_reference_number text,
    has_unique_reference boolean,

    constraint transactions_pkey primary key (transaction_id),
    constraint transactions_idempotency_key_key unique (actor_id, idempotency_key),
    constraint transactions_have_a_type foreign key (transaction_type_id)
    references tekana.transaction_types (transaction_type_id),
    constraint transactions_debit_a_wallet foreign key (debited_wallet_id)
    references tekana.wallets (wallet_id),
    constraint transactions_credit_a_wallet foreign key (credited_wallet_id)
    references tekana.wallets (wallet_id),
    constraint transactions_are_asked_for_by_a_user foreign key (actor_id)
    references tekana.users (user_id),
    constraint transactions_are_ended_by_a_user foreign key (ended_by)
    references tekana.users (user_id),
    constraint transactions_reverse_a_transaction foreign key (reverses_transaction_id)
    references tekana.transactions (transaction_id),
    constraint transactions_move_between_two_wallets check (
        debited_wallet_id <> credited_wallet_id
    ),
    -- NaN counts as greater than everything: the upper bound refuses it. Decimals are held by the
    -- wallets' balances, which every posted amount goes through.
    constraint transactions_amount_is_positive_and_bounded check (amount > 0 and amount < 1e15),
    constraint transactions_channel_type_is_known check (
        channel_type in ('WEB', 'APP', 'KIOSK', 'USSD')
    ),
    constraint transactions_status_is_known check (
        status in ('PENDING', 'COMPLETED', 'FAILED', 'REVERSED', 'CANCELLED')
    ),
    constraint transactions_posted_have_both_balances check (
        (status in ('COMPLETED', 'REVERSED')) = (debited_balance_after is not null)
        and (status in ('COMPLETED', 'REVERSED')) = (credited_balance_after is not null)
    ),
    constraint transactions_declined_have_a_reason check (
        (status = 'FAILED') = (decline_code is not null)
        and (decline_code is null or status_message is not null)
    ),
    constraint transactions_key_has_a_hash check (
        (idempotency_key is null) = (request_hash is null)
    ),
    -- What was held ends once; what was not held never does.
    constraint transactions_pending_are_held_and_not_ended check (
        (status = 'PENDING') = (held_amount is not null and ending_id is null)
    ),
    constraint transactions_held_expire check ((held_amount is null) = (expires_at is null)),
    constraint transactions_endings_are_whole check (
        (ending_id is null) = (ended_at is null)
        and (ending_id is null or held_amount is not null)
        and (ending_id is not null or ended_by is null)
    ),
    constraint transactions_post_at_most_what_was_held check (amount <= held_amount),
    constraint transactions_external_reference_number_is_short check (
        length(external_reference_number) between 1 and 100
    ),
    constraint transactions_status_message_is_short check (length(status_message) <= 500)
);

-- A customer's history is two ordered scans merged, one for each side; so is a wallet's statement.
-- The wallets stand behind the key to be compared in the index: a page of one wallet costs no more
-- than the customer's own history, however long the wallet's on the other side is.
create index transactions_debited_customer_id_idx
on tekana.transactions (
    debited_customer_id, transaction_id, debited_wallet_id, credited_wallet_id
)
where debited_customer_id is not null;
create index transactions_credited_customer_id_idx
on tekana.transactions (
    credited_customer_id, transaction_id, credited_wallet_id, debited_wallet_id
)
where credited_customer_id is not null;
-- The same by time: a period of a history that is a million long.
create index transactions_debited_customer_id_created_at_idx
on tekana.transactions (debited_customer_id, created_at)
where debited_customer_id is not null;
create index transactions_credited_customer_id_created_at_idx
on tekana.transactions (credited_customer_id, created_at)
where credited_customer_id is not null;
-- What is held, declined or undone is rare: found without going through all that is posted.
create index transactions_debited_customer_id_status_idx
on tekana.transactions (debited_customer_id, status, transaction_id)
where status <> 'COMPLETED' and debited_customer_id is not null;
create index transactions_credited_customer_id_status_idx
on tekana.transactions (credited_customer_id, status, transaction_id)
where status <> 'COMPLETED' and credited_customer_id is not null;
create index transactions_status_idx
on tekana.transactions (status, transaction_id) where status <> 'COMPLETED';
-- For staff, and so that no branch of api.transactions has to be sorted: with one that has, the
-- planner may sort them all.
create index transactions_created_at_idx on tekana.transactions (created_at);
create index transactions_debited_wallet_id_idx
on tekana.transactions (debited_wallet_id, transaction_id);
create index transactions_credited_wallet_id_idx
on tekana.transactions (credited_wallet_id, transaction_id);
-- What was held and ended later stands in a wallet's statement where it ended: these few are merged
-- in from indexes of their own, and the others need no second place.
create index transactions_debited_wallet_id_ending_id_idx
on tekana.transactions (debited_wallet_id, ending_id) where ending_id is not null;
create index transactions_credited_wallet_id_ending_id_idx
on tekana.transactions (credited_wallet_id, ending_id) where ending_id is not null;
-- Whoever reads the ledger on from some place finds by it what was held before and ended since.
create unique index transactions_ending_id_idx
on tekana.transactions (ending_id) where ending_id is not null;
-- What is held: of a wallet that is about to pay, and of all when what has expired is swept up.
create index transactions_debited_wallet_id_expires_at_idx
on tekana.transactions (debited_wallet_id, expires_at) where status = 'PENDING';
create index transactions_expires_at_idx
on tekana.transactions (expires_at) where status = 'PENDING';
create index transactions_reverses_transaction_id_idx
on tekana.transactions (reverses_transaction_id) where reverses_transaction_id is not null;
-- Marked when its type demanded it, so that a type may change its mind.
create unique index transactions_unique_external_reference_number_idx
on tekana.transactions (transaction_type_id, external_reference_number)
where has_unique_reference and status in ('PENDING', 'COMPLETED', 'REVERSED');
create index transactions_external_reference_number_idx
on tekana.transactions (external_reference_number) where external_reference_number is not null;

comment on table tekana.transactions is
'Requested movements of money, one row each, with two sides: the debited wallet and the credited '
'wallet. A posted amount never changes, and no row is ever deleted.';
comment on column tekana.transactions.transaction_id is
'Primary key, and the place in the ledger unless ending_id is set. The reference number is made '
'from it.';
comment on column tekana.transactions.transaction_type_id is 'Type of the transaction.';
comment on column tekana.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column tekana.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column tekana.transactions.debited_customer_id is
'Owner of the debited wallet; null if it belongs to the operator. Stored here so that an index has '
'the history of a customer in order.';
comment on column tekana.transactions.credited_customer_id is
'Owner of the credited wallet; null if it belongs to the operator. Stored here so that an index '
'has the history of a customer in order.';
comment on column tekana.transactions.actor_id is 'The user who requested the transaction.';
comment on column tekana.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column tekana.transactions.created_at is
'When the request was decided. Its wallets were locked before, so the transactions of a wallet are '
'in order of created_at.';
comment on column tekana.transactions.ending_id is
'Place in the ledger at which the hold ended, from the same sequence as transaction_id. Null if '
'the transaction was never a hold or the hold has not ended: then transaction_id is the place.';
comment on column tekana.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column tekana.transactions.ended_by is
'The user who completed or cancelled the hold; null if it expired, has not ended, or never was a '
'hold.';
comment on column tekana.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column tekana.transactions.idempotency_key is
'Hash of the idempotency key, unique for each actor; null if none was given. Repeating the request '
'with the same key returns the first answer.';
comment on column tekana.transactions.request_hash is
'Hash of the request; null if no idempotency key was given. Another request with the same key is '
'refused (KEYRE).';
comment on column tekana.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column tekana.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column tekana.transactions.debited_balance_after is
'Balance of the debited wallet after the transaction, in major units; null if no money moved.';
comment on column tekana.transactions.credited_balance_after is
'Balance of the credited wallet after the transaction, in major units; null if no money moved.';
comment on column tekana.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column tekana.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column tekana.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired).';
comment on column tekana.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column tekana.transactions.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column tekana.transactions.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';

comment on column tekana.transactions.has_unique_reference is
'True if its external_reference_number must be unique among transactions of its type; null '
'otherwise.';
comment on index tekana.transactions_unique_external_reference_number_idx is
'external_reference_number: is already in use';

create function tekana.reference_number(transaction_id bigint) returns text
language sql immutable parallel safe
-- Neither strict nor with a setting, so that it is inlined: it is asked for every row of a page.
return 'T' || lpad(transaction_id::text, greatest(12, length(transaction_id::text)), '0');
comment on function tekana.reference_number(bigint) is
'Returns the reference number of a transaction, such as T000000000042: its key in a form that '
'people can read out.';
-- Made from the key, it takes no room in the row; this finds a row by it.
create unique index transactions_reference_number_idx
on tekana.transactions (tekana.reference_number(transaction_id));
