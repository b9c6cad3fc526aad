create or replace view api.transaction_rules with (security_invoker = true) as
select
    transaction_rule_id as id,
    wallet_type_id,
    transaction_type_id,
    debit_allowed,
    credit_allowed,
    created_at
from tekana.transaction_rules;

comment on view api.transaction_rules is
'Which kind of wallet may take which side in which kind of transaction. No rule, no money.';
comment on column api.transaction_rules.id is 'Key.';
comment on column api.transaction_rules.wallet_type_id is 'The kind of wallet.';
comment on column api.transaction_rules.transaction_type_id is 'The kind of transaction.';
comment on column api.transaction_rules.debit_allowed is
'Whether money may leave such a wallet by it.';
comment on column api.transaction_rules.credit_allowed is
'Whether money may enter such a wallet by it.';
comment on column api.transaction_rules.created_at is 'When it was made.';
grant select on api.transaction_rules to tekana_customer, tekana_staff;
