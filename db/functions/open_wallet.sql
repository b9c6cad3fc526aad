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

create or replace function tekana.find_opened_wallet(
    actor_id bigint, idempotency_key uuid, wallet_type_id bigint, currency_code text,
    customer_id bigint
) returns api.wallets
language plpgsql volatile
set search_path = ''
as $$
declare
    v_wallet_id bigint;
    v_result api.wallets;
    v_refusal tekana.posting_outcome;
begin
    -- Whoever sends the same key at the same moment waits here.
    perform from tekana.users as u where u.user_id = find_opened_wallet.actor_id for update;
    select k.wallet_id into v_wallet_id
    from tekana.wallet_keys as k
    where k.actor_id = find_opened_wallet.actor_id
        and k.idempotency_key = find_opened_wallet.idempotency_key;
    if v_wallet_id is null then
        return null;
    end if;
    select w.* into v_result from api.wallets as w where w.id = v_wallet_id;
    if (v_result.wallet_type_id, v_result.currency_code, v_result.customer_id) is distinct from
        (
            find_opened_wallet.wallet_type_id, find_opened_wallet.currency_code,
            find_opened_wallet.customer_id
        )
    then
        v_refusal := tekana.key_was_used('account_number: ' || v_result.account_number);
        perform tekana.raise_problem(
            v_refusal.code, v_refusal.message, v_refusal.detail, v_refusal.hint
        );
    end if;
    perform tekana.mark_replayed();
    return v_result;
end
$$;
comment on function tekana.find_opened_wallet(bigint, uuid, bigint, text, bigint) is
'Returns the wallet that a request with this key opened before, as it is now, or null if the key '
'is new. Raises KEYRE if the request was another one.';

create or replace function api.open_wallet(
    wallet_type_id bigint, currency_code text, customer_id bigint default null,
    idempotency_key text default null
) returns api.wallets
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_own_id bigint := tekana.current_customer_id();
    v_customer_id bigint := coalesce(open_wallet.customer_id, v_own_id);
    v_key uuid := tekana.short_hash(open_wallet.idempotency_key);
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
        array['wallet_type_id', 'currency_code', 'customer_id', 'Idempotency-Key'],
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
            end,
            tekana.idempotency_key_problem(open_wallet.idempotency_key)
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

    if v_key is not null then
        v_result := tekana.find_opened_wallet(
            tekana.current_user_id(), v_key,
            open_wallet.wallet_type_id, open_wallet.currency_code, v_customer_id
        );
        if v_result.id is not null then
            return v_result;
        end if;
    end if;
    v_wallet_id := tekana.insert_wallet(
        v_customer_id, open_wallet.wallet_type_id, open_wallet.currency_code
    );
    if v_key is not null then
        insert into tekana.wallet_keys (actor_id, idempotency_key, wallet_id)
        values (tekana.current_user_id(), v_key, v_wallet_id);
    end if;
    select w.* into v_result from api.wallets as w where w.id = v_wallet_id;
    return v_result;
end
$$;
comment on function api.open_wallet(bigint, text, bigint, text) is
'Opens an empty wallet. Customers can open wallets only for themselves, and only of types that do '
'not allow a debt. Staff can open wallets of any type for any customer. Types of operator wallets '
'are not available. The same request with the same idempotency key returns the same wallet.';

revoke all on function tekana.next_account_number(text), tekana.insert_wallet(bigint, bigint, text),
tekana.find_opened_wallet(bigint, uuid, bigint, text, bigint),
api.open_wallet(bigint, text, bigint, text) from public;
grant execute on function api.open_wallet(bigint, text, bigint, text) to tekana_customer,
tekana_staff;
