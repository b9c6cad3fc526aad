-- Three branches, of which one or two run: all rows for who is not a customer; for a customer, the
-- side that pays and the side that is paid. Each side is one index scan in order of the key, merged, so
-- a page costs the same at any length of history. Row-level security holds in every branch.
create or replace view api.transactions with (security_invoker = true) as
select
    t.transaction_id as id,
    tekana.reference_number(t.transaction_id) as reference_number,
    t.external_reference_number,
    t.transaction_type_id,
    t.channel_type,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.amount,
    t.currency_code,
    t.debited_balance_after as debited_balance_after,
    t.credited_balance_after as credited_balance_after,
    t.status,
    t.status_message,
    t.decline_code,
    t.reverses_transaction_id,
    t.created_at
from tekana.transactions as t
where (select tekana.current_customer_id()) is null
union all
select
    t.transaction_id as id,
    tekana.reference_number(t.transaction_id) as reference_number,
    t.external_reference_number,
    t.transaction_type_id,
    t.channel_type,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.amount,
    t.currency_code,
    t.debited_balance_after as debited_balance_after,
    case
        when t.credited_customer_id = t.debited_customer_id then t.credited_balance_after
    end as credited_balance_after,
    t.status,
    t.status_message,
    t.decline_code,
    t.reverses_transaction_id,
    t.created_at
from tekana.transactions as t
where t.debited_customer_id = (select tekana.current_customer_id())
union all
select
    t.transaction_id as id,
    tekana.reference_number(t.transaction_id) as reference_number,
    t.external_reference_number,
    t.transaction_type_id,
    t.channel_type,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.amount,
    t.currency_code,
    null::numeric as debited_balance_after,
    t.credited_balance_after as credited_balance_after,
    t.status,
    t.status_message,
    t.decline_code,
    t.reverses_transaction_id,
    t.created_at
from tekana.transactions as t
where t.credited_customer_id = (select tekana.current_customer_id())
    and t.debited_customer_id is distinct from (select tekana.current_customer_id());

comment on view api.transactions is
'Movements of money: those one is a party to, or all for staff.';
comment on column api.transactions.id is 'Key.';
comment on column api.transactions.reference_number is 'Our reference, unique, for people.';
comment on column api.transactions.external_reference_number is 'The caller''s own reference.';
comment on column api.transactions.transaction_type_id is 'Why money moves.';
comment on column api.transactions.channel_type is 'Where it was asked for: WEB, APP, KIOSK or USSD.';
comment on column api.transactions.debited_wallet_id is 'The wallet it leaves.';
comment on column api.transactions.credited_wallet_id is 'The wallet it enters.';
comment on column api.transactions.amount is 'How much, major units, always positive.';
comment on column api.transactions.currency_code is 'Currency of both wallets.';
comment on column api.transactions.debited_balance_after is
'Balance of the debited wallet after it; null unless posted, and to a customer whose wallet it is not.';
comment on column api.transactions.credited_balance_after is
'Balance of the credited wallet after it; null unless posted, and to a customer whose wallet it is not.';
comment on column api.transactions.status is 'PENDING, COMPLETED, FAILED, REVERSED or CANCELLED.';
comment on column api.transactions.status_message is 'What became of it, for people.';
comment on column api.transactions.decline_code is 'Why it FAILED, by the codes of docs/errors.md.';
comment on column api.transactions.reverses_transaction_id is 'The transaction that this one undoes.';
comment on column api.transactions.created_at is 'When it was asked for.';
grant select on api.transactions to tekana_customer, tekana_staff;
