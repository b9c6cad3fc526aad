-- Three ways to a transaction: as everybody's (for who is not a customer), by the side that pays
-- and by the side that is paid. The condition on `party` picks the ways that apply and reaches the
-- indexes; each is one scan in order of the key, and the scans are merged: a page costs the same at
-- any length of history. (A condition inside a branch would keep PostgreSQL from merging them.)
create or replace view api.transactions with (security_invoker = true) as
select
    s.transaction_id as id,
    tekana.reference_number(s.transaction_id) as reference_number,
    s.external_reference_number,
    s.transaction_type_id,
    s.channel_type,
    s.debited_wallet_id,
    s.credited_wallet_id,
    s.amount,
    s.currency_code,
    case when s.side <> 'CREDITED' then s.debited_balance_after end as debited_balance_after,
    case
        when s.side <> 'DEBITED' or s.credited_customer_id = s.party then s.credited_balance_after
    end as credited_balance_after,
    -- As it is stored, so that of a hold that expired it is PENDING until it is swept up: for an
    -- expression there would be no statistics and no index, and each page would be planned anew.
    s.status,
    s.status_message,
    s.decline_code,
    s.reverses_transaction_id,
    s.held_amount,
    s.expires_at,
    s.ended_at,
    s.created_at
from (
    select 'BOTH' as side, 0::bigint as party, t.*
    from tekana.transactions as t
    union all
    select 'DEBITED' as side, t.debited_customer_id as party, t.*
    from tekana.transactions as t
    union all
    select 'CREDITED' as side, t.credited_customer_id as party, t.*
    from tekana.transactions as t
) as s
where s.party = (select coalesce(tekana.current_customer_id(), 0))
    -- Between two wallets of one customer: once, by the side that pays.
    and (s.side <> 'CREDITED' or s.debited_customer_id is distinct from s.party);

comment on view api.transactions is
'Transactions, whatever their outcome. A customer sees only those that debit or credit their own '
'wallets; staff see all transactions.';
comment on column api.transactions.id is 'Primary key.';
comment on column api.transactions.reference_number is 'Reference number for people, unique.';
comment on column api.transactions.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';
comment on column api.transactions.transaction_type_id is 'Type of the transaction.';
comment on column api.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column api.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column api.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column api.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column api.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column api.transactions.debited_balance_after is
'Balance of the debited wallet after the transaction, in major units. Null if no money moved, or '
'if a customer reads it who does not own the wallet.';
comment on column api.transactions.credited_balance_after is
'Balance of the credited wallet after the transaction, in major units. Null if no money moved, or '
'if a customer reads it who does not own the wallet.';
comment on column api.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired).';
comment on column api.transactions.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column api.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column api.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column api.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column api.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column api.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column api.transactions.created_at is 'When the transaction was requested.';
grant select on api.transactions to tekana_customer, tekana_staff;
