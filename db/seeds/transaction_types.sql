insert into tekana.transaction_types (code, name, description)
values
('CASH_IN', 'Cash in', 'Cash handed over at a counter enters a wallet.'),
('CASH_OUT', 'Cash out', 'Money leaves a wallet as cash.'),
('TRANSFER', 'Transfer', 'From one customer to another.'),
('PAYMENT', 'Payment', 'From a customer to a merchant.')
on conflict (code) do nothing;
