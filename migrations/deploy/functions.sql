-- Deploy functions. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/functions/register_customer.sql
create or replace function tekana.normal_phone_number(phone_number text) returns text
language sql immutable parallel safe
set search_path = ''
-- A + in a query string arrives as a space; E.164 digits come with and without it.
return '+' || regexp_replace(btrim(normal_phone_number.phone_number), '^[+]', '');
comment on function tekana.normal_phone_number(text) is
'A phone number as it is stored: E.164 with its +, whether it was given with it or not.';

create or replace function tekana.register_customer(
    first_name text, last_name text, email text, phone_number text, id_type text, id_number text,
    gender text, password_hash text, problems jsonb default '{}'
) returns api.customers
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_email text := lower(btrim(register_customer.email));
    v_phone_number text := tekana.normal_phone_number(register_customer.phone_number);
    v_customer_id bigint;
    v_taken text;
    v_result api.customers;
begin
    perform tekana.raise_field_problems(
        array[
            'first_name', 'last_name', 'email', 'phone_number', 'id_type', 'id_number', 'gender',
            'password'
        ],
        array[
            tekana.name_problem(register_customer.first_name),
            tekana.name_problem(register_customer.last_name),
            tekana.email_problem(v_email),
            tekana.phone_number_problem(coalesce(v_phone_number, '')),
            tekana.choice_problem(register_customer.id_type, 'NID', 'PASSPORT'),
            tekana.id_number_problem(register_customer.id_number),
            tekana.choice_problem(register_customer.gender, 'FEMALE', 'MALE'),
            case when register_customer.password_hash is null then 'is required' end
        ],
        register_customer.problems
    );

    -- Tells a stranger that an address is known, on purpose: the contract's 409 names the field.
    select string_agg(t.field || ': is already taken', e'\n' order by t.place)
    into v_taken
    from (
        select 1 as place, 'email' as field from tekana.users as u where u.email = v_email
        union all
        select 2, 'phone_number' from tekana.users as u where u.phone_number = v_phone_number
        union all
        select 3, 'id_number' from tekana.customers as c
        where tekana.bare_id_number(c.id_number)
            = tekana.bare_id_number(register_customer.id_number)
    ) as t;
    if v_taken is not null then
        perform tekana.raise_problem(
            'TAKEN', 'somebody is registered with this already', v_taken, 'Sign in instead.'
        );
    end if;

    insert into tekana.users (role, email, phone_number, password_hash)
    values ('CUSTOMER', v_email, v_phone_number, register_customer.password_hash)
    returning user_id into v_customer_id;

    insert into tekana.customers (customer_id, first_name, last_name, id_type, id_number, gender)
    values (
        v_customer_id, btrim(register_customer.first_name), btrim(register_customer.last_name),
        register_customer.id_type, btrim(register_customer.id_number), register_customer.gender
    );
    select c.* into v_result from api.customers as c where c.id = v_customer_id;
    return v_result;
end
$$;
comment on function tekana.register_customer(
    text, text, text, text, text, text, text, text, jsonb
) is
'Registers a customer. Raises INVAL with every wrong field, TAKEN with those in use; when two '
'register at once, the unique constraints decide. problems: what was found wrong before the '
'database was asked (the password, types), field to problem, to be told together with the rest.';

revoke all on function tekana.normal_phone_number(text),
tekana.register_customer(text, text, text, text, text, text, text, text, jsonb) from public;
grant execute on function tekana.normal_phone_number(text),
tekana.register_customer(text, text, text, text, text, text, text, text, jsonb)
to tekana_gatekeeper;
-- end frozen

-- frozen: db/functions/create_staff.sql
create or replace function tekana.create_staff(
    email text, phone_number text, password_hash text, role text
) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_email text := lower(btrim(create_staff.email));
    v_phone_number text := tekana.normal_phone_number(create_staff.phone_number);
    v_user_id bigint;
begin
    perform tekana.raise_field_problems(
        array['email', 'phone_number', 'role'],
        array[
            tekana.email_problem(v_email),
            tekana.phone_number_problem(v_phone_number),
            tekana.choice_problem(create_staff.role, 'STAFF', 'ADMIN')
        ]
    );
    insert into tekana.users (role, email, phone_number, password_hash)
    values (create_staff.role, v_email, v_phone_number, create_staff.password_hash)
    returning user_id into v_user_id;
    return v_user_id;
end
$$;
comment on function tekana.create_staff(text, text, text, text) is
'Makes a member of staff who can sign in, and returns its key; for whoever may act as the owner.';
revoke all on function tekana.create_staff(text, text, text, text) from public;
-- end frozen

-- frozen: db/functions/sign_in.sql
create or replace function tekana.mask_phone_number(phone_number text) returns text
language sql immutable parallel safe
set search_path = ''
return left(mask_phone_number.phone_number, 4)
|| repeat('*', greatest(length(mask_phone_number.phone_number) - 7, 0))
|| right(mask_phone_number.phone_number, 3);
comment on function tekana.mask_phone_number(text) is
'A phone number that its owner recognises and nobody else can call, as +250******123.';

create or replace function tekana.find_credentials(
    email text, out user_id bigint, out password_hash text
)
language sql stable security definer
set search_path = ''
as $$
    select u.user_id, u.password_hash
    from tekana.users as u
    where u.email = lower(btrim(find_credentials.email)) and u.status = 'ACTIVE'
$$;
comment on function tekana.find_credentials(text) is
'Who signs in with this email address, and the hash '
'to check the password against; nulls for nobody.';

