create or replace function tekana.next_account_number(wallet_type_code text) returns text
language sql volatile
set search_path = ''
-- Multiplying by a number that shares no factor with 10^8 visits every 8-digit number once: unique
-- like the sequence, without telling how many wallets there are or which number comes next to mine.
return wallet_type_code || '-' || lpad(
    ((nextval('tekana.account_number_sequence') * 61803399 + 14142135) % 100000000)::text, 8, '0'
);
comment on function tekana.next_account_number(text) is
'Returns a new account number: the code of the wallet type, a hyphen and 8 digits.';

create or replace function tekana.insert_wallet(
    customer_id bigint, wallet_type_id bigint, currency_code text
) returns bigint
language sql volatile
set search_path = ''
as $$
    insert into tekana.wallets (
        customer_id, wallet_type_id, currency_code, minor_units, account_number, minimum_balance
    )
    select
        insert_wallet.customer_id, t.wallet_type_id, c.currency_code, c.minor_units,
        tekana.next_account_number(t.code), t.minimum_balance
    from tekana.wallet_types as t, tekana.currencies as c
    where t.wallet_type_id = insert_wallet.wallet_type_id
        and c.currency_code = insert_wallet.currency_code
    returning wallet_id
$$;
comment on function tekana.insert_wallet(bigint, bigint, text) is
'Opens an empty wallet of a type in a currency, for a customer or, if customer_id is null, the '
'operator. Returns its key.';

create or replace function api.open_wallet(
    wallet_type_id bigint, currency_code text, customer_id bigint default null
) returns api.wallets
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_own_id bigint := tekana.current_customer_id();
    v_customer_id bigint := coalesce(open_wallet.customer_id, v_own_id);
    v_type tekana.wallet_types;
    v_wallet_id bigint;
    v_result api.wallets;
begin
    if v_own_id is null then
        perform tekana.require_staff();
    elsif v_customer_id <> v_own_id then
        perform tekana.raise_problem(
            'DENYD', 'customers can open wallets only for themselves',
            'customer_id: is not your own', 'Leave customer_id out.'
        );
    end if;

    perform tekana.raise_field_problems(
        array['wallet_type_id', 'currency_code', 'customer_id'],
        array[
            case when open_wallet.wallet_type_id is null then 'is required' end,
            case
                when open_wallet.currency_code is null then 'is required'
                when not exists (
                    select from tekana.currencies as c
                    where c.currency_code = open_wallet.currency_code and c.status = 'ACTIVE'
                ) then 'is not an active currency'
            end,
            case
                when v_customer_id is null then 'is required: staff must name the customer'
            end
        ]
    );
    select * into v_type from tekana.wallet_types as t
    where t.wallet_type_id = open_wallet.wallet_type_id and not t.is_operator;
    if v_type.wallet_type_id is null then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet type for customers', 'wallet_type_id: does not exist'
        );
    -- Nobody lends to themself: each further wallet would be a further loan.
    elsif v_own_id is not null and v_type.minimum_balance < 0 then
        perform tekana.raise_problem(
            'DENYD', 'only staff can open a wallet that may have a negative balance',
            'wallet_type_id: allows a negative balance', 'Choose another wallet type, or ask staff.'
        );
    end if;
    if not exists (select from tekana.customers as c where c.customer_id = v_customer_id) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such customer', 'customer_id: does not exist'
        );
    end if;

    v_wallet_id := tekana.insert_wallet(
        v_customer_id, open_wallet.wallet_type_id, open_wallet.currency_code
    );
    select w.* into v_result from api.wallets as w where w.id = v_wallet_id;
    return v_result;
end
$$;
comment on function api.open_wallet(bigint, text, bigint) is
'Opens an empty wallet. Customers can open wallets only for themselves, and only of types that do '
'not allow a debt. Staff can open wallets of any type for any customer. Types of operator wallets '
'are not available.';

revoke all on function tekana.next_account_number(text), tekana.insert_wallet(bigint, bigint, text),
api.open_wallet(bigint, text, bigint) from public;
grant execute on function api.open_wallet(bigint, text, bigint) to tekana_customer, tekana_staff;
