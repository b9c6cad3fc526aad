create or replace view api.wallets with (security_invoker = true) as
select
    wallet_id as id,
    customer_id,
    wallet_type_id,
    is_operator,
    account_number,
    currency_code,
    minor_units,
    current_balance,
    current_balance - held_amount as available_balance,
    status,
    created_at
from tekana.wallets;

comment on view api.wallets is
'Wallets: one''s own, or everybody''s and the operator''s for staff.';
comment on column api.wallets.id is 'Key.';
comment on column api.wallets.customer_id is 'Whose money it is; null: the operator''s.';
comment on column api.wallets.wallet_type_id is 'Its kind.';
comment on column api.wallets.is_operator is 'True when it belongs to the operator.';
comment on column api.wallets.account_number is
'<wallet type code>-<8 digits>: what to write down to be paid.';
comment on column api.wallets.currency_code is 'Its one currency.';
comment on column api.wallets.minor_units is 'Decimals of its currency.';
comment on column api.wallets.current_balance is 'What is in it, major units.';
comment on column api.wallets.available_balance is
'What can be spent: the balance less what is held.';
comment on column api.wallets.status is 'ACTIVE; INACTIVE and DORMANT neither pay nor are paid.';
comment on column api.wallets.created_at is 'When it was opened.';
grant select on api.wallets to tekana_customer, tekana_staff;