create or replace function tekana.request_otp(
    user_id bigint, lifetime interval, out message_id bigint, out phone_number text, out masked text
)
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    insert into tekana.sms_messages (user_id, purpose, expires_at)
    values (request_otp.user_id, 'OTP', now() + request_otp.lifetime)
    returning sms_messages.message_id into request_otp.message_id;

    select u.phone_number, tekana.mask_phone_number(u.phone_number)
    into request_otp.phone_number, request_otp.masked
    from tekana.users as u
    where u.user_id = request_otp.user_id;
end
$$;
comment on function tekana.request_otp(bigint, interval) is
'Writes down that a one-time password must go out to a user, and where to.';

revoke all on function tekana.mask_phone_number(text), tekana.find_credentials(text),
tekana.request_otp(bigint, interval) from public;
grant execute on function tekana.find_credentials(text), tekana.request_otp(bigint, interval)
to tekana_gatekeeper;
-- end frozen

-- frozen: db/functions/sessions.sql
create or replace function tekana.open_session(
    user_id bigint, refresh_token_hash bytea, lifetime interval,
    out session_id bigint, out role text
)
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    select u.role into open_session.role
    from tekana.users as u
    where u.user_id = open_session.user_id and u.status = 'ACTIVE';
    if not found then
        perform tekana.raise_problem('NAUTH', 'this user cannot sign in');
    end if;

    insert into tekana.sessions (user_id, expires_at)
    values (open_session.user_id, now() + open_session.lifetime)
    returning sessions.session_id into open_session.session_id;

    insert into tekana.refresh_tokens (token_hash, session_id)
    values (open_session.refresh_token_hash, open_session.session_id);
end
$$;
comment on function tekana.open_session(bigint, bytea, interval) is
'Begins the session of a user whose one-time password was right.';

create or replace function tekana.refresh_session(
    refresh_token_hash bytea, new_refresh_token_hash bytea, lifetime interval,
    out outcome text, out session_id bigint, out user_id bigint, out role text
)
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_used_at timestamptz;
begin
    select s.session_id, u.user_id, u.role
    into refresh_session.session_id, refresh_session.user_id, refresh_session.role
    from tekana.refresh_tokens as r
    inner join tekana.sessions as s on r.session_id = s.session_id
    inner join tekana.users as u on s.user_id = u.user_id
    where r.token_hash = refresh_session.refresh_token_hash
        and s.ended_at is null and s.expires_at > now() and u.status = 'ACTIVE'
    for no key update of s;
    if not found then
        refresh_session.outcome := 'ENDED';
        return;
    end if;

    -- Read after the session is locked: of two that come at once, the second sees the first's use.
    select r.used_at into v_used_at
    from tekana.refresh_tokens as r
    where r.token_hash = refresh_session.refresh_token_hash;

    if v_used_at is not null then
        -- Returned, not raised: raising would undo the end of the session.
        update tekana.sessions as s set ended_at = now(), end_reason = 'REUSE'
        where s.session_id = refresh_session.session_id;
        refresh_session.outcome := 'REUSED';
        return;
    end if;

    update tekana.refresh_tokens set used_at = now()
    where token_hash = refresh_session.refresh_token_hash;
    insert into tekana.refresh_tokens (token_hash, session_id)
    values (refresh_session.new_refresh_token_hash, refresh_session.session_id);
    update tekana.sessions as s set expires_at = now() + refresh_session.lifetime
    where s.session_id = refresh_session.session_id;
    refresh_session.outcome := 'REFRESHED';
end
$$;
comment on function tekana.refresh_session(bytea, bytea, interval) is
'Exchanges a refresh token for a new one: REFRESHED; REUSED when it '
'was exchanged before, which ends the session, since somebody has a '
'copy (RFC 9700, section 4.14.2); ENDED when it is worth nothing.';

create or replace function tekana.close_session(refresh_token_hash bytea) returns boolean
language sql volatile security definer
set search_path = ''
as $$
    with closed as (
        update tekana.sessions as s
        set ended_at = now(), end_reason = 'LOGOUT'
        from tekana.refresh_tokens as r
        where r.token_hash = close_session.refresh_token_hash
            and s.session_id = r.session_id and s.ended_at is null and s.expires_at > now()
        returning s.session_id
    )

    select exists (select from closed)
$$;
comment on function tekana.close_session(bytea) is
'Ends the session of a refresh token; false when there was none open.';

-- Raised rather than returned: whatever else a statement or a transaction did is undone with it.
create or replace function tekana.require_session(session_id bigint) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
    if not exists (
        select
        from tekana.sessions as s
        inner join tekana.users as u on s.user_id = u.user_id
        where s.session_id = require_session.session_id
            and s.ended_at is null and s.expires_at > now() and u.status = 'ACTIVE'
    ) then
        perform tekana.raise_problem(
            'NAUTH', 'the session has ended', hint => 'Sign in again.'
        );
    end if;
    return true;
end
$$;
comment on function tekana.require_session(bigint) is
'True while the tokens of this session are worth something; raises NAUTH when they no longer are. '
'Asked with every request.';

revoke all on function tekana.open_session(bigint, bytea, interval),
tekana.refresh_session(bytea, bytea, interval), tekana.close_session(bytea),
tekana.require_session(bigint) from public;
grant execute on function tekana.open_session(bigint, bytea, interval),
tekana.refresh_session(bytea, bytea, interval), tekana.close_session(bytea) to tekana_gatekeeper;
grant execute on function tekana.require_session(bigint)
to tekana_anonymous, tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/sms_messages.sql
create or replace function tekana.begin_sms(message_id bigint)
returns table (phone_number text, purpose text, attempt integer)
language sql volatile security definer
set search_path = ''
as $$
    update tekana.sms_messages as m
    set attempts = m.attempts + 1, last_attempt_at = clock_timestamp()
    from tekana.users as u
    where m.message_id = begin_sms.message_id
        and u.user_id = m.user_id
        and m.status = 'QUEUED' and m.expires_at > clock_timestamp()
    returning u.phone_number, m.purpose, m.attempts::integer
