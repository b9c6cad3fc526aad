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
comment on column api.wallet_types.id is 'Primary key.';
comment on column api.wallet_types.code is
'Short name in capitals, unique. Account numbers begin with it.';
comment on column api.wallet_types.name is 'Name to show to people.';
comment on column api.wallet_types.description is 'What the type is for; null if not described.';
comment on column api.wallet_types.is_operator is
'Whether wallets of this type belong to the operator.';
comment on column api.wallet_types.minimum_transaction_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.maximum_transaction_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column api.wallet_types.minimum_balance is
'Minimum available balance in major units, for wallets opened from now on: 0, or negative to allow '
'a debt. Null for no minimum.';
comment on column api.wallet_types.maximum_balance is
'Maximum balance in major units; null for no limit.';
comment on column api.wallet_types.can_be_forced_under is
'Whether a forced reversal may take wallets of this type below their minimum balance.';
comment on column api.wallet_types.created_at is 'When the type was created.';
grant select on api.wallet_types to tekana_customer, tekana_staff;
