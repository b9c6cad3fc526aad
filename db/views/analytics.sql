-- What analysts count with. Unlike the views of schema api these read with their owner's rights, so
-- that analysts need none on the tables: what they show of a person is a number, a gender and since
-- when; of a member of staff, a number. Functions would be called with the rights of who asks, so
-- there are none of ours in them.

create or replace view analytics.customers as
select
    c.customer_id,
    c.gender,
    u.status,
    u.created_at
from tekana.customers as c
inner join tekana.users as u on c.customer_id = u.user_id;

comment on view analytics.customers is 'Customers, without personal data.';
comment on column analytics.customers.customer_id is 'Primary key.';
comment on column analytics.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on column analytics.customers.status is
'ACTIVE or INACTIVE. An INACTIVE customer cannot sign in.';
comment on column analytics.customers.created_at is 'When the customer registered.';
grant select on analytics.customers to tekana_analyst;

create or replace view analytics.wallets as
select
    w.wallet_id,
    w.customer_id,
    t.code as wallet_type,
    w.is_operator,
    w.currency_code,
    w.account_number,
    w.current_balance,
    -- As in api.wallets.
    w.current_balance - w.held_amount
    + case
        when w.held_amount = 0 then 0
        else coalesce((
                select sum(h.amount)
                from tekana.transactions as h
                where
                    h.debited_wallet_id = w.wallet_id and h.status = 'PENDING'
                    and h.expires_at <= now()
            ), 0)
    end as available_balance,
    w.status,
    w.created_at
from tekana.wallets as w
inner join tekana.wallet_types as t on w.wallet_type_id = t.wallet_type_id;

comment on view analytics.wallets is
'Wallets of customers and of the operator, with their current balances.';
comment on column analytics.wallets.wallet_id is 'Primary key.';
comment on column analytics.wallets.customer_id is
'Owner; null if the wallet belongs to the operator.';
comment on column analytics.wallets.wallet_type is
'Code of the wallet type, such as PERSONAL, MERCHANT or AGENT; for wallets of the operator FLOAT, '
'FEE or SETTLEMENT.';
comment on column analytics.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column analytics.wallets.currency_code is 'Currency of the wallet.';
comment on column analytics.wallets.account_number is
'Account number. Senders can use it to name the wallet to credit.';
comment on column analytics.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column analytics.wallets.available_balance is
'Available balance in major units: current_balance minus held money.';
comment on column analytics.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column analytics.wallets.created_at is 'When the wallet was opened.';
grant select on analytics.wallets to tekana_analyst;

create or replace view analytics.transactions as
select
    t.transaction_id,
    y.code as transaction_type,
    t.channel_type,
    t.status,
    t.decline_code,
    t.currency_code,
    t.amount,
    t.held_amount,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.debited_customer_id,
    t.credited_customer_id,
    t.reverses_transaction_id,
    t.actor_id,
    t.created_at,
    t.expires_at,
    t.ended_at,
    t.ended_by,
    case when t.status in ('COMPLETED', 'REVERSED') then coalesce(t.ended_at, t.created_at) end
        as posted_at
from tekana.transactions as t
inner join tekana.transaction_types as y on t.transaction_type_id = y.transaction_type_id;

comment on view analytics.transactions is
'All requested transactions, one row each, whatever their outcome. posted_at is null for those '
'that moved no money.';
comment on column analytics.transactions.transaction_id is
'Primary key. The reference number is made from it: T and at least 12 digits, such as '
'T000000000042.';
comment on column analytics.transactions.transaction_type is
'Code of the transaction type, such as TRANSFER.';
comment on column analytics.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column analytics.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired). An expired hold stays PENDING for '
'some seconds, until the worker cancels it.';
comment on column analytics.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column analytics.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column analytics.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column analytics.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column analytics.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column analytics.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column analytics.transactions.debited_customer_id is
'Owner of the debited wallet; null if it belongs to the operator.';
comment on column analytics.transactions.credited_customer_id is
'Owner of the credited wallet; null if it belongs to the operator.';
comment on column analytics.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column analytics.transactions.actor_id is
'Who requested the transaction: a customer_id, or the number of a member of staff, who is not in '
'analytics.customers.';
comment on column analytics.transactions.created_at is 'When the transaction was requested.';
comment on column analytics.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column analytics.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column analytics.transactions.ended_by is
'Who completed or cancelled the hold, as in actor_id; null if it expired, has not ended, or never '
'was a hold.';
comment on column analytics.transactions.posted_at is
'When the money moved; null if no money moved.';
grant select on analytics.transactions to tekana_analyst;

-- A branch for each side, so that the entries of one wallet are found by its indexes.
create or replace view analytics.entries as
select
    s.posting_id,
    s.transaction_id,
    y.code as transaction_type,
    s.reverses_transaction_id,
    s.wallet_id,
    s.customer_id,
    s.currency_code,
    s.amount,
    s.balance_after,
    s.created_at,
    s.posted_at
from (
    select
        coalesce(t.ending_id, t.transaction_id) as posting_id,
        t.transaction_id,
        t.transaction_type_id,
        t.reverses_transaction_id,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as customer_id,
        t.currency_code,
        -t.amount as amount,
        t.debited_balance_after as balance_after,
        t.created_at,
        coalesce(t.ended_at, t.created_at) as posted_at
    from tekana.transactions as t
    where t.status in ('COMPLETED', 'REVERSED')
    union all
    select
        coalesce(t.ending_id, t.transaction_id) as posting_id,
        t.transaction_id,
        t.transaction_type_id,
        t.reverses_transaction_id,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as customer_id,
        t.currency_code,
        t.amount,
        t.credited_balance_after as balance_after,
        t.created_at,
        coalesce(t.ended_at, t.created_at) as posted_at
    from tekana.transactions as t
    where t.status in ('COMPLETED', 'REVERSED')
) as s
inner join tekana.transaction_types as y on s.transaction_type_id = y.transaction_type_id;

comment on view analytics.entries is
'Entries: two rows for each posted transaction, one for the wallet that the money left and one for '
'the wallet that it entered.';
comment on column analytics.entries.posting_id is
'Position of the entry in the order in which money moved; unique within a wallet.';
comment on column analytics.entries.transaction_id is 'The transaction.';
comment on column analytics.entries.transaction_type is
'Code of the transaction type, such as TRANSFER.';
comment on column analytics.entries.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column analytics.entries.wallet_id is 'The wallet that the entry belongs to.';
comment on column analytics.entries.customer_id is
'Owner of the wallet; null if it belongs to the operator.';
comment on column analytics.entries.currency_code is 'Currency of the wallet and the amount.';
comment on column analytics.entries.amount is
'Change of the balance in major units: negative if money left the wallet, positive if it entered.';
comment on column analytics.entries.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column analytics.entries.created_at is 'When the transaction was requested.';
comment on column analytics.entries.posted_at is 'When the money moved.';
grant select on analytics.entries to tekana_analyst;
