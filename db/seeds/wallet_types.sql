insert into tekana.wallet_types (
    code, name, description, is_operator, minimum_transaction_amount, maximum_transaction_amount,
    minimum_balance
)
values
('PERSONAL', 'Personal', 'A person''s own money.', false, 0.01, 10000000, 0),
(
    'MERCHANT', 'Merchant', 'Money of a business that is paid by customers.',
    false, 0.01, 100000000, 0
),
('AGENT', 'Agent', 'Money of an agent who takes in and pays out cash.', false, 0.01, 100000000, 0),
('FLOAT', 'Float', 'The operator''s side of cash-in and cash-out.', true, null, null, null),
('FEE', 'Fees', 'What the operator earns.', true, null, null, 0),
(
    'SETTLEMENT', 'Settlement', 'What the operator owes to or is owed by banks.',
    true, null, null, null
)
on conflict (code) do nothing;
