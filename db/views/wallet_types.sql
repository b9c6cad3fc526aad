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

comment on view api.wallet_types is 'The kinds of wallet, each with its limits.';
comment on column api.wallet_types.id is 'Key.';
comment on column api.wallet_types.code is 'Short name in capitals; begins the account numbers.';
comment on column api.wallet_types.name is 'Name for people.';
comment on column api.wallet_types.description is 'What it is for.';
comment on column api.wallet_types.is_operator is 'True: for wallets of the business itself.';
comment on column api.wallet_types.minimum_transaction_amount is
'Least amount of one transaction; null: any.';
comment on column api.wallet_types.maximum_transaction_amount is
'Largest amount of one transaction; null: any.';
comment on column api.wallet_types.minimum_balance is
'Floor of the available balance: 0, or a debt allowed; null: none.';
comment on column api.wallet_types.maximum_balance is 'Ceiling of the balance; null: none.';
comment on column api.wallet_types.can_be_forced_under is
'Whether a reversal that staff force may take its wallets under their floor.';
comment on column api.wallet_types.created_at is 'When it was made.';
grant select on api.wallet_types to tekana_customer, tekana_staff;
