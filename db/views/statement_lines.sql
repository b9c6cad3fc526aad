-- A statement is the two sides of the transactions, each one's line on its own wallet, in the order
-- in which they were posted: at once, or when a hold was completed. Each of the four branches is
-- one index scan in that order, and they are merged: the conditions stand outside (see
-- api.transactions).
create or replace view api.statement_lines with (security_invoker = true) as
select
    s.posting_id,
    s.transaction_id,
    s.wallet_id,
    s.direction,
    case when s.direction = 'DEBIT' then -s.amount else s.amount end as amount,
    case
        when s.direction = 'DEBIT' then s.debited_balance_after else s.credited_balance_after
    end as balance_after,
    s.currency_code,
    tekana.reference_number(s.transaction_id) as reference_number,
    s.external_reference_number,
    s.transaction_type_id,
    case
        when s.direction = 'DEBIT' then s.credited_wallet_id else s.debited_wallet_id
    end as other_wallet_id,
    s.status_message,
    s.posted_at,
    s.created_at
from (
    select
        'DEBIT' as direction,
        false as was_held,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as owner_id,
        t.transaction_id as posting_id,
        t.created_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'CREDIT' as direction,
        false as was_held,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as owner_id,
        t.transaction_id as posting_id,
        t.created_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'DEBIT' as direction,
        true as was_held,
        t.debited_wallet_id as wallet_id,
        t.debited_customer_id as owner_id,
        t.ending_id as posting_id,
        t.ended_at as posted_at,
        t.*
    from tekana.transactions as t
    union all
    select
        'CREDIT' as direction,
        true as was_held,
        t.credited_wallet_id as wallet_id,
        t.credited_customer_id as owner_id,
        t.ending_id as posting_id,
        t.ended_at as posted_at,
        t.*
    from tekana.transactions as t
) as s
where s.status in ('COMPLETED', 'REVERSED')
    and s.was_held = (s.ending_id is not null)
    -- To a customer, only the lines on own wallets; to others, all that they may see. A `case`, so
    -- that the planner does not take it for a condition that few rows meet, and keeps to the order
    -- of the index.
    and case
        when (select tekana.current_customer_id()) is null then true
        else s.owner_id = (select tekana.current_customer_id())
    end;

comment on view api.statement_lines is
'Statements: for each posted transaction, one line for each of its wallets. A customer sees only '
'the lines of their own wallets; staff see all lines. To read a statement, filter by one wallet_id '
'and order by posting_id.';
comment on column api.statement_lines.posting_id is
'Position of the line in the order in which money moved; unique within a wallet.';
comment on column api.statement_lines.transaction_id is 'The transaction.';
comment on column api.statement_lines.wallet_id is 'The wallet that the line belongs to.';
comment on column api.statement_lines.direction is
'DEBIT (money left the wallet) or CREDIT (money entered it).';
comment on column api.statement_lines.amount is
'Change of the balance in major units: negative for a DEBIT, positive for a CREDIT.';
comment on column api.statement_lines.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column api.statement_lines.currency_code is 'Currency of the wallet and the amount.';
comment on column api.statement_lines.reference_number is 'Reference number of the transaction.';
comment on column api.statement_lines.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';
comment on column api.statement_lines.transaction_type_id is 'Type of the transaction.';
comment on column api.statement_lines.other_wallet_id is 'The other wallet of the transaction.';
comment on column api.statement_lines.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column api.statement_lines.posted_at is 'When the money moved.';
comment on column api.statement_lines.created_at is 'When the transaction was requested.';
grant select on api.statement_lines to tekana_customer, tekana_staff;
