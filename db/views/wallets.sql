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
'Wallets. A customer sees only their own wallets; staff see all wallets, including those of the '
'operator.';
comment on column api.wallets.id is 'Primary key.';
comment on column api.wallets.customer_id is 'Owner; null if the wallet belongs to the operator.';
comment on column api.wallets.wallet_type_id is 'Type of the wallet.';
comment on column api.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column api.wallets.account_number is
'Account number: the code of the wallet type, a hyphen and 8 digits. Senders can use it to name '
'the wallet to credit.';
comment on column api.wallets.currency_code is 'Currency of the wallet.';
comment on column api.wallets.minor_units is 'Number of decimals of the currency.';
comment on column api.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column api.wallets.available_balance is
'Available balance in major units: current_balance minus held money.';
comment on column api.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column api.wallets.created_at is 'When the wallet was opened.';
grant select on api.wallets to tekana_customer, tekana_staff;