$$;
comment on function tekana.begin_sms(bigint) is
'Counts a try to send a message and says where to; no row when there is nothing to send any more.';

create or replace function tekana.record_sms_sent(
    message_id bigint, gateway text, gateway_reference text
) returns void
language sql volatile security definer
set search_path = ''
as $$
    update tekana.sms_messages as m
    set status = 'SENT', sent_at = clock_timestamp(), gateway = record_sms_sent.gateway,
        gateway_reference = left(record_sms_sent.gateway_reference, 200), problem = null
    where m.message_id = record_sms_sent.message_id and m.status <> 'SENT'
$$;
comment on function tekana.record_sms_sent(bigint, text, text) is
'Writes down that a gateway took a message.';

create or replace function tekana.record_sms_failure(
    message_id bigint, gateway text, problem text, permanent boolean
) returns void
language sql volatile security definer
set search_path = ''
as $$
    update tekana.sms_messages as m
    set
        status = case
            when record_sms_failure.permanent or m.attempts >= 10 then 'FAILED' else m.status
        end,
        gateway = record_sms_failure.gateway,
        problem = left(record_sms_failure.problem, 500)
    where m.message_id = record_sms_failure.message_id and m.status = 'QUEUED'
$$;
comment on function tekana.record_sms_failure(bigint, text, text, boolean) is
'Writes down that a try to send failed; given up when that is permanent or the tenth time.';

create or replace function tekana.find_waiting_sms(older_than interval, most integer)
returns setof bigint
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    update tekana.sms_messages as m set status = 'EXPIRED'
    where m.status = 'QUEUED' and m.expires_at <= clock_timestamp();

    return query
    select m.message_id
    from tekana.sms_messages as m
    where m.status = 'QUEUED'
        and greatest(m.created_at, m.last_attempt_at)
        < clock_timestamp() - find_waiting_sms.older_than
    order by m.created_at
    limit find_waiting_sms.most;
end
$$;
comment on function tekana.find_waiting_sms(interval, integer) is
'The messages that should have gone out by now, '
'oldest first; those that are too late become EXPIRED.';

revoke all on function tekana.begin_sms(bigint), tekana.record_sms_sent(bigint, text, text),
tekana.record_sms_failure(bigint, text, text, boolean),
tekana.find_waiting_sms(interval, integer) from public;
grant execute on function tekana.begin_sms(bigint), tekana.record_sms_sent(bigint, text, text),
tekana.record_sms_failure(bigint, text, text, boolean),
tekana.find_waiting_sms(interval, integer) to tekana_worker;
-- end frozen

-- frozen: db/functions/create_wallet_type.sql
create or replace function api.create_wallet_type(
    code text,
    name text,
    description text default null,
    minimum_transaction_amount numeric default null,
    maximum_transaction_amount numeric default null,
    minimum_balance numeric default 0,
    maximum_balance numeric default null
) returns api.wallet_types
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_wallet_type_id bigint;
    v_result api.wallet_types;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['code', 'name'],
        array[
            tekana.code_problem(create_wallet_type.code),
            tekana.name_problem(create_wallet_type.name)
        ]
    );
    insert into tekana.wallet_types (
        code, name, description, minimum_transaction_amount, maximum_transaction_amount,
        minimum_balance, maximum_balance
    )
    values (
        create_wallet_type.code, create_wallet_type.name, create_wallet_type.description,
        create_wallet_type.minimum_transaction_amount,
        create_wallet_type.maximum_transaction_amount,
        create_wallet_type.minimum_balance, create_wallet_type.maximum_balance
    )
    returning wallet_type_id into v_wallet_type_id;

    select * into v_result from api.wallet_types as t where t.id = v_wallet_type_id;
    return v_result;
end
$$;
comment on function api.create_wallet_type(text, text, text, numeric, numeric, numeric, numeric) is
'Makes a kind of wallet. Amounts in major units; a null amount is no limit. minimum_balance: 0, or '
'negative where a debt is allowed. For staff.';
revoke all on function api.create_wallet_type(text, text, text, numeric, numeric, numeric, numeric)
from public;
grant execute on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric
) to tekana_staff;
-- end frozen

-- frozen: db/functions/create_transaction_type.sql
create or replace function api.create_transaction_type(
    code text,
    name text,
    description text default null,
    minimum_amount numeric default null,
    maximum_amount numeric default null,
    status text default 'ACTIVE'
) returns api.transaction_types
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_transaction_type_id bigint;
    v_result api.transaction_types;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['code', 'name'],
        array[
            tekana.code_problem(create_transaction_type.code),
            tekana.name_problem(create_transaction_type.name)
        ]
    );
    insert into tekana.transaction_types (
        code, name, description, minimum_amount, maximum_amount, status
    )
    values (
        create_transaction_type.code, create_transaction_type.name,
        create_transaction_type.description, create_transaction_type.minimum_amount,
        create_transaction_type.maximum_amount, coalesce(create_transaction_type.status, 'ACTIVE')
    )
    returning transaction_type_id into v_transaction_type_id;

    select * into v_result from api.transaction_types as t where t.id = v_transaction_type_id;
    return v_result;
end
$$;
comment on function api.create_transaction_type(text, text, text, numeric, numeric, text) is
'Makes a kind of transaction. Amounts in major units; null is no limit. For staff.';
revoke all on function api.create_transaction_type(text, text, text, numeric, numeric, text)
from public;
grant execute on function api.create_transaction_type(text, text, text, numeric, numeric, text)
to tekana_staff;
-- end frozen

