create or replace function api.find_operator_wallets()
returns table (currency_code text, wallet_type_code text, wallet_id bigint, account_number text)
language sql stable security definer
set search_path = ''
as $$
    select w.currency_code, t.code, w.wallet_id, w.account_number
    from tekana.wallets as w
    inner join tekana.wallet_types as t on w.wallet_type_id = t.wallet_type_id
    where w.customer_id is null
    order by w.currency_code, w.wallet_id
$$;
comment on function api.find_operator_wallets() is
'Lists the wallets of the operator, without their balances. A cash-in debits one of them; a '
'cash-out credits one.';
revoke all on function api.find_operator_wallets() from public;
grant execute on function api.find_operator_wallets() to tekana_customer, tekana_staff;
