create or replace function tekana.activate_currency(currency_code text) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
    update tekana.currencies as c set status = 'ACTIVE'
    where c.currency_code = activate_currency.currency_code;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such currency in ISO 4217', 'currency_code: does not exist'
        );
    end if;

    perform tekana.insert_wallet(null, t.wallet_type_id, activate_currency.currency_code)
    from (
        select o.wallet_type_id
        from tekana.wallet_types as o
        where o.is_operator
            and not exists (
                select from tekana.wallets as w
                where w.customer_id is null and w.wallet_type_id = o.wallet_type_id
                    and w.currency_code = activate_currency.currency_code
            )
        order by o.wallet_type_id
    ) as t;
end
$$;
comment on function tekana.activate_currency(text) is
'Activates a currency and opens the wallets of the operator in it. Raises NFIND if it is not in '
'ISO 4217. For roles that may act as tekana_owner.';
revoke all on function tekana.activate_currency(text) from public;