-- frozen: db/functions/create_transaction_rule.sql
create or replace function api.create_transaction_rule(
    wallet_type_id bigint,
    transaction_type_id bigint,
    debit_allowed boolean default false,
    credit_allowed boolean default false
) returns api.transaction_rules
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_transaction_rule_id bigint;
    v_result api.transaction_rules;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['wallet_type_id', 'transaction_type_id'],
        array[
            case when create_transaction_rule.wallet_type_id is null then 'is required' end,
            case when create_transaction_rule.transaction_type_id is null then 'is required' end
        ]
    );
    if not exists (
        select from tekana.wallet_types as t
        where t.wallet_type_id = create_transaction_rule.wallet_type_id
    ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet type', 'wallet_type_id: does not exist'
        );
    end if;
    if not exists (
        select from tekana.transaction_types as t
        where t.transaction_type_id = create_transaction_rule.transaction_type_id
    ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction type', 'transaction_type_id: does not exist'
        );
    end if;

    insert into tekana.transaction_rules (
        wallet_type_id, transaction_type_id, debit_allowed, credit_allowed
    )
    values (
        create_transaction_rule.wallet_type_id, create_transaction_rule.transaction_type_id,
        coalesce(create_transaction_rule.debit_allowed, false),
        coalesce(create_transaction_rule.credit_allowed, false)
    )
    returning transaction_rule_id into v_transaction_rule_id;

    select * into v_result from api.transaction_rules as r where r.id = v_transaction_rule_id;
    return v_result;
end
$$;
comment on function api.create_transaction_rule(bigint, bigint, boolean, boolean) is
'Says which sides wallets of a type may take in transactions of a type. For staff.';
revoke all on function api.create_transaction_rule(bigint, bigint, boolean, boolean) from public;
grant execute on function api.create_transaction_rule(bigint, bigint, boolean, boolean)
to tekana_staff;
-- end frozen

-- frozen: db/functions/open_wallet.sql
create or replace function tekana.next_account_number(wallet_type_code text) returns text
language sql volatile
set search_path = ''
-- Multiplying by a number that shares no factor with 10^8 visits every 8-digit number once: unique
-- like the sequence, without telling how many wallets there are or which number comes next to mine.
return wallet_type_code || '-' || lpad(
    ((nextval('tekana.account_number_sequence') * 61803399 + 14142135) % 100000000)::text, 8, '0'
);
comment on function tekana.next_account_number(text) is
'A fresh account number, <wallet type code>-<8 digits>.';

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
'Opens an empty wallet of a type in a currency, for a '
'customer or (null) the operator, and returns its key.';

create or replace function api.open_wallet(
    wallet_type_id bigint, currency_code text, customer_id bigint default null
) returns api.wallets
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_own_id bigint := tekana.current_customer_id();
    v_customer_id bigint := coalesce(open_wallet.customer_id, v_own_id);
    v_wallet_id bigint;
    v_result api.wallets;
begin
    if v_own_id is null then
        perform tekana.require_staff();
    elsif v_customer_id <> v_own_id then
        perform tekana.raise_problem(
            'DENYD', 'a customer opens wallets for themself only',
            'customer_id: is not you', 'Leave customer_id out.'
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
                ) then 'is not a currency in use'
            end,
            case
                when v_customer_id is null then 'is required: staff open wallets for a customer'
            end
        ]
    );
    if not exists (
        select from tekana.wallet_types as t
        where t.wallet_type_id = open_wallet.wallet_type_id and not t.is_operator
    ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet type for customers', 'wallet_type_id: does not exist'
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
'Opens an empty wallet: a customer for themself, staff for any customer.';

revoke all on function tekana.next_account_number(text), tekana.insert_wallet(bigint, bigint, text),
api.open_wallet(bigint, text, bigint) from public;
grant execute on function api.open_wallet(bigint, text, bigint) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/set_wallet_status.sql
create or replace function api.set_wallet_status(wallet_id bigint, status text) returns api.wallets
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_result api.wallets;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['status'],
        array[tekana.choice_problem(set_wallet_status.status, 'ACTIVE', 'INACTIVE', 'DORMANT')]
    );
    update tekana.wallets as w set status = set_wallet_status.status
    where w.wallet_id = set_wallet_status.wallet_id;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet', 'wallet_id: does not exist'
        );
    end if;
    select w.* into v_result from api.wallets as w where w.id = set_wallet_status.wallet_id;
    return v_result;
end
$$;
comment on function api.set_wallet_status(bigint, text) is
'Makes a wallet ACTIVE, INACTIVE or DORMANT; only an active one pays and is paid. For staff.';
revoke all on function api.set_wallet_status(bigint, text) from public;
grant execute on function api.set_wallet_status(bigint, text) to tekana_staff;
-- end frozen

-- frozen: db/functions/activate_currency.sql
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
'Takes a currency into use, with the operator''s wallets in it; for whoever may act as the owner.';
revoke all on function tekana.activate_currency(text) from public;
-- end frozen

-- frozen: db/functions/find_operator_wallets.sql
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
'The operator''s wallets, without their balances: where cash-in comes from and cash-out goes to.';
revoke all on function api.find_operator_wallets() from public;
grant execute on function api.find_operator_wallets() to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/lock_wallets.sql
create or replace function tekana.lock_wallets(
    debited_wallet_id bigint, credited_wallet_id bigint,
    out debited tekana.wallets, out credited tekana.wallets
)
language plpgsql volatile
set search_path = ''
as $$
declare
    v_wallet tekana.wallets;
begin
    -- One statement, one order: two transactions over the same wallets never wait for each other.
    for v_wallet in
        select *
        from tekana.wallets as w
        where w.wallet_id in (lock_wallets.debited_wallet_id, lock_wallets.credited_wallet_id)
        order by w.wallet_id
        for no key update
    loop
        if v_wallet.wallet_id = lock_wallets.debited_wallet_id then
            debited := v_wallet;
        else
            credited := v_wallet;
        end if;
    end loop;
