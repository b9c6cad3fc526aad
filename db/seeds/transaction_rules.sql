insert into tekana.transaction_rules (
    wallet_type_id, transaction_type_id, debit_allowed, credit_allowed
)
select w.wallet_type_id, t.transaction_type_id, r.debit_allowed, r.credit_allowed
from (
    values
    ('FLOAT', 'CASH_IN', true, false),
    ('PERSONAL', 'CASH_IN', false, true),
    ('MERCHANT', 'CASH_IN', false, true),
    ('AGENT', 'CASH_IN', false, true),
    ('FLOAT', 'CASH_OUT', false, true),
    ('PERSONAL', 'CASH_OUT', true, false),
    ('MERCHANT', 'CASH_OUT', true, false),
    ('AGENT', 'CASH_OUT', true, false),
    ('PERSONAL', 'TRANSFER', true, true),
    ('MERCHANT', 'TRANSFER', true, true),
    ('AGENT', 'TRANSFER', true, true),
    ('PERSONAL', 'PAYMENT', true, false),
    ('AGENT', 'PAYMENT', true, false),
    ('MERCHANT', 'PAYMENT', true, true)
) as r (wallet_type_code, transaction_type_code, debit_allowed, credit_allowed)
inner join tekana.wallet_types as w on r.wallet_type_code = w.code
inner join tekana.transaction_types as t on r.transaction_type_code = t.code
on conflict (wallet_type_id, transaction_type_id) do nothing;
