-- A statement is the two sides of the transactions, each one's line on its own wallet.
create or replace view api.statement_lines with (security_invoker = true) as
select
    t.transaction_id,
    t.debited_wallet_id as wallet_id,
    'DEBIT' as direction,
    -t.amount as amount,
    t.debited_balance_after as balance_after,
    t.currency_code,
    tekana.reference_number(t.transaction_id) as reference_number,
    t.external_reference_number,
    t.transaction_type_id,
    t.credited_wallet_id as other_wallet_id,
    t.status_message,
    t.created_at
from tekana.transactions as t
where t.status in ('COMPLETED', 'REVERSED')
    and (
        (select tekana.current_customer_id()) is null
        or t.debited_customer_id = (select tekana.current_customer_id())
    )
union all
select
    t.transaction_id,
    t.credited_wallet_id as wallet_id,
    'CREDIT' as direction,
    t.amount as amount,
    t.credited_balance_after as balance_after,
    t.currency_code,
    tekana.reference_number(t.transaction_id) as reference_number,
    t.external_reference_number,
    t.transaction_type_id,
    t.debited_wallet_id as other_wallet_id,
    t.status_message,
    t.created_at
from tekana.transactions as t
where t.status in ('COMPLETED', 'REVERSED')
    and (
        (select tekana.current_customer_id()) is null
        or t.credited_customer_id = (select tekana.current_customer_id())
    );

comment on view api.statement_lines is
'Statements: a line for each posted transaction on each wallet that it touched, one''s own wallets '
'only, or all for staff. Ask for one wallet_id, in order of transaction_id.';
comment on column api.statement_lines.transaction_id is 'The transaction; lines are in its order.';
comment on column api.statement_lines.wallet_id is 'The wallet whose line it is.';
comment on column api.statement_lines.direction is 'DEBIT (money left) or CREDIT (money came).';
comment on column api.statement_lines.amount is 'What it did to the balance: negative for a debit.';
comment on column api.statement_lines.balance_after is 'Balance of the wallet after it.';
comment on column api.statement_lines.currency_code is 'Currency.';
comment on column api.statement_lines.reference_number is 'Our reference of the transaction.';
comment on column api.statement_lines.external_reference_number is 'The caller''s own reference.';
comment on column api.statement_lines.transaction_type_id is 'Why money moved.';
comment on column api.statement_lines.other_wallet_id is 'The wallet on the other side.';
comment on column api.statement_lines.status_message is 'What became of it, for people.';
comment on column api.statement_lines.created_at is 'When the transaction was asked for.';
grant select on api.statement_lines to tekana_customer, tekana_staff;