end
$$;
comment on function tekana.lock_wallets(bigint, bigint) is
'Both wallets of a transaction, locked until it ends, '
'as they are now; nulls for one that does not exist.';
revoke all on function tekana.lock_wallets(bigint, bigint) from public;
-- end frozen

-- frozen: db/functions/decline_reason.sql
create or replace function tekana.decline_reason(
    transaction_type_id bigint, debited tekana.wallets, credited tekana.wallets, amount numeric,
    is_hold boolean, out code text, out message text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_type tekana.transaction_types;
    v_debited_type tekana.wallet_types;
    v_credited_type tekana.wallet_types;
    v_debit_allowed boolean;
    v_credit_allowed boolean;
begin
    select * into v_type from tekana.transaction_types as t
    where t.transaction_type_id = decline_reason.transaction_type_id;
    select * into v_debited_type from tekana.wallet_types as t
    where t.wallet_type_id = debited.wallet_type_id;
    select * into v_credited_type from tekana.wallet_types as t
    where t.wallet_type_id = credited.wallet_type_id;
    select r.debit_allowed into v_debit_allowed from tekana.transaction_rules as r
    where r.wallet_type_id = debited.wallet_type_id
        and r.transaction_type_id = decline_reason.transaction_type_id;
    select r.credit_allowed into v_credit_allowed from tekana.transaction_rules as r
    where r.wallet_type_id = credited.wallet_type_id
        and r.transaction_type_id = decline_reason.transaction_type_id;

    select reasons.code, reasons.message
    into decline_reason.code, decline_reason.message
    from (
        values
        (1, v_type.status <> 'ACTIVE', 'INACT', 'this type of transaction is not in use'),
        (2, debited.status <> 'ACTIVE', 'INACT', 'the debited wallet is not active'),
        (3, credited.status <> 'ACTIVE', 'INACT', 'the credited wallet is not active'),
        (
            4, debited.currency_code <> credited.currency_code, 'CURNC',
            'the wallets are in two currencies'
        ),
        (
            5, v_debit_allowed is not true, 'NRULE',
            'no rule lets a ' || v_debited_type.code || ' wallet pay by ' || v_type.code
        ),
        (
            6, v_credit_allowed is not true, 'NRULE',
            'no rule lets a ' || v_credited_type.code || ' wallet be paid by ' || v_type.code
        ),
        (
            7, amount < greatest(
                v_type.minimum_amount, v_debited_type.minimum_transaction_amount,
                v_credited_type.minimum_transaction_amount
            ), 'LIMIT', 'the amount is under the least one allowed'
        ),
        (
            8, amount > least(
                v_type.maximum_amount, v_debited_type.maximum_transaction_amount,
                v_credited_type.maximum_transaction_amount
            ), 'LIMIT', 'the amount is over the largest one allowed'
        ),
        (
            9, debited.current_balance - debited.held_amount - amount < debited.minimum_balance,
            'NFUND', 'the available balance is not enough'
        ),
        (
            -- Not of a hold, which costs nothing: trying some would tell a stranger the balance.
            10,
            not is_hold and credited.current_balance + amount > v_credited_type.maximum_balance,
            'LIMIT', 'the credited wallet would hold more than it may'
        )
    ) as reasons (place, holds, code, message)
    where reasons.holds
    order by reasons.place
    limit 1;
end
$$;
comment on function tekana.decline_reason(
    bigint, tekana.wallets, tekana.wallets, numeric, boolean
) is
'Why this movement of money must be declined, the '
'weightiest reason first; nulls when it may go ahead. is_hold: nothing is posted yet.';
revoke all on function tekana.decline_reason(
    bigint, tekana.wallets, tekana.wallets, numeric, boolean
) from public;
-- end frozen

-- frozen: db/functions/respond.sql
create or replace function tekana.respond_transaction(transaction_id bigint)
returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_result api.transactions;
begin
    select t.* into strict v_result
    from api.transactions as t
    where t.id = respond_transaction.transaction_id;

    -- A decline is an error to whoever asked and a fact to keep: raising would undo its record.
    if v_result.status = 'FAILED' then
        perform set_config('response.status', '422', true);
        perform set_config('response.error', jsonb_build_object(
            'code', v_result.decline_code,
            'message', v_result.status_message,
            'details', 'reference_number: ' || v_result.reference_number,
            'hint', 'The transaction is recorded as FAILED; no money moved.'
        )::text, true);
    end if;
    return v_result;
end
$$;
comment on function tekana.respond_transaction(bigint) is
'A transaction as its actor may see it, with what the response must say besides (status, error, '
'headers: PostgREST''s settings response.status and response.headers, and response.error, the body '
'of an error whose transaction commits all the same).';

create or replace function tekana.replay_transaction(transaction_id bigint, first_status text)
returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_result api.transactions := tekana.respond_transaction(replay_transaction.transaction_id);
begin
    perform set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true);
    -- Completed, cancelled or reversed since: the first answer did not know that yet.
    if v_result.status <> 'FAILED' then
        v_result.status := replay_transaction.first_status;
    end if;
    if v_result.status = 'PENDING' then
        v_result.debited_balance_after := null;
        v_result.credited_balance_after := null;
    end if;
    return v_result;
end
$$;
comment on function tekana.replay_transaction(bigint, text) is
'The first answer to a request that came again: the transaction as it was then. first_status: what '
'was asked for, which it got unless it FAILED.';

revoke all on function tekana.respond_transaction(bigint),
tekana.replay_transaction(bigint, text) from public;
-- end frozen

