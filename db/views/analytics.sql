-- What analysts count with. Unlike the views of schema api these read with their owner's rights, so
-- that analysts need none on the tables: what they show of a person is a number, a gender and since
-- when. Functions would be called with the rights of who asks, so there are none in them.

create or replace view analytics.customers as
select
    c.customer_id,
    c.gender,
    u.status,
    u.created_at
from tekana.customers as c
inner join tekana.users as u on c.customer_id = u.user_id;

comment on view analytics.customers is 'Customers, without who they are.';
comment on column analytics.customers.customer_id is 'Key.';
comment on column analytics.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on column analytics.customers.status is 'ACTIVE; INACTIVE cannot sign in.';
comment on column analytics.customers.created_at is 'When it registered.';
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
    w.status,
    w.created_at
from tekana.wallets as w
inner join tekana.wallet_types as t on w.wallet_type_id = t.wallet_type_id;

comment on view analytics.wallets is 'Wallets of customers and of the operator, as they are now.';
comment on column analytics.wallets.wallet_id is 'Key.';
comment on column analytics.wallets.customer_id is 'Whose money it is; null: the operator''s.';
comment on column analytics.wallets.wallet_type is
'Code of its kind: PERSONAL, MERCHANT, AGENT and so on; of the operator''s FLOAT, FEE, SETTLEMENT.';
comment on column analytics.wallets.is_operator is 'True when it belongs to the operator.';
comment on column analytics.wallets.currency_code is 'Its one currency.';
comment on column analytics.wallets.account_number is 'What to write down to pay it.';
comment on column analytics.wallets.current_balance is 'What is in it, held or not, major units.';
comment on column analytics.wallets.status is 'ACTIVE, INACTIVE or DORMANT.';
comment on column analytics.wallets.created_at is 'When it was opened.';
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
    t.created_at,
    t.expires_at,
    t.ended_at,
    case when t.status in ('COMPLETED', 'REVERSED') then coalesce(t.ended_at, t.created_at) end
        as posted_at
from tekana.transactions as t
inner join tekana.transaction_types as y on t.transaction_type_id = y.transaction_type_id;

comment on view analytics.transactions is
'All that was asked for, one row each: what moved money (posted_at is not null), and what did not.';
comment on column analytics.transactions.transaction_id is 'Key.';
comment on column analytics.transactions.transaction_type is 'Code of its type, as TRANSFER.';
comment on column analytics.transactions.channel_type is
'Where it was asked for: WEB, APP, KIOSK or USSD.';
comment on column analytics.transactions.status is
'PENDING, COMPLETED, FAILED, REVERSED or CANCELLED; a hold that is over reads PENDING until it is '
'swept up, some seconds later.';
comment on column analytics.transactions.decline_code is 'Why it FAILED (docs/errors.md).';
comment on column analytics.transactions.currency_code is 'Currency of both wallets.';
comment on column analytics.transactions.amount is
'How much, major units, always positive; of a hold completed in part, that part.';
comment on column analytics.transactions.held_amount is
'How much was held at first, major units; null: nothing ever was.';
comment on column analytics.transactions.debited_wallet_id is 'The wallet it leaves.';
comment on column analytics.transactions.credited_wallet_id is 'The wallet it enters.';
comment on column analytics.transactions.debited_customer_id is
'Owner of the debited wallet; null: the operator.';
comment on column analytics.transactions.credited_customer_id is
'Owner of the credited wallet; null: the operator.';
comment on column analytics.transactions.reverses_transaction_id is
'The transaction that this one undoes, wholly or in part; null: it is no reversal.';
comment on column analytics.transactions.created_at is 'When it was asked for.';
comment on column analytics.transactions.expires_at is
'When what is held is released by itself; null: it was never held.';
comment on column analytics.transactions.ended_at is
'When what was held was completed, cancelled or expired; else null.';
comment on column analytics.transactions.posted_at is 'When money moved; null: none did.';
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
'What moved money, two rows each: one on the wallet it left, one on the wallet it entered.';
comment on column analytics.entries.posting_id is
'Place in the order in which money moved; of one wallet no two entries have the same.';
comment on column analytics.entries.transaction_id is 'The transaction.';
comment on column analytics.entries.transaction_type is 'Code of its type.';
comment on column analytics.entries.reverses_transaction_id is
'The transaction that it undoes, wholly or in part; null: it is no reversal.';
comment on column analytics.entries.wallet_id is 'The wallet.';
comment on column analytics.entries.customer_id is 'Whose wallet it is; null: the operator''s.';
comment on column analytics.entries.currency_code is 'Currency.';
comment on column analytics.entries.amount is
'What it did to the balance, major units: negative for what left.';
comment on column analytics.entries.balance_after is 'Balance of the wallet after it.';
comment on column analytics.entries.created_at is 'When the transaction was asked for.';
comment on column analytics.entries.posted_at is 'When money moved.';
grant select on analytics.entries to tekana_analyst;
