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
'Rules: which wallet types may be debited or credited by which transaction types. A transaction '
'without a matching rule is declined (NRULE).';
comment on column api.transaction_rules.id is 'Primary key.';
comment on column api.transaction_rules.wallet_type_id is 'The wallet type.';
comment on column api.transaction_rules.transaction_type_id is 'The transaction type.';
comment on column api.transaction_rules.debit_allowed is
'Whether transactions of this type may debit wallets of this type.';
comment on column api.transaction_rules.credit_allowed is
'Whether transactions of this type may credit wallets of this type.';
comment on column api.transaction_rules.created_at is 'When the rule was created.';
grant select on api.transaction_rules to tekana_customer, tekana_staff;