-- frozen: db/functions/post_transaction.sql
create or replace function tekana.short_hash(value text) returns uuid
language sql immutable strict parallel safe
set search_path = ''
return encode(substring(sha256(convert_to(value, 'UTF8')) for 16), 'hex')::uuid;
comment on function tekana.short_hash(text) is
'The first 128 bits of SHA-256, as a uuid: 16 bytes on disk where the text may have hundreds.';

create or replace function tekana.record_transaction(draft tekana.transactions) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_transaction_id bigint;
begin
    insert into tekana.transactions (
        transaction_type_id, debited_wallet_id, credited_wallet_id, debited_customer_id,
        credited_customer_id, actor_id, reverses_transaction_id, idempotency_key, request_hash,
        amount, debited_balance_after, credited_balance_after, currency_code, channel_type, status,
        decline_code, status_message, external_reference_number
    )
    values (
        draft.transaction_type_id, draft.debited_wallet_id, draft.credited_wallet_id,
        draft.debited_customer_id, draft.credited_customer_id, draft.actor_id,
        draft.reverses_transaction_id, draft.idempotency_key, draft.request_hash,
        draft.amount, draft.debited_balance_after, draft.credited_balance_after,
        draft.currency_code, draft.channel_type, draft.status,
        draft.decline_code, draft.status_message, draft.external_reference_number
    )
    on conflict (actor_id, idempotency_key) do nothing
    returning transaction_id into v_transaction_id;

    if v_transaction_id is not null and draft.status = 'COMPLETED' then
        update tekana.wallets as w
        set current_balance = case
            when w.wallet_id = draft.debited_wallet_id then draft.debited_balance_after
            else draft.credited_balance_after
        end
        where w.wallet_id in (draft.debited_wallet_id, draft.credited_wallet_id);
    elsif v_transaction_id is not null and draft.status = 'PENDING' then
        update tekana.wallets as w set held_amount = w.held_amount + draft.amount
        where w.wallet_id = draft.debited_wallet_id;
    end if;
    return v_transaction_id;
end
$$;
comment on function tekana.record_transaction(tekana.transactions) is
'Writes a decided transaction down and gives its wallets, which the '
'caller has locked, the balances that it decided. Returns its key; '
'null, with nothing done, when its idempotency key was used before.';

create or replace function tekana.decide_transaction(
    draft tekana.transactions, debited tekana.wallets, credited tekana.wallets
) returns tekana.transactions
language plpgsql volatile
set search_path = ''
as $$
begin
    draft.debited_wallet_id := debited.wallet_id;
    draft.credited_wallet_id := credited.wallet_id;
    draft.debited_customer_id := debited.customer_id;
    draft.credited_customer_id := credited.customer_id;
    draft.currency_code := debited.currency_code;

    select r.code, r.message into draft.decline_code, draft.status_message
    from tekana.decline_reason(
        draft.transaction_type_id, debited, credited, draft.amount, draft.status = 'PENDING'
    ) as r;

    if draft.decline_code is not null then
        draft.status := 'FAILED';
    elsif draft.status = 'COMPLETED' then
        draft.debited_balance_after := debited.current_balance - draft.amount;
        draft.credited_balance_after := credited.current_balance + draft.amount;
    end if;
    return draft;
end
$$;
comment on function tekana.decide_transaction(
    tekana.transactions, tekana.wallets, tekana.wallets
) is
'What becomes of a transaction between two locked wallets: the draft with its sides, its balances '
'after and its status, FAILED with the reason when it must be declined.';

