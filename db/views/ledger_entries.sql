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
'The ledger as entries: two for each posted transaction, one for each of its wallets.';
comment on column tekana.ledger_entries.posting_id is
'Place in the ledger: position of the entry in the order in which money moved; unique within a '
'wallet.';
comment on column tekana.ledger_entries.transaction_id is 'The transaction.';
comment on column tekana.ledger_entries.ending_id is
'Place in the ledger at which the hold was completed, for searching by index: then it equals '
'posting_id. Null if the transaction was never a hold.';
comment on column tekana.ledger_entries.wallet_id is 'The wallet that the entry belongs to.';
comment on column tekana.ledger_entries.amount is
'Change of the balance in major units: negative for a debit, positive for a credit.';
comment on column tekana.ledger_entries.balance_after is
'Balance of the wallet after the transaction, in major units.';
comment on column tekana.ledger_entries.customer_id is
'Owner of the wallet according to the transaction; null if it belonged to the operator.';
comment on column tekana.ledger_entries.currency_code is
'Currency of the wallet according to the transaction.';
