-- Both sides of a transaction from one reading of its row, for who reads them all; a statement
-- reads one wallet's (api.statement_lines).
create or replace view tekana.ledger_entries with (security_invoker = true) as
select
    coalesce(t.ending_id, t.transaction_id) as posting_id,
    t.transaction_id,
    t.ending_id,
    s.wallet_id,
    s.amount,
    s.balance_after,
    s.customer_id,
    t.currency_code
from tekana.transactions as t
cross join
    lateral (
        values
        (t.debited_wallet_id, -t.amount, t.debited_balance_after, t.debited_customer_id),
        (t.credited_wallet_id, t.amount, t.credited_balance_after, t.credited_customer_id)
    ) as s (wallet_id, amount, balance_after, customer_id)
where t.status in ('COMPLETED', 'REVERSED');

comment on view tekana.ledger_entries is
'The ledger as entries: two for each posted transaction, one on each wallet.';
comment on column tekana.ledger_entries.posting_id is
'Position in the order in which money moved; unique within a wallet.';
comment on column tekana.ledger_entries.transaction_id is 'The transaction.';
comment on column tekana.ledger_entries.ending_id is
'The place again, if the transaction was held first; to find by.';
comment on column tekana.ledger_entries.wallet_id is 'The wallet.';
comment on column tekana.ledger_entries.amount is
'Change of the balance in major units; negative for a debit.';
comment on column tekana.ledger_entries.balance_after is
'Balance of the wallet afterwards, in major units.';
comment on column tekana.ledger_entries.customer_id is
'Whose wallet it was then; null: the operator''s.';
comment on column tekana.ledger_entries.currency_code is 'Currency of the wallet then.';