create or replace function api.post_transaction(
    debited_wallet_id bigint,
    amount numeric,
    channel_type text,
    credited_wallet_id bigint default null,
    credited_account_number text default null,
    transaction_type_id bigint default null,
    transaction_type text default null,
    external_reference_number text default null,
    status text default null,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_draft tekana.transactions;
    v_sides record;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_earlier tekana.transactions;
    v_asked_status text := coalesce(post_transaction.status, 'COMPLETED');
begin
    perform tekana.raise_field_problems(
        array[
            'debited_wallet_id', 'credited_wallet_id', 'transaction_type', 'amount', 'channel_type',
            'external_reference_number', 'status', 'Idempotency-Key'
        ],
        array[
            case when post_transaction.debited_wallet_id is null then 'is required' end,
            case num_nonnulls(
                post_transaction.credited_wallet_id, post_transaction.credited_account_number
            )
                when 0 then 'is required, or credited_account_number in its place'
                when 2 then 'is given and credited_account_number too: give one of them'
            end,
            case num_nonnulls(
                post_transaction.transaction_type_id, post_transaction.transaction_type
            )
                when 0 then 'is required, or transaction_type_id in its place'
                when 2 then 'is given and transaction_type_id too: give one of them'
            end,
            tekana.amount_problem(post_transaction.amount),
            tekana.choice_problem(post_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when post_transaction.external_reference_number !~ '^[^[:cntrl:]]{1,100}$'
                then 'is not 1 to 100 characters without control characters'
            end,
            case
                when post_transaction.status <> 'PENDING'
                then 'is not PENDING: leave it out to post at once'
            end,
            case
                when length(post_transaction.idempotency_key) not between 1 and 255
                then 'is not 1 to 255 characters'
            end
        ]
    );

    select t.transaction_type_id into v_draft.transaction_type_id
    from tekana.transaction_types as t
    where t.transaction_type_id = post_transaction.transaction_type_id
        or t.code = post_transaction.transaction_type;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction type',
            case
                when post_transaction.transaction_type is null
                then 'transaction_type_id: does not exist'
                else 'transaction_type: does not exist'
            end
        );
    end if;

    if post_transaction.credited_account_number is not null then
        select w.wallet_id into post_transaction.credited_wallet_id
        from tekana.wallets as w
        where w.account_number = post_transaction.credited_account_number;
    end if;
    if post_transaction.credited_wallet_id = post_transaction.debited_wallet_id then
        perform tekana.raise_field_problems(
            array['credited_wallet_id'], array['is the wallet that pays']
        );
    end if;

    v_draft.actor_id := tekana.current_user_id();
    v_draft.amount := post_transaction.amount;
    v_draft.channel_type := post_transaction.channel_type;
    v_draft.external_reference_number := post_transaction.external_reference_number;
    v_draft.status := v_asked_status;
    v_draft.idempotency_key := tekana.short_hash(post_transaction.idempotency_key);
    if v_draft.idempotency_key is not null then
        v_draft.request_hash := tekana.short_hash(row(
            'post_transaction', v_draft.transaction_type_id, post_transaction.debited_wallet_id,
            post_transaction.credited_wallet_id, trim_scale(v_draft.amount), v_draft.channel_type,
            v_draft.external_reference_number, v_draft.status
        )::text);
    end if;

    -- Judged before anything is locked, by what never changes: strangers make nobody wait.
    select * into v_debited
    from tekana.wallets as w
    where w.wallet_id = post_transaction.debited_wallet_id;
    perform tekana.require_owner_of(v_debited);

    select * into v_sides
    from tekana.lock_wallets(
        post_transaction.debited_wallet_id, post_transaction.credited_wallet_id
    );
    v_debited := v_sides.debited;
    v_credited := v_sides.credited;

    if v_debited.wallet_id is null then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet to debit', 'debited_wallet_id: does not exist'
        );
    end if;
    if v_credited.wallet_id is null then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet to credit',
            case
                when post_transaction.credited_account_number is null
                then 'credited_wallet_id: does not exist'
                else 'credited_account_number: does not exist'
            end
        );
    end if;
    if scale(trim_scale(v_draft.amount)) > v_debited.minor_units then
        perform tekana.raise_field_problems(
            array['amount'],
            array[format(
                'has more decimals than %s has: %s', v_debited.currency_code, v_debited.minor_units
            )]
        );
    end if;

    -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
    v_draft.amount := round(v_draft.amount, v_debited.minor_units);

    -- Looked for after the wallets are locked: of many requests with one key, the first to lock
    -- them is the only one that finds nothing.
    select * into v_earlier
    from tekana.transactions as t
    where t.actor_id = v_draft.actor_id and t.idempotency_key = v_draft.idempotency_key;
    if not found then
        v_draft := tekana.decide_transaction(v_draft, v_debited, v_credited);
        v_draft.transaction_id := tekana.record_transaction(v_draft);
        if v_draft.transaction_id is not null then
            return tekana.respond_transaction(v_draft.transaction_id);
        end if;
        -- Taken meanwhile by a request over other wallets.
        select * into v_earlier
        from tekana.transactions as t
        where t.actor_id = v_draft.actor_id and t.idempotency_key = v_draft.idempotency_key;
    end if;

    if v_earlier.request_hash <> v_draft.request_hash then
        perform tekana.raise_problem(
            'KEYRE', 'this Idempotency-Key was used for another request',
            'reference_number: ' || tekana.reference_number(v_earlier.transaction_id),
            'Use a new key for a new request.'
        );
    end if;
    return tekana.replay_transaction(v_earlier.transaction_id, v_asked_status);
end
$$;
comment on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, text
) is
'Moves money from one wallet to another, or holds it with status PENDING. For the owner of the '
'debited wallet and staff. amount in major units; the type by key or code; the credited wallet by '
'key or account number. A decline (funds, limits, rules, inactive wallet) is recorded with status '
'FAILED. The same idempotency_key by the same user gets the first answer again.';

revoke all on function tekana.short_hash(text), tekana.record_transaction(tekana.transactions),
tekana.decide_transaction(tekana.transactions, tekana.wallets, tekana.wallets),
api.post_transaction(bigint, numeric, text, bigint, text, bigint, text, text, text, text)
from public;
grant execute on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, text
) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/complete_transaction.sql
create or replace function tekana.lock_held_transaction(
    transaction_id bigint,
    out held tekana.transactions, out debited tekana.wallets, out credited tekana.wallets
)
language plpgsql volatile
set search_path = ''
as $$
declare
    v_sides record;
begin
    -- Judged before anything is locked, by what never changes: strangers make nobody wait.
    select * into held from tekana.transactions as t
    where t.transaction_id = lock_held_transaction.transaction_id;
    if held.transaction_id is null
        or (
            tekana.claim('role') is distinct from 'tekana_staff'
            and tekana.current_customer_id() is distinct from held.debited_customer_id
        ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction of yours', 'transaction_id: does not exist'
        );
    end if;

    select * into v_sides
    from tekana.lock_wallets(held.debited_wallet_id, held.credited_wallet_id);
    debited := v_sides.debited;
    credited := v_sides.credited;
    -- Read again under the lock of its wallets, which every ending of it takes first.
    select * into held from tekana.transactions as t
    where t.transaction_id = lock_held_transaction.transaction_id;
    if held.status <> 'PENDING' then
        perform tekana.raise_problem(
            'STATE', 'only a PENDING transaction can be completed or cancelled',
            'status: is ' || held.status
        );
    end if;
end
$$;
comment on function tekana.lock_held_transaction(bigint) is
'A PENDING transaction that the asker may end, with both its wallets locked.';

create or replace function api.complete_transaction(transaction_id bigint) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_locked record;
    v_held tekana.transactions;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_decline record;
