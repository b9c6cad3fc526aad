create or replace view api.wallets with (security_invoker = true) as
select
    w.wallet_id as id,
    w.customer_id,
    w.wallet_type_id,
    w.is_operator,
    w.account_number,
    w.currency_code,
    w.minor_units,
    w.current_balance,
    -- What has expired is available at once, whether or not it was swept up already.
    w.current_balance - w.held_amount
    + case
        when w.held_amount = 0 then 0
        else coalesce((
                select sum(t.amount)
                from tekana.transactions as t
                where
                    t.debited_wallet_id = w.wallet_id and t.status = 'PENDING'
                    and t.expires_at <= now()
            ), 0)
    end as available_balance,
    w.status,
    w.created_at
from tekana.wallets as w;

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
