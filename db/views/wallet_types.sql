create or replace view api.wallet_types with (security_invoker = true) as
select
    wallet_type_id as id,
    code,
    name,
    description,
    is_operator,
    minimum_transaction_amount,
    maximum_transaction_amount,
    minimum_balance,
    maximum_balance,
    can_be_forced_under,
    created_at
from tekana.wallet_types;

comment on view api.wallet_types is 'Wallet types and their limits.';
comment on column api.wallet_types.id is 'Key.';
comment on column api.wallet_types.code is
'Short name in capitals, which account numbers begin with.';
comment on column api.wallet_types.name is 'Name for people.';
comment on column api.wallet_types.description is 'What it is for.';
comment on column api.wallet_types.is_operator is 'Whether it is for wallets of the operator.';
comment on column api.wallet_types.minimum_transaction_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.maximum_transaction_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.minimum_balance is
'Minimum available balance in major units: 0, or negative to allow a debt; null for none.';
comment on column api.wallet_types.maximum_balance is
'Maximum balance in major units; null for no limit.';
comment on column api.wallet_types.can_be_forced_under is
'Whether a forced reversal may take its wallets under their minimum balance.';
comment on column api.wallet_types.created_at is 'When it was created.';
grant select on api.wallet_types to tekana_customer, tekana_staff;