begin
    select * into v_locked from tekana.lock_held_transaction(complete_transaction.transaction_id);
    v_held := v_locked.held;
    v_debited := v_locked.debited;
    v_credited := v_locked.credited;

    -- Judged as if posted now, with what it holds itself given back first.
    v_debited.held_amount := v_debited.held_amount - v_held.amount;
    select * into v_decline
    from tekana.decline_reason(
        v_held.transaction_type_id, v_debited, v_credited, v_held.amount, false
    );
    if v_decline.code is not null then
        perform tekana.raise_problem(
            v_decline.code, v_decline.message, null,
            'The transaction stays PENDING; it can be cancelled.'
        );
    end if;

    update tekana.wallets as w
    set
        current_balance = w.current_balance
        + case
            when w.wallet_id = v_held.debited_wallet_id then -v_held.amount
            else v_held.amount
        end,
        held_amount = w.held_amount
        - case when w.wallet_id = v_held.debited_wallet_id then v_held.amount else 0 end
    where w.wallet_id in (v_held.debited_wallet_id, v_held.credited_wallet_id);

    update tekana.transactions as t
    set
        status = 'COMPLETED',
        debited_balance_after = v_debited.current_balance - v_held.amount,
        credited_balance_after = v_credited.current_balance + v_held.amount
    where t.transaction_id = v_held.transaction_id;
    return tekana.respond_transaction(v_held.transaction_id);
end
$$;
comment on function api.complete_transaction(bigint) is
'Posts a PENDING transaction: the money it holds '
'moves. For the owner of the debited wallet and staff.';

revoke all on function tekana.lock_held_transaction(bigint), api.complete_transaction(bigint)
from public;
grant execute on function api.complete_transaction(bigint) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/cancel_transaction.sql
create or replace function api.cancel_transaction(transaction_id bigint) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_locked record;
    v_held tekana.transactions;
begin
    select l.held into v_locked
    from tekana.lock_held_transaction(cancel_transaction.transaction_id) as l;
    v_held := v_locked.held;

    update tekana.wallets as w set held_amount = w.held_amount - v_held.amount
    where w.wallet_id = v_held.debited_wallet_id;

    update tekana.transactions as t set status = 'CANCELLED'
    where t.transaction_id = v_held.transaction_id;
    return tekana.respond_transaction(v_held.transaction_id);
end
$$;
comment on function api.cancel_transaction(bigint) is
'Releases what a PENDING transaction holds; no money '
'moves. For the owner of the debited wallet and staff.';
revoke all on function api.cancel_transaction(bigint) from public;
grant execute on function api.cancel_transaction(bigint) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/reverse_transaction.sql
create or replace function tekana.reversal_decline(
    payer tekana.wallets, amount numeric, out code text, out message text
)
language sql immutable
set search_path = ''
as $$
    select 'NFUND', 'the wallet that was paid no longer has the money'
    where
        payer.current_balance - payer.held_amount - reversal_decline.amount
        < payer.minimum_balance
$$;
comment on function tekana.reversal_decline(tekana.wallets, numeric) is
'Why money cannot be given back; nulls when it can. '
'Rules and limits do not stand in the way of undoing.';

create or replace function api.reverse_transaction(
    transaction_id bigint, channel_type text default 'WEB', status_message text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_original tekana.transactions;
    v_reversal tekana.transactions;
    v_sides record;
    v_payer tekana.wallets;
    v_paid tekana.wallets;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['channel_type', 'status_message'],
        array[
            tekana.choice_problem(reverse_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when length(reverse_transaction.status_message) > 500
                then 'is longer than 500 characters'
            end
        ]
    );
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction', 'transaction_id: does not exist'
        );
    end if;

    -- The sides change places: who was paid pays.
    select * into v_sides
    from tekana.lock_wallets(v_original.credited_wallet_id, v_original.debited_wallet_id);
    v_payer := v_sides.debited;
    v_paid := v_sides.credited;
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if v_original.status <> 'COMPLETED' or v_original.reverses_transaction_id is not null then
        perform tekana.raise_problem(
            'STATE', 'only a COMPLETED transaction that is not itself a reversal can be reversed',
            'status: is ' || v_original.status
        );
    end if;

    v_reversal.transaction_type_id := v_original.transaction_type_id;
    v_reversal.debited_wallet_id := v_payer.wallet_id;
    v_reversal.credited_wallet_id := v_paid.wallet_id;
    v_reversal.debited_customer_id := v_payer.customer_id;
    v_reversal.credited_customer_id := v_paid.customer_id;
    v_reversal.currency_code := v_original.currency_code;
    v_reversal.actor_id := tekana.current_user_id();
    v_reversal.reverses_transaction_id := v_original.transaction_id;
    v_reversal.amount := v_original.amount;
    v_reversal.channel_type := reverse_transaction.channel_type;

    select r.code, r.message into v_reversal.decline_code, v_reversal.status_message
    from tekana.reversal_decline(v_payer, v_original.amount) as r;
    if v_reversal.decline_code is not null then
        v_reversal.status := 'FAILED';
    else
        v_reversal.status := 'COMPLETED';
        v_reversal.status_message := reverse_transaction.status_message;
        v_reversal.debited_balance_after := v_payer.current_balance - v_original.amount;
        v_reversal.credited_balance_after := v_paid.current_balance + v_original.amount;
        update tekana.transactions as t set status = 'REVERSED'
        where t.transaction_id = v_original.transaction_id;
    end if;
    return tekana.respond_transaction(tekana.record_transaction(v_reversal));
end
$$;
comment on function api.reverse_transaction(bigint, text, text) is
'Gives the money of a COMPLETED transaction back, once, by a transaction of its own that names it '
'in reverses_transaction_id; declined (FAILED) when the money is gone. For staff.';

revoke all on function tekana.reversal_decline(tekana.wallets, numeric),
api.reverse_transaction(bigint, text, text) from public;
grant execute on function api.reverse_transaction(bigint, text, text) to tekana_staff;
-- end frozen

commit;
