-- Deploy functions. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/functions/reading_problem.sql
create or replace function tekana.reading_problem(value text, type_name regtype) returns text
language plpgsql stable
set search_path = ''
as $$
begin
    execute format('select %L::%s', value, type_name);
    return null;
exception when data_exception then
    return format('cannot be read as %s', type_name);
end
$$;
comment on function tekana.reading_problem(text, regtype) is
'Says why a text cannot be converted to a type; null if it can.';
revoke all on function tekana.reading_problem(text, regtype) from public;
grant execute on function tekana.reading_problem(text, regtype) to tekana_gatekeeper;
-- end frozen

-- frozen: db/functions/register_customer.sql
create or replace function tekana.normal_phone_number(phone_number text) returns text
language sql immutable parallel safe
set search_path = ''
-- A + in a query string arrives as a space; E.164 digits come with and without it.
return '+' || regexp_replace(btrim(normal_phone_number.phone_number), '^[+]', '');
comment on function tekana.normal_phone_number(text) is
'Returns a phone number as it is stored: in E.164 format with a +, whether it was given with one '
'or not.';

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
            'TAKEN', 'some of these details are already registered', v_taken, 'Sign in instead.'
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
'Registers a customer. Raises INVAL with every invalid field, and TAKEN with every value that is '
'already in use; if two register at the same moment, the unique constraints decide. problems: '
'problems that the caller has already found (the password, types), by field; they are reported '
'together with the others.';

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
'Creates a member of staff who can sign in, and returns the key of the user. Raises INVAL if '
'fields are invalid. For roles that may act as tekana_owner.';
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
'Masks a phone number, such as +250******123: its owner recognizes it, but nobody else can call '
'it.';

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
'Returns the active user with this email address, and the hash to check the password against; '
'nulls if there is none.';

create or replace function tekana.request_otp(
    user_id bigint, lifetime interval, out message_id bigint, out phone_number text, out masked text
)
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    -- Held to the end: of two that come at once, the second sees the first's message.
    select u.phone_number, tekana.mask_phone_number(u.phone_number)
    into request_otp.phone_number, request_otp.masked
    from tekana.users as u
    where u.user_id = request_otp.user_id
    for no key update;

    -- The newest code alone is good: an older one that waits for its next try would arrive last.
    update tekana.sms_messages as m set status = 'EXPIRED'
    where m.user_id = request_otp.user_id and m.purpose = 'OTP' and m.status = 'QUEUED'
        and m.expires_at > now();

    insert into tekana.sms_messages (user_id, purpose, expires_at)
    values (request_otp.user_id, 'OTP', now() + request_otp.lifetime)
    returning sms_messages.message_id into request_otp.message_id;
end
$$;
comment on function tekana.request_otp(bigint, interval) is
'Records that a one-time password must be sent to a user; returns the message and the phone '
'number. Older ones that were not sent yet become EXPIRED.';

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
'Opens a session for a user whose one-time password was correct. Raises NAUTH if the user is not '
'active.';

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
    -- Or a session that is refreshed for years keeps a token for each time. One that was used
    -- longer ago than a token lasts could not be used now either.
    delete from tekana.refresh_tokens as r
    where r.session_id = refresh_session.session_id
        and r.used_at < now() - refresh_session.lifetime;
    update tekana.sessions as s set expires_at = now() + refresh_session.lifetime
    where s.session_id = refresh_session.session_id;
    refresh_session.outcome := 'REFRESHED';
end
$$;
comment on function tekana.refresh_session(bytea, bytea, interval) is
'Exchanges a refresh token for a new one: REFRESHED. REUSED if it was exchanged before, which ends '
'the session, since somebody has a copy (RFC 9700, section 4.14.2). ENDED if the token is not '
'valid.';

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
'Ends the session of a refresh token. Returns false if the token has no open session.';

-- Raised rather than returned: whatever else a statement or a transaction did is undone with it.
create or replace function tekana.require_session(session_id bigint) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
    if not exists (
        select from tekana.open_sessions as s where s.session_id = require_session.session_id
    ) then
        perform tekana.raise_problem(
            'NAUTH', 'the session has ended', hint => 'Sign in again.'
        );
    end if;
    return true;
end
$$;
comment on function tekana.require_session(bigint) is
'Returns true while the session is open; otherwise raises NAUTH. Called in every request.';

revoke all on function tekana.open_session(bigint, bytea, interval),
tekana.refresh_session(bytea, bytea, interval), tekana.close_session(bytea),
tekana.require_session(bigint) from public;
grant execute on function tekana.open_session(bigint, bytea, interval),
tekana.refresh_session(bytea, bytea, interval), tekana.close_session(bytea) to tekana_gatekeeper;
grant execute on function tekana.require_session(bigint)
to tekana_anonymous, tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/require_role.sql
-- A pooler that gives a connection to somebody else after each transaction gives the role along
-- with it. A request that would be answered as another role is not answered.
create or replace function tekana.require_role(role text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
    if current_user <> require_role.role then
        raise exception 'the connection has role % instead of %', current_user, require_role.role
            using
                errcode = '58000',
                hint = 'A pooler between the API and PostgreSQL must pool sessions.';
    end if;
    return true;
end
$$;
comment on function tekana.require_role(text) is
'Returns true if the connection still has this role, which the API set once; otherwise raises '
'58000. Called in every request.';
revoke all on function tekana.require_role(text) from public;
grant execute on function tekana.require_role(text)
to tekana_anonymous, tekana_customer, tekana_staff, tekana_gatekeeper;
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
'Counts an attempt to send a message and returns the phone number, the purpose and the number of '
'the attempt. No row if the message is no longer QUEUED or no longer useful.';

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
'Records that a gateway accepted a message.';

create or replace function tekana.record_sms_failure(
    message_id bigint, gateway text, problem text, permanent boolean
) returns boolean
language sql volatile security definer
set search_path = ''
as $$
    with failed as (
        update tekana.sms_messages as m
        set
            status = case
                when record_sms_failure.permanent or m.attempts >= 10 then 'FAILED' else m.status
            end,
            gateway = record_sms_failure.gateway,
            problem = left(record_sms_failure.problem, 500)
        where m.message_id = record_sms_failure.message_id and m.status = 'QUEUED'
        returning m.status
    )

    select exists (select from failed as f where f.status = 'FAILED')
$$;
comment on function tekana.record_sms_failure(bigint, text, text, boolean) is
'Records that an attempt to send a message failed. It is given up (FAILED) if the failure is '
'permanent or this was the tenth attempt. Returns true if this call gave it up.';

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
'Returns messages that should have been sent by now, the oldest first, at most this many. Messages '
'that are no longer useful become EXPIRED.';

revoke all on function tekana.begin_sms(bigint), tekana.record_sms_sent(bigint, text, text),
tekana.record_sms_failure(bigint, text, text, boolean),
tekana.find_waiting_sms(interval, integer) from public;
grant execute on function tekana.begin_sms(bigint), tekana.record_sms_sent(bigint, text, text),
tekana.record_sms_failure(bigint, text, text, boolean),
tekana.find_waiting_sms(interval, integer) to tekana_worker;
-- end frozen

-- frozen: db/functions/forget_old.sql
-- A session that is over and one that never was are answered the same, so nobody notices. What a
-- payment stands on (transactions, the keys of requests, who its actor was) is never forgotten.
create or replace function tekana.forget_old(
    older_than interval, most integer, out sessions integer, out messages integer
)
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    -- With their refresh tokens.
    delete from tekana.sessions as s
    where s.session_id in (
        select o.session_id
        from tekana.sessions as o
        where o.expires_at < now() - forget_old.older_than
        order by o.expires_at
        limit forget_old.most
        for update skip locked
    );
    get diagnostics sessions = row_count;

    -- In the order of their keys, which is that of their time: no index by time is needed.
    delete from tekana.sms_messages as m
    where m.message_id in (
        select o.message_id
        from (
            select a.message_id, a.created_at, a.status
            from tekana.sms_messages as a
            order by a.message_id
            limit forget_old.most
        ) as o
        where o.created_at < now() - forget_old.older_than and o.status <> 'QUEUED'
    );
    get diagnostics messages = row_count;
end
$$;
comment on function tekana.forget_old(interval, integer) is
'Deletes sessions that expired, and messages that were requested, longer ago than older_than, '
'except messages that are still QUEUED; the oldest first, and at most this many of each. Returns '
'how many it deleted.';
revoke all on function tekana.forget_old(interval, integer) from public;
grant execute on function tekana.forget_old(interval, integer) to tekana_worker;
-- end frozen

-- frozen: db/functions/create_wallet_type.sql
create or replace function api.create_wallet_type(
    code text,
    name text,
    description text default null,
    minimum_transaction_amount numeric default null,
    maximum_transaction_amount numeric default null,
    minimum_balance numeric default 0,
    maximum_balance numeric default null,
    can_be_forced_under boolean default false
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
        array[
            'code', 'name', 'description', 'minimum_transaction_amount',
            'maximum_transaction_amount', 'minimum_balance', 'maximum_balance'
        ],
        array[
            tekana.code_problem(create_wallet_type.code),
            tekana.name_problem(create_wallet_type.name),
            tekana.description_problem(create_wallet_type.description),
            tekana.limit_problem(create_wallet_type.minimum_transaction_amount),
            coalesce(
                tekana.limit_problem(create_wallet_type.maximum_transaction_amount),
                case
                    when create_wallet_type.maximum_transaction_amount
                        < create_wallet_type.minimum_transaction_amount
                    then 'is less than minimum_transaction_amount'
                end
            ),
            tekana.floor_problem(create_wallet_type.minimum_balance),
            tekana.limit_problem(create_wallet_type.maximum_balance)
        ]
    );
    insert into tekana.wallet_types (
        code, name, description, minimum_transaction_amount, maximum_transaction_amount,
        minimum_balance, maximum_balance, can_be_forced_under
    )
    values (
        create_wallet_type.code, create_wallet_type.name, create_wallet_type.description,
        create_wallet_type.minimum_transaction_amount,
        create_wallet_type.maximum_transaction_amount,
        create_wallet_type.minimum_balance, create_wallet_type.maximum_balance,
        coalesce(create_wallet_type.can_be_forced_under, false)
    )
    returning wallet_type_id into v_wallet_type_id;

    select * into v_result from api.wallet_types as t where t.id = v_wallet_type_id;
    return v_result;
end
$$;
comment on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) is
'Creates a wallet type for customers. For staff. Amounts are in major units. minimum_balance is 0, '
'or negative to allow a debt, and must not be null; for the other amounts null means no limit.';
revoke all on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) from public;
grant execute on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) to tekana_staff;
-- end frozen

-- frozen: db/functions/create_transaction_type.sql
create or replace function api.create_transaction_type(
    code text,
    name text,
    description text default null,
    minimum_amount numeric default null,
    maximum_amount numeric default null,
    status text default 'ACTIVE',
    hold_duration interval default '7 days',
    has_unique_references boolean default false
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
        array[
            'code', 'name', 'description', 'minimum_amount', 'maximum_amount', 'status',
            'hold_duration'
        ],
        array[
            tekana.code_problem(create_transaction_type.code),
            tekana.name_problem(create_transaction_type.name),
            tekana.description_problem(create_transaction_type.description),
            tekana.limit_problem(create_transaction_type.minimum_amount),
            coalesce(
                tekana.limit_problem(create_transaction_type.maximum_amount),
                case
                    when create_transaction_type.maximum_amount
                        < create_transaction_type.minimum_amount
                    then 'is less than minimum_amount'
                end
            ),
            tekana.choice_problem(
                coalesce(create_transaction_type.status, 'ACTIVE'), 'ACTIVE', 'INACTIVE'
            ),
            tekana.hold_duration_problem(create_transaction_type.hold_duration)
        ]
    );
    insert into tekana.transaction_types (
        code, name, description, minimum_amount, maximum_amount, status,
        hold_duration, has_unique_references
    )
    values (
        create_transaction_type.code, create_transaction_type.name,
        create_transaction_type.description, create_transaction_type.minimum_amount,
        create_transaction_type.maximum_amount, coalesce(create_transaction_type.status, 'ACTIVE'),
        coalesce(create_transaction_type.hold_duration, '7 days'),
        coalesce(create_transaction_type.has_unique_references, false)
    )
    returning transaction_type_id into v_transaction_type_id;

    select * into v_result from api.transaction_types as t where t.id = v_transaction_type_id;
    return v_result;
end
$$;
comment on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) is
'Creates a transaction type. For staff. Amounts are in major units; null means no limit. '
'hold_duration is how long its holds last if the request has no expires_at, such as "7 days". With '
'has_unique_references, a request whose external_reference_number is already in use is refused '
'(TAKEN).';
revoke all on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) from public;
grant execute on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) to tekana_staff;
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
'Creates a rule: whether transactions of a type may debit and credit wallets of a type. For staff.';
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
'Sets the status of a wallet to ACTIVE, INACTIVE or DORMANT. Only an ACTIVE wallet can be debited '
'or credited. For staff.';
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
'Activates a currency and opens the wallets of the operator in it. Raises NFIND if it is not in '
'ISO 4217. For roles that may act as tekana_owner.';
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
'Lists the wallets of the operator, without their balances. A cash-in debits one of them; a '
'cash-out credits one.';
revoke all on function api.find_operator_wallets() from public;
grant execute on function api.find_operator_wallets() to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/lock_wallets.sql
create or replace function tekana.expire_holds(transaction_ids bigint[]) returns void
language sql volatile
set search_path = ''
as $$
    with expired as (
        update tekana.transactions as t
        set
            status = 'CANCELLED',
            status_message = 'the hold expired',
            ending_id = nextval('tekana.transactions_transaction_id_seq'),
            ended_at = clock_timestamp()
        where t.transaction_id = any(expire_holds.transaction_ids)
            and t.status = 'PENDING' and t.expires_at <= clock_timestamp()
        returning t.debited_wallet_id, t.amount
    )

    update tekana.wallets as w
    set
        held_amount = w.held_amount - e.amount,
        is_under_floor = w.is_under_floor
        and w.current_balance - w.held_amount + e.amount < w.minimum_balance
    from (
        select expired.debited_wallet_id, sum(expired.amount) as amount
        from expired
        group by expired.debited_wallet_id
    ) as e
    where w.wallet_id = e.debited_wallet_id
$$;
comment on function tekana.expire_holds(bigint[]) is
'Releases those of the given holds that have expired. The caller has locked their wallets.';

create or replace function tekana.lock_wallets(variadic wallet_ids bigint[])
returns tekana.locked_wallets
language plpgsql volatile
set search_path = ''
as $$
declare
    v_locked tekana.locked_wallets;
    v_holding bigint[];
    v_now timestamptz;
    v_expired bigint[];
begin
    -- Whether a key was used is asked again once the wallets are locked. Who sees the ledger as it
    -- was before that would move money a second time; serializable, PostgreSQL notices.
    if current_setting('transaction_isolation') = 'repeatable read' then
        perform tekana.raise_problem(
            'STATE', 'money cannot be moved at isolation level repeatable read', null,
            'Use read committed or serializable.'
        );
    end if;
    -- One statement, one order: two transactions over the same wallets never wait for each other.
    select
        array_agg((l.wallet).wallet_id),
        array_agg(l.wallet),
        array_agg((l.wallet).wallet_id) filter (where (l.wallet).held_amount > 0)
    into v_locked.wallet_ids, v_locked.wallets, v_holding
    from (
        select w as wallet
        from tekana.wallets as w
        where w.wallet_id = any(lock_wallets.wallet_ids)
        order by w.wallet_id
        for no key update
    ) as l;

    -- Whoever draws a place in the ledger is seen to write to it from before on: by that
    -- tekana.advance_horizon knows which places may still be filled.
    lock table tekana.transactions in row exclusive mode;
    if v_holding is null then
        return v_locked;
    end if;
    -- Whatever is decided now, nothing that has expired is in its way. The index is asked for a
    -- time that is known, and not for one that may change within the statement.
    v_now := clock_timestamp();
    v_expired := array(
        select t.transaction_id
        from tekana.transactions as t
        where t.debited_wallet_id = any(v_holding)
            and t.status = 'PENDING' and t.expires_at <= v_now
    );
    if cardinality(v_expired) > 0 then
        perform tekana.expire_holds(v_expired);
        select array_agg(w order by w.wallet_id) into v_locked.wallets
        from tekana.wallets as w
        where w.wallet_id = any(lock_wallets.wallet_ids);
    end if;
    return v_locked;
end
$$;
comment on function tekana.lock_wallets(bigint[]) is
'Locks wallets until the transaction ends, releases their expired holds, and returns their current '
'state in order of their keys, without those that do not exist. Afterwards the caller may draw '
'places in the ledger. Raises STATE at isolation level repeatable read.';

create or replace function tekana.locked_wallet(locked tekana.locked_wallets, wallet_id bigint)
returns tekana.wallets
language sql immutable
return ((locked).wallets)[array_position((locked).wallet_ids, wallet_id)];
comment on function tekana.locked_wallet(tekana.locked_wallets, bigint) is
'Returns one of some locked wallets by its key; null if it is not among them.';

create or replace function tekana.sweep_expired_holds(most integer) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    -- As in tekana.lock_wallets.
    v_now timestamptz := clock_timestamp();
    v_transaction_ids bigint[];
begin
    -- tekana.lock_wallets would release all that has expired on these wallets: of one that has
    -- very much of it that would never come to an end, nor that of any other. A wallet that
    -- somebody holds is left to the next sweep: who waited for it would keep all the others from
    -- paying meanwhile. What waits for none may take them in any order.
    select array_agg(d.transaction_id) into v_transaction_ids
    from (
        select t.transaction_id
        from tekana.transactions as t
        inner join tekana.wallets as w on t.debited_wallet_id = w.wallet_id
        where t.status = 'PENDING' and t.expires_at <= v_now
        order by t.expires_at
        limit sweep_expired_holds.most
        for no key update of w skip locked
    ) as d;
    lock table tekana.transactions in row exclusive mode;
    perform tekana.expire_holds(v_transaction_ids);
    return coalesce(cardinality(v_transaction_ids), 0);
end
$$;
comment on function tekana.sweep_expired_holds(integer) is
'Releases expired holds, the oldest first, at most this many; returns how many. Skips locked '
'wallets. Balances do not depend on it: it only brings the stored rows up to date.';

revoke all on function tekana.expire_holds(bigint[]), tekana.lock_wallets(bigint[]),
tekana.locked_wallet(tekana.locked_wallets, bigint),
tekana.sweep_expired_holds(integer) from public;
grant execute on function tekana.sweep_expired_holds(integer) to tekana_worker;
-- end frozen

-- frozen: db/functions/decline_reason.sql
create or replace function tekana.posting_terms(
    transaction_type_id bigint, debited_wallet_type_id bigint, credited_wallet_type_id bigint
) returns tekana.posting_terms
language plpgsql stable
set search_path = ''
as $$
declare
    v_terms tekana.posting_terms;
begin
    select
        t.transaction_type_id,
        d.wallet_type_id,
        c.wallet_type_id,
        t.status = 'ACTIVE',
        case
            when dr.debit_allowed is not true
            then 'no rule allows ' || t.code || ' to debit a ' || d.code || ' wallet'
            when cr.credit_allowed is not true
            then 'no rule allows ' || t.code || ' to credit a ' || c.code || ' wallet'
        end,
        greatest(
            t.minimum_amount, d.minimum_transaction_amount, c.minimum_transaction_amount
        ),
        least(t.maximum_amount, d.maximum_transaction_amount, c.maximum_transaction_amount),
        c.maximum_balance,
        t.hold_duration,
        t.has_unique_references
    into v_terms
    from tekana.transaction_types as t
    cross join tekana.wallet_types as d
    cross join tekana.wallet_types as c
    left join tekana.transaction_rules as dr
        on dr.transaction_type_id = t.transaction_type_id and dr.wallet_type_id = d.wallet_type_id
    left join tekana.transaction_rules as cr
        on cr.transaction_type_id = t.transaction_type_id and cr.wallet_type_id = c.wallet_type_id
    where t.transaction_type_id = posting_terms.transaction_type_id
        and d.wallet_type_id = posting_terms.debited_wallet_type_id
        and c.wallet_type_id = posting_terms.credited_wallet_type_id;
    return v_terms;
end
$$;
comment on function tekana.posting_terms(bigint, bigint, bigint) is
'Returns the terms of transactions of a type from a wallet of one type to a wallet of another.';

create or replace function tekana.full_wallet() returns tekana.decline
language sql immutable parallel safe
return row('LIMIT', 'the credited wallet would exceed its maximum balance')::tekana.decline;
comment on function tekana.full_wallet() is
'Returns the one decline that reveals something about the balance of another customer: the '
'credited wallet is full.';

create or replace function tekana.decline_reason(
    terms tekana.posting_terms, debited tekana.wallets, credited tekana.wallets, amount numeric,
    is_hold boolean default false
) returns tekana.decline
language sql immutable
-- Without settings of its own, so that it is inlined: it is asked for every posting.
return case
    when not (terms).is_active
    then row('INACT', 'this type of transaction is not active')::tekana.decline
    when (debited).status <> 'ACTIVE'
    then row('INACT', 'the debited wallet is not active')::tekana.decline
    when (credited).status <> 'ACTIVE'
    then row('INACT', 'the credited wallet is not active')::tekana.decline
    when (debited).currency_code <> (credited).currency_code
    then row('CURNC', 'the wallets have different currencies')::tekana.decline
    when (terms).missing_rule is not null
    then row('NRULE', (terms).missing_rule)::tekana.decline
    when amount < (terms).minimum_amount
    then row('LIMIT', 'the amount is below the minimum')::tekana.decline
    when amount > (terms).maximum_amount
    then row('LIMIT', 'the amount is above the maximum')::tekana.decline
    when (debited).current_balance - (debited).held_amount - amount < (debited).minimum_balance
        or (debited).current_balance - amount <= -1e18
        or (is_hold and (debited).held_amount + amount >= 1e18)
    then row('NFUND', 'the available balance is too low')::tekana.decline
    -- Not of a hold, which costs nothing: trying some would tell a stranger the balance.
    when not is_hold and (
            (credited).current_balance + amount > (terms).maximum_balance
            or (credited).current_balance + amount >= 1e18
        )
    then tekana.full_wallet()
end;
comment on function tekana.decline_reason(
    tekana.posting_terms, tekana.wallets, tekana.wallets, numeric, boolean
) is
'Returns why a movement of money between two locked wallets must be declined now, the most '
'important reason first; null if nothing stands in its way.';

revoke all on function tekana.posting_terms(bigint, bigint, bigint), tekana.full_wallet(),
tekana.decline_reason(
    tekana.posting_terms, tekana.wallets, tekana.wallets, numeric, boolean
) from public;
-- end frozen

-- frozen: db/functions/respond.sql
-- RLS does not hold for the owner of these functions: what a customer may not see is left out here
-- as in api.transactions.
create or replace function tekana.as_seen(recorded tekana.transactions, customer_id bigint)
returns api.transactions
language sql stable
return row(
    (recorded).transaction_id,
    tekana.reference_number((recorded).transaction_id),
    (recorded).external_reference_number,
    (recorded).transaction_type_id,
    (recorded).channel_type,
    (recorded).debited_wallet_id,
    (recorded).credited_wallet_id,
    (recorded).amount,
    (recorded).currency_code,
    case
        when as_seen.customer_id is null
            or as_seen.customer_id = (recorded).debited_customer_id
        then (recorded).debited_balance_after
    end,
    case
        when as_seen.customer_id is null
            or as_seen.customer_id = (recorded).credited_customer_id
        then (recorded).credited_balance_after
    end,
    (recorded).status,
    (recorded).status_message,
    (recorded).decline_code,
    (recorded).reverses_transaction_id,
    (recorded).held_amount,
    (recorded).expires_at,
    (recorded).ended_at,
    (recorded).created_at
)::api.transactions;
comment on function tekana.as_seen(tekana.transactions, bigint) is
'Returns a transaction as a customer who owns one of its wallets may see it; as staff see it if '
'customer_id is null.';

create or replace function tekana.decline_error(recorded tekana.transactions) returns jsonb
language sql stable
return jsonb_build_object(
    'code', (recorded).decline_code,
    'message', (recorded).status_message,
    'details', 'reference_number: ' || tekana.reference_number((recorded).transaction_id),
    'hint', 'The transaction is recorded as FAILED; no money moved.'
);
comment on function tekana.decline_error(tekana.transactions) is
'Returns the error that reports a declined transaction to its actor.';

create or replace function tekana.respond(outcome tekana.posting_outcome) returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_recorded tekana.transactions := outcome.recorded;
    -- Known first, so that what follows is inlined.
    v_customer_id bigint := tekana.current_customer_id();
begin
    if outcome.code is not null then
        perform tekana.raise_problem(
            outcome.code, outcome.message, outcome.detail, outcome.hint
        );
    end if;
    if outcome.is_replayed then
        perform tekana.mark_replayed();
    end if;
    -- A decline is an error to whoever asked and a fact to keep: raising would undo its record.
    if v_recorded.status = 'FAILED' then
        perform set_config('response.status', '422', true);
        perform set_config(
            'response.error', tekana.decline_error(v_recorded)::text, true
        );
    end if;
    return tekana.as_seen(v_recorded, v_customer_id);
end
$$;
comment on function tekana.respond(tekana.posting_outcome) is
'Returns a transaction as its actor may see it, and sets what else the response needs: '
'response.status and response.headers as in PostgREST, and response.error, the body of an error '
'whose database transaction commits nevertheless. Raises the error of a refusal.';

revoke all on function tekana.as_seen(tekana.transactions, bigint),
tekana.decline_error(tekana.transactions), tekana.respond(tekana.posting_outcome) from public;
-- end frozen

-- frozen: db/functions/replay_posting.sql
create or replace function tekana.recorded(
    recorded tekana.transactions, is_replayed boolean default false
) returns tekana.posting_outcome
language sql immutable parallel safe
return row(recorded, is_replayed, null, null, null, null)::tekana.posting_outcome;
comment on function tekana.recorded(tekana.transactions, boolean) is
'Returns the outcome of a posting that was recorded, by this request or an earlier one.';

create or replace function tekana.refused(
    code text, message text, detail text, hint text default null
) returns tekana.posting_outcome
language sql immutable parallel safe
return row(
    null::tekana.transactions, false, code, message, detail, hint
)::tekana.posting_outcome;
comment on function tekana.refused(text, text, text, text) is
'Returns the outcome of a posting that is refused: nothing is recorded.';

create or replace function tekana.find_by_key(actor_id bigint, idempotency_key uuid)
returns setof tekana.transactions
language sql stable
as $$
    select t.*
    from tekana.transactions as t
    where t.actor_id = find_by_key.actor_id and t.idempotency_key = find_by_key.idempotency_key
    union all
    select t.*
    from tekana.idempotency_keys as k
    inner join tekana.transactions as t on k.transaction_id = t.transaction_id
    where k.actor_id = find_by_key.actor_id and k.idempotency_key = find_by_key.idempotency_key
$$;
comment on function tekana.find_by_key(bigint, uuid) is
'Returns the transaction that the key of an actor was used for: to post it, to end it, or, for a '
'group, its first one. No row if the key was not used yet.';

create or replace function tekana.key_was_used(detail text) returns tekana.posting_outcome
language sql immutable parallel safe
return tekana.refused(
    'KEYRE', 'this Idempotency-Key was used for another request', detail,
    'Use a new key for a new request.'
);
comment on function tekana.key_was_used(text) is
'Returns the refusal (KEYRE) of a request whose key was used for another request. detail: what '
'that one made.';

create or replace function tekana.mark_replayed() returns void
language sql volatile
set search_path = ''
as $$
    select set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true)
$$;
comment on function tekana.mark_replayed() is
'Tells the client, by a header of the response, that this is the answer to an earlier request with '
'the same key.';

create or replace function tekana.replay_posting(
    earlier tekana.transactions, actor_id bigint, idempotency_key uuid, request_hash uuid
) returns tekana.posting_outcome
language plpgsql stable
set search_path = ''
as $$
begin
    if earlier.actor_id <> replay_posting.actor_id
        or earlier.idempotency_key is distinct from replay_posting.idempotency_key
        or earlier.request_hash <> replay_posting.request_hash then
        return tekana.key_was_used(
            'reference_number: ' || tekana.reference_number(earlier.transaction_id)
        );
    end if;
    -- Completed, cancelled, expired or reversed since: the first answer did not know that yet.
    if earlier.held_amount is not null then
        earlier.status := 'PENDING';
        earlier.status_message := null;
        earlier.amount := earlier.held_amount;
        earlier.debited_balance_after := null;
        earlier.credited_balance_after := null;
        earlier.ended_at := null;
    elsif earlier.status = 'REVERSED' then
        earlier.status := 'COMPLETED';
    end if;
    return tekana.recorded(earlier, is_replayed => true);
end
$$;
comment on function tekana.replay_posting(tekana.transactions, bigint, uuid, uuid) is
'Returns the first answer to a posting that is repeated with its key, or the refusal (KEYRE) of '
'another request with that key.';

create or replace function tekana.replay_ending(earlier tekana.transactions)
returns tekana.posting_outcome
language plpgsql stable
set search_path = ''
as $$
begin
    if earlier.status = 'REVERSED' then
        earlier.status := 'COMPLETED';
    end if;
    return tekana.recorded(earlier, is_replayed => true);
end
$$;
comment on function tekana.replay_ending(tekana.transactions) is
'Returns the first answer to an ending that is repeated with its key.';

create or replace function tekana.amount_to_move(
    asked numeric, most numeric, minor_units integer, problem text
) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
    if asked is null then
        return most;
    end if;
    perform tekana.raise_field_problems(
        array['amount'],
        array[coalesce(
            tekana.amount_problem(asked),
            case
                when scale(trim_scale(asked)) > amount_to_move.minor_units
                then 'has more decimals than the currency allows: ' || amount_to_move.minor_units
                when asked > most then amount_to_move.problem || ': ' || most
            end
        )]
    );
    return round(asked, amount_to_move.minor_units);
end
$$;
comment on function tekana.amount_to_move(numeric, numeric, integer, text) is
'Returns the requested part of an amount, or all of it if asked is null. Raises INVAL if the part '
'is invalid. problem: the message if it is more than most.';

revoke all on function tekana.replay_ending(tekana.transactions),
tekana.amount_to_move(numeric, numeric, integer, text) from public;
revoke all on function tekana.recorded(tekana.transactions, boolean),
tekana.refused(text, text, text, text),
tekana.find_by_key(bigint, uuid),
tekana.key_was_used(text),
tekana.mark_replayed(),
tekana.replay_posting(tekana.transactions, bigint, uuid, uuid) from public;
-- end frozen

-- frozen: db/functions/keep_key.sql
create or replace function tekana.claim_key(asked tekana.idempotency_keys)
returns tekana.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_earlier tekana.transactions;
    v_refusal tekana.posting_outcome;
begin
    -- Whatever records something for this actor waits from here on, or was waited for.
    perform from tekana.users as u where u.user_id = asked.actor_id for update;
    select k.* into v_earlier
    from tekana.find_by_key(asked.actor_id, asked.idempotency_key) as k;
    if v_earlier.transaction_id is not null and not exists (
        select from tekana.idempotency_keys as k
        where k.actor_id = asked.actor_id and k.idempotency_key = asked.idempotency_key
            and k.request_hash = asked.request_hash
    ) then
        v_refusal := tekana.key_was_used(
            'reference_number: ' || tekana.reference_number(v_earlier.transaction_id)
        );
        perform tekana.raise_problem(
            v_refusal.code, v_refusal.message, v_refusal.detail, v_refusal.hint
        );
    end if;
    return v_earlier;
end
$$;
comment on function tekana.claim_key(tekana.idempotency_keys) is
'Returns the transaction that the key of an ending or a group was already used for; null if the '
'key is new. Raises KEYRE if it was used for another request. The caller locks the wallets first. '
'Until the database transaction ends, everything else that records something for the same user '
'waits.';

create or replace function tekana.keep_key(asked tekana.idempotency_keys) returns void
language sql volatile
set search_path = ''
as $$
    insert into tekana.idempotency_keys (actor_id, idempotency_key, request_hash, transaction_id)
    select
        keep_key.asked.actor_id,
        keep_key.asked.idempotency_key,
        keep_key.asked.request_hash,
        keep_key.asked.transaction_id
    on conflict (actor_id, idempotency_key) do nothing
$$;
comment on function tekana.keep_key(tekana.idempotency_keys) is
'Records the key of a request; its actor is already locked. A key that is already recorded does '
'not change.';

revoke all on function tekana.claim_key(tekana.idempotency_keys),
tekana.keep_key(tekana.idempotency_keys) from public;
-- end frozen

-- frozen: db/functions/prepare_postings.sql
create or replace function tekana.short_hash(value text) returns uuid
language sql stable strict parallel safe
return encode(substring(sha256(convert_to(value, 'UTF8')) for 16), 'hex')::uuid;
comment on function tekana.short_hash(text) is
'Returns the first 128 bits of the SHA-256 hash of a text, as a uuid: 16 bytes on disk, although '
'the text may have hundreds.';

create or replace function tekana.posting_problems(posting tekana.posting) returns text
language sql stable
return nullif(concat_ws(
    e'\n',
    case when (posting).debited_wallet_id is null then 'debited_wallet_id: is required' end,
    'credited_wallet_id: ' || case
    num_nonnulls((posting).credited_wallet_id, (posting).credited_account_number)
        when 0 then 'is required, or credited_account_number instead'
        when 2 then 'is given together with credited_account_number: give only one'
    end,
    'transaction_type: ' || case
    num_nonnulls((posting).transaction_type_id, (posting).transaction_type)
        when 0 then 'is required, or transaction_type_id instead'
        when 2 then 'is given together with transaction_type_id: give only one'
    end,
    'amount: ' || tekana.amount_problem((posting).amount),
    'channel_type: '
    || tekana.choice_problem((posting).channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
    case
        when (posting).external_reference_number !~ '^[^[:cntrl:]]{1,100}$'
        then 'external_reference_number: '
            'is not 1 to 100 characters without control characters'
    end,
    case
        when (posting).status <> 'PENDING'
        then 'status: is not PENDING: leave it out to post immediately'
    end,
    'expires_at: ' || case
        when (posting).expires_at is null then null
        when (posting).status is distinct from 'PENDING' then 'is only valid with status PENDING'
        when (posting).expires_at > now() + interval '366 days'
        then 'is more than 366 days away'
    end,
    'Idempotency-Key: ' || tekana.idempotency_key_problem((posting).idempotency_key)
), '');
comment on function tekana.posting_problems(tekana.posting) is
'Says what is wrong with the fields of a posting, one line for each; null if all are valid.';

create or replace function tekana.prepare_postings(
    postings tekana.posting[],
    out prepared tekana.prepared_posting[], out outcomes tekana.posting_outcome[],
    out wallet_ids bigint[]
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_posting tekana.posting;
    v_prepared tekana.prepared_posting;
    v_type tekana.transaction_types;
    v_problems text;
    v_have_unique_references boolean := false;
begin
    -- All places at once: an array that begins where the first is assigned would be read wrongly.
    outcomes := array_fill(
        null::tekana.posting_outcome, array[cardinality(prepare_postings.postings)]
    );
    for v_place in 1..cardinality(postings) loop
        v_posting := postings[v_place];
        v_problems := tekana.posting_problems(v_posting);
        if v_problems is not null then
            outcomes[v_place] := tekana.refused(
                'INVAL', 'some fields are not valid', v_problems
            );
            continue;
        end if;

        -- Of postings that stand together most have one type.
        if (
            v_posting.transaction_type_id = v_type.transaction_type_id
            or v_posting.transaction_type = v_type.code
        ) is not true then
            select * into v_type from tekana.transaction_types as t
            where t.transaction_type_id = v_posting.transaction_type_id
                or t.code = v_posting.transaction_type;
        end if;
        if v_posting.credited_account_number is not null then
            select w.wallet_id into v_posting.credited_wallet_id from tekana.wallets as w
            where w.account_number = v_posting.credited_account_number;
        end if;
        if v_type.transaction_type_id is null then
            outcomes[v_place] := tekana.refused(
                'NFIND', 'there is no such transaction type',
                case
                    when v_posting.transaction_type is null then 'transaction_type_id'
                    else 'transaction_type'
                end || ': does not exist'
            );
            continue;
        elsif v_posting.credited_wallet_id is null then
            outcomes[v_place] := tekana.refused(
                'NFIND', 'there is no such wallet to credit',
                'credited_account_number: does not exist'
            );
            continue;
        elsif v_posting.credited_wallet_id = v_posting.debited_wallet_id then
            outcomes[v_place] := tekana.refused(
                'INVAL', 'some fields are not valid',
                'credited_wallet_id: is the debited wallet'
            );
            continue;
        end if;

        v_prepared := row(
            v_place, v_posting.actor_id, v_posting.customer_id, v_type.transaction_type_id,
            v_posting.debited_wallet_id, v_posting.credited_wallet_id, v_posting.amount,
            v_posting.channel_type, v_posting.external_reference_number,
            v_posting.status is not null, v_posting.expires_at,
            tekana.short_hash(v_posting.idempotency_key),
            case
                when v_posting.idempotency_key is not null then tekana.short_hash(row(
                    'post_transaction', v_type.transaction_type_id, v_posting.debited_wallet_id,
                    v_posting.credited_wallet_id, trim_scale(v_posting.amount),
                    v_posting.channel_type, v_posting.external_reference_number,
                    v_posting.status, extract(epoch from v_posting.expires_at)
                )::text)
            end
        );
        prepared := array_append(prepared, v_prepared);
        wallet_ids := array_append(wallet_ids, v_posting.debited_wallet_id);
        wallet_ids := array_append(wallet_ids, v_posting.credited_wallet_id);
        v_have_unique_references := v_have_unique_references or (
            v_type.has_unique_references and v_posting.external_reference_number is not null
        );
    end loop;

    -- A hold whose time is over uses no reference up: it ends when its wallet is locked.
    if v_have_unique_references then
        wallet_ids := wallet_ids || array(
            select t.debited_wallet_id
            from unnest(prepared) as p
            inner join tekana.transactions as t
                on p.transaction_type_id = t.transaction_type_id
                and p.external_reference_number = t.external_reference_number
            where t.has_unique_reference
                and t.status = 'PENDING' and t.expires_at <= clock_timestamp()
        );
    end if;
end
$$;
comment on function tekana.prepare_postings(tekana.posting[]) is
'Checks postings as far as is possible without locks. prepared: the valid ones, in their order. '
'outcomes: the refusals of the others, by place. wallet_ids: the wallets to lock, which are those '
'of the valid ones and those whose expired holds still use one of their references.';

revoke all on function tekana.short_hash(text), tekana.posting_problems(tekana.posting),
tekana.prepare_postings(tekana.posting[]) from public;
-- end frozen

-- frozen: db/functions/decide_postings.sql
create or replace function tekana.refuse_by_wallets(
    posting tekana.prepared_posting, debited tekana.wallets, credited tekana.wallets
) returns tekana.posting_outcome
language sql immutable
-- Without settings of its own, so that it is inlined: it is asked for every posting.
return case
    -- One answer for another's wallet and for none: a stranger learns nothing from it.
    when (posting).customer_id is not null and (
            (debited).wallet_id is distinct from (posting).debited_wallet_id
            or (debited).customer_id is distinct from (posting).customer_id
        )
    then tekana.refused(
            'DENYD', 'you can debit only your own wallets', null, 'Choose one of your own wallets.'
        )
    when (debited).wallet_id is distinct from (posting).debited_wallet_id
    then tekana.refused(
            'NFIND', 'there is no such wallet to debit', 'debited_wallet_id: does not exist'
        )
    when (credited).wallet_id is distinct from (posting).credited_wallet_id
    then tekana.refused(
            'NFIND', 'there is no such wallet to credit', 'credited_wallet_id: does not exist'
        )
    when scale(trim_scale((posting).amount)) > (debited).minor_units
    then tekana.refused(
            'INVAL', 'some fields are not valid', 'amount: has more decimals than '
            || (debited).currency_code || ' allows: ' || (debited).minor_units::text
        )
end;
comment on function tekana.refuse_by_wallets(
    tekana.prepared_posting, tekana.wallets, tekana.wallets
) is
'Returns the refusal of a posting between these wallets (nothing is recorded), or null. If a '
'wallet is not the one that the posting names, no wallet with that key exists.';

create or replace function tekana.repeated_references(postings tekana.prepared_posting[])
returns integer[]
language plpgsql immutable
set search_path = ''
as $$
begin
    return array(
        select r.first_place
        from (
            select
                p.place,
                min(p.place) over alike as first_place,
                count(*) over alike as times
            from unnest(repeated_references.postings) as p
            where p.external_reference_number is not null
            window alike as (partition by p.transaction_type_id, p.external_reference_number)
        ) as r
        right join generate_series(
            1, (select max(p.place) from unnest(repeated_references.postings) as p)
        ) as n (place) on r.place = n.place and r.times > 1
        order by n.place
    );
end
$$;
comment on function tekana.repeated_references(tekana.prepared_posting[]) is
'For each place, returns the first place with the same transaction type and '
'external_reference_number; null if no other posting has them.';

create or replace function tekana.reference_is_used(posting tekana.prepared_posting)
returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
    return exists (
        select from tekana.transactions as t
        where t.has_unique_reference
            and t.transaction_type_id = posting.transaction_type_id
            and t.external_reference_number = posting.external_reference_number
            and t.status in ('PENDING', 'COMPLETED', 'REVERSED')
    );
end
$$;
comment on function tekana.reference_is_used(tekana.prepared_posting) is
'Returns whether another transaction of the type already uses the external_reference_number of a '
'posting that needs a unique one.';

create or replace function tekana.count_holds(wallet tekana.wallets) returns integer
language plpgsql stable
set search_path = ''
as $$
begin
    if wallet.held_amount = 0 then
        return 0;
    end if;
    return (
        select count(*)
        from tekana.transactions as t
        where t.debited_wallet_id = wallet.wallet_id and t.status = 'PENDING'
    );
end
$$;
comment on function tekana.count_holds(tekana.wallets) is
'Returns the number of PENDING transactions that hold money of a wallet.';

create or replace function tekana.draft_transaction(
    posting tekana.prepared_posting, terms tekana.posting_terms,
    debited tekana.wallets, credited tekana.wallets, decline tekana.decline, at timestamptz
) returns tekana.transactions
language sql volatile
-- Without settings of its own, so that it is inlined: it is asked for every posting.
-- In the order of the table's columns.
return row(
    nextval('tekana.transactions_transaction_id_seq'),
    (posting).transaction_type_id,
    (debited).wallet_id,
    (credited).wallet_id,
    (debited).customer_id,
    (credited).customer_id,
    (posting).actor_id,
    null, -- reverses_transaction_id
    at, -- created_at
    null, null, null, -- of an ending
    case when (decline).code is null and (posting).is_hold then (posting).expires_at end,
    (posting).idempotency_key,
    (posting).request_hash,
    (posting).amount,
    case when (decline).code is null and (posting).is_hold then (posting).amount end,
    case
        when (decline).code is null and not (posting).is_hold
        then (debited).current_balance - (posting).amount
    end,
    case
        when (decline).code is null and not (posting).is_hold
        then (credited).current_balance + (posting).amount
    end,
    (debited).currency_code,
    (posting).channel_type,
    case
        when (decline).code is not null then 'FAILED'
        when (posting).is_hold then 'PENDING'
        else 'COMPLETED'
    end,
    (decline).code,
    (decline).message,
    (posting).external_reference_number,
    nullif(
        (terms).has_unique_references and (posting).external_reference_number is not null, false
    )
)::tekana.transactions;
comment on function tekana.draft_transaction(
    tekana.prepared_posting, tekana.posting_terms, tekana.wallets, tekana.wallets, tekana.decline,
    timestamptz
) is
'Returns the transaction to record for a posting: FAILED if it is declined, else with the balances '
'after it unless it is a hold. at: when it was decided.';

create or replace function tekana.decide_postings(
    prepared tekana.prepared_posting[], locked tekana.locked_wallets, atomic boolean,
    out drafts tekana.transactions[], out places integer[], out full_places integer[],
    inout outcomes tekana.posting_outcome[], out wallets tekana.wallets[]
)
language plpgsql volatile
set search_path = ''
as $$
declare
    -- All of them may expire at once, and whoever needs the wallet next releases them.
    v_most_holds constant integer := 10000;
    -- Taken after the locks: a wallet's transactions are in the order of their times.
    v_now timestamptz := clock_timestamp();
    v_wallet_ids bigint[] := locked.wallet_ids;
    v_replayed integer[];
    v_replays tekana.posting_outcome[];
    v_posting tekana.prepared_posting;
    v_debited_place integer;
    v_credited_place integer;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_terms tekana.posting_terms;
    v_refusal tekana.posting_outcome;
    v_decline tekana.decline;
    v_draft tekana.transactions;
    -- For places, the first with the same reference; and of these, those that a draft has used.
    v_repeated integer[];
    v_used integer[] := '{}';
    v_holds integer[];
begin
    wallets := locked.wallets;
    select
        array_agg(p.place),
        array_agg(tekana.replay_posting(e, p.actor_id, p.idempotency_key, p.request_hash))
    into v_replayed, v_replays
    from unnest(decide_postings.prepared) as p
    cross join lateral tekana.find_by_key(p.actor_id, p.idempotency_key) as e;

    foreach v_posting in array coalesce(decide_postings.prepared, '{}') loop
        -- Their keys are in order: this is where each of them is, if it is there.
        v_debited_place := width_bucket(v_posting.debited_wallet_id, v_wallet_ids);
        v_credited_place := width_bucket(v_posting.credited_wallet_id, v_wallet_ids);
        v_debited := wallets[v_debited_place];
        v_credited := wallets[v_credited_place];
        v_refusal := tekana.refuse_by_wallets(v_posting, v_debited, v_credited);
        if v_refusal.code is not null then
            outcomes[v_posting.place] := v_refusal;
            continue;
        elsif v_posting.place = any(v_replayed) then
            outcomes[v_posting.place] := v_replays[array_position(v_replayed, v_posting.place)];
            continue;
        end if;

        -- Of postings that stand together most have the same.
        if v_terms.transaction_type_id is distinct from v_posting.transaction_type_id
            or v_terms.debited_wallet_type_id <> v_debited.wallet_type_id
            or v_terms.credited_wallet_type_id <> v_credited.wallet_type_id
        then
            v_terms := tekana.posting_terms(
                v_posting.transaction_type_id, v_debited.wallet_type_id, v_credited.wallet_type_id
            );
        end if;
        if v_posting.is_hold then
            v_posting.expires_at := coalesce(v_posting.expires_at, v_now + v_terms.hold_duration);
            -- Not before the key was looked up: whoever asks again may be late.
            if v_posting.expires_at <= v_now then
                outcomes[v_posting.place] := tekana.refused(
                    'INVAL', 'some fields are not valid',
                    'expires_at: is not in the future'
                );
                continue;
            end if;
        end if;
        if v_terms.has_unique_references and v_posting.external_reference_number is not null then
            v_repeated := coalesce(v_repeated, tekana.repeated_references(prepared));
            if v_repeated[v_posting.place] = any(v_used)
                or tekana.reference_is_used(v_posting)
            then
                outcomes[v_posting.place] := tekana.refused(
                    'TAKEN', 'the value of a field is already in use',
                    'external_reference_number: is already in use'
                );
                continue;
            end if;
        end if;

        -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
        v_posting.amount := round(v_posting.amount, v_debited.minor_units);
        v_decline := tekana.decline_reason(
            v_terms, v_debited, v_credited, v_posting.amount, v_posting.is_hold
        );
        if v_posting.is_hold and not v_debited.is_operator and v_decline.code is null then
            v_holds[v_debited_place] := 1
                + coalesce(v_holds[v_debited_place], tekana.count_holds(v_debited));
            if v_holds[v_debited_place] > v_most_holds then
                v_holds[v_debited_place] := v_most_holds;
                v_decline := row('LIMIT', 'the debited wallet has the maximum number of holds');
            end if;
        end if;
        -- The others of a group are judged as if this one were posted: what is told of them must
        -- not depend on somebody else's balance.
        if atomic and v_decline = tekana.full_wallet() then
            full_places := array_append(full_places, coalesce(cardinality(drafts), 0) + 1);
            v_decline := null;
        end if;
        v_draft := tekana.draft_transaction(
            v_posting, v_terms, v_debited, v_credited, v_decline, v_now
        );
        if v_draft.has_unique_reference and v_draft.status <> 'FAILED'
            and v_repeated[v_posting.place] is not null
        then
            v_used := array_append(v_used, v_repeated[v_posting.place]);
        end if;
        if v_draft.status = 'PENDING' then
            v_debited.held_amount := v_debited.held_amount + v_draft.amount;
            wallets[v_debited_place] := v_debited;
        elsif v_draft.status = 'COMPLETED' then
            v_debited.current_balance := v_draft.debited_balance_after;
            v_credited.current_balance := v_draft.credited_balance_after;
            wallets[v_debited_place] := v_debited;
            wallets[v_credited_place] := v_credited;
        end if;
        drafts := array_append(drafts, v_draft);
        places := array_append(places, v_posting.place);
    end loop;
end
$$;
comment on function tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, boolean, tekana.posting_outcome[]
) is
'Decides postings between locked wallets, in order. drafts: the transactions to record, with the '
'balances after them, or FAILED with the reason. places: the posting of each draft. full_places: '
'drafts of a group whose credited wallet is full, drafted as if it were not. outcomes: as given, '
'with the refusals and replayed answers. wallets: their state after all drafts.';

revoke all on function
tekana.refuse_by_wallets(tekana.prepared_posting, tekana.wallets, tekana.wallets),
tekana.draft_transaction(
    tekana.prepared_posting, tekana.posting_terms, tekana.wallets, tekana.wallets, tekana.decline,
    timestamptz
),
tekana.repeated_references(tekana.prepared_posting[]),
tekana.reference_is_used(tekana.prepared_posting), tekana.count_holds(tekana.wallets),
tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, boolean, tekana.posting_outcome[]
) from public;
-- end frozen

-- frozen: db/functions/refuse_group.sql
create or replace function tekana.refuse_group(outcomes tekana.posting_outcome[]) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
    v_outcome tekana.posting_outcome;
begin
    for v_place in 1..coalesce(cardinality(outcomes), 0) loop
        v_outcome := outcomes[v_place];
        if v_outcome.code is not null then
            perform tekana.raise_problem(
                v_outcome.code, v_outcome.message,
                coalesce(
                    regexp_replace(
                        v_outcome.detail, '^', format('transactions[%s].', v_place - 1), 'gn'
                    ),
                    format('transactions[%s]: %s', v_place - 1, v_outcome.message)
                ),
                coalesce(v_outcome.hint, 'Nothing of the group was posted.')
            );
        end if;
    end loop;
end
$$;
comment on function tekana.refuse_group(tekana.posting_outcome[]) is
'Refuses an atomic group if any of its postings is refused, with the error of the first. The '
'details name that posting, counted from 0 as in JSON.';
revoke all on function tekana.refuse_group(tekana.posting_outcome[]) from public;
-- end frozen

-- frozen: db/functions/post_batch.sql
create or replace function tekana.raise_faster_request() returns void
language plpgsql immutable
set search_path = ''
as $$
begin
    raise exception 'another request used one of these keys at the same moment'
        using errcode = 'serialization_failure', hint = 'Repeat the request.';
end
$$;
comment on function tekana.raise_faster_request() is
'Raises 40001: another request used one of the keys at the same moment. Repeating the request '
'returns that outcome.';

create or replace function tekana.record_transactions(variadic drafts tekana.transactions[])
returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
    v_recorded integer;
begin
    insert into tekana.transactions overriding system value
    select d.*
    from unnest(record_transactions.drafts) as d
    on conflict (actor_id, idempotency_key) do nothing;
    get diagnostics v_recorded = row_count;

    -- Endings and groups hold their actor (users) for update, which recording has waited for: one
    -- of the two sees the other.
    if exists (
        select from unnest(record_transactions.drafts) as d
        inner join tekana.idempotency_keys as k
            on d.actor_id = k.actor_id and d.idempotency_key = k.idempotency_key
    ) then
        perform tekana.raise_faster_request();
    end if;
    return v_recorded;
end
$$;
comment on function tekana.record_transactions(tekana.transactions[]) is
'Records decided transactions, except those whose idempotency key another transaction has already '
'used; returns how many. Raises 40001 if an ending or a group used one of the keys at the same '
'moment.';

create or replace function tekana.set_balances(
    wallets tekana.wallets[], forced boolean default false
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
    update tekana.wallets as w
    set
        current_balance = n.current_balance,
        held_amount = n.held_amount,
        is_under_floor = coalesce(
            n.current_balance - n.held_amount < w.minimum_balance
            and (w.is_under_floor or set_balances.forced),
            false
        )
    from unnest(set_balances.wallets) as n
    where
        n.wallet_id = w.wallet_id
        and (n.current_balance <> w.current_balance or n.held_amount <> w.held_amount);
end
$$;
comment on function tekana.set_balances(tekana.wallets[], boolean) is
'Stores the balances that locked wallets have after the transactions recorded by the caller. '
'forced: the available balance of a wallet may fall below its floor.';

create or replace function tekana.decline_group(
    drafts tekana.transactions[], full_places integer[]
) returns tekana.transactions[]
language plpgsql immutable
set search_path = ''
as $$
declare
    v_draft tekana.transactions;
    v_decline tekana.decline;
    -- That a wallet is full tells of somebody else's balance: only when nothing else is in the way.
    v_is_by_full_wallets boolean := not exists (
        select from unnest(drafts) as d where d.status = 'FAILED'
    );
begin
    for v_place in 1..cardinality(drafts) loop
        v_draft := drafts[v_place];
        if v_draft.decline_code is null then
            v_decline := case
                when v_is_by_full_wallets and v_place = any(full_places) then tekana.full_wallet()
                else row('GROUP', 'another transaction of its group was declined')::tekana.decline
            end;
            v_draft.status := 'FAILED';
            v_draft.decline_code := v_decline.code;
            v_draft.status_message := v_decline.message;
            v_draft.held_amount := null;
            v_draft.expires_at := null;
            v_draft.debited_balance_after := null;
            v_draft.credited_balance_after := null;
            drafts[v_place] := v_draft;
        end if;
    end loop;
    return drafts;
end
$$;
comment on function tekana.decline_group(tekana.transactions[], integer[]) is
'Declines all drafts of an atomic group of which at least one is declined. full_places: drafts '
'whose credited wallet is full; they get this as their reason only if no other draft is declined.';

create or replace function tekana.post_batch(postings tekana.posting[], atomic boolean)
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record;
    v_locked tekana.locked_wallets;
    v_decided record;
    v_outcomes tekana.posting_outcome[];
    v_drafts tekana.transactions[];
    v_asked integer;
    v_recorded integer;
    v_declined boolean := false;
begin
    v_prepared := tekana.prepare_postings(postings);
    loop
        v_locked := tekana.lock_wallets(variadic v_prepared.wallet_ids);
        v_decided := tekana.decide_postings(
            v_prepared.prepared, v_locked, atomic, v_prepared.outcomes
        );
        v_drafts := v_decided.drafts;
        v_asked := coalesce(cardinality(v_drafts), 0);
        if atomic then
            perform tekana.refuse_group(v_decided.outcomes);
            if v_asked not in (0, cardinality(postings)) then
                perform tekana.raise_problem(
                    'KEYRE', 'some of these transactions were already requested, others were not',
                    null, 'Repeat the group unchanged, or use new keys.'
                );
            end if;
            v_declined := v_decided.full_places is not null
                or exists (select from unnest(v_drafts) as d where d.status = 'FAILED');
            if v_declined then
                v_drafts := tekana.decline_group(v_drafts, v_decided.full_places);
            end if;
        end if;
        if v_asked = 0 then
            return v_decided.outcomes;
        end if;

        v_recorded := tekana.record_transactions(variadic v_drafts);
        exit when v_recorded = v_asked;
        -- A key was taken meanwhile by a request over other wallets. Of one transaction nothing is
        -- written yet; of several, some are, with balances that are not so any more.
        if v_asked > 1 then
            perform tekana.raise_faster_request();
        end if;
    end loop;

    if not v_declined then
        perform tekana.set_balances(v_decided.wallets);
    end if;
    v_outcomes := v_decided.outcomes;
    for v_place in 1..v_asked loop
        v_outcomes[v_decided.places[v_place]] := tekana.recorded(v_drafts[v_place]);
    end loop;
    return v_outcomes;
end
$$;
comment on function tekana.post_batch(tekana.posting[], boolean) is
'Posts, holds, declines or refuses postings in their order, all at once, and returns their '
'outcomes. Their keys must differ. atomic: all or none; one refusal raises, and one decline '
'declines all. Raises 40001 or 40P01 if another request uses one of the keys at the same moment.';

revoke all on function tekana.raise_faster_request(),
tekana.record_transactions(tekana.transactions[]),
tekana.set_balances(tekana.wallets[], boolean),
tekana.decline_group(tekana.transactions[], integer[]), tekana.post_batch(tekana.posting[], boolean)
from public;
-- end frozen

-- frozen: db/functions/post_transaction.sql
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
    expires_at timestamptz default null,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_outcomes tekana.posting_outcome[];
begin
    v_outcomes := tekana.post_batch(array[row(
        tekana.current_user_id(), tekana.acting_customer_id(),
        post_transaction.debited_wallet_id, post_transaction.credited_wallet_id,
        post_transaction.credited_account_number, post_transaction.transaction_type_id,
        post_transaction.transaction_type, post_transaction.amount,
        post_transaction.channel_type, post_transaction.external_reference_number,
        post_transaction.status, post_transaction.expires_at, post_transaction.idempotency_key
    )::tekana.posting], false);
    return tekana.respond(v_outcomes[1]);
end
$$;
comment on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) is
'Moves money from one wallet to another, or, with status PENDING, holds it until the hold is '
'completed, is cancelled or expires. For the owner of the debited wallet and staff. amount is in '
'major units. Give the transaction type by key or code, and the credited wallet by key or account '
'number. expires_at is only for holds; the default is the hold_duration of the transaction type. A '
'decline (funds, limits, rules, currencies, inactive wallet or type) is recorded with status '
'FAILED. If the same user repeats the request with the same idempotency_key, the first answer is '
'returned.';

revoke all on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) from public;
grant execute on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/read_postings.sql
create or replace function tekana.raise_unreadable(transactions jsonb) returns void
language plpgsql stable
set search_path = ''
as $$
declare
    v_field record;
begin
    for v_field in
        select format('transactions[%s].%s', i.place - 1, f.key) as name, f.key, f.value
        from jsonb_array_elements(transactions) with ordinality as i (item, place)
        cross join lateral jsonb_each(i.item) as f
        order by i.place
    loop
        begin
            perform jsonb_populate_record(
                null::tekana.posting, jsonb_build_object(v_field.key, v_field.value)
            );
        exception when data_exception then
            perform tekana.raise_field_problems(
                array[v_field.name], array['cannot be read: ' || left(sqlerrm, 200)]
            );
        end;
    end loop;
end
$$;
comment on function tekana.raise_unreadable(jsonb) is
'Refuses a list of transactions because of the first field whose value cannot be converted to its '
'type, and names the field.';

create or replace function tekana.read_postings(transactions jsonb, group_key text)
returns tekana.posting[]
language plpgsql stable
set search_path = ''
as $$
declare
    v_known constant text[] := array[
        'debited_wallet_id', 'credited_wallet_id', 'credited_account_number',
        'transaction_type_id', 'transaction_type', 'amount', 'channel_type',
        'external_reference_number', 'status', 'expires_at', 'idempotency_key'
    ];
    v_fields text[];
    v_problems text[];
    v_mine tekana.posting;
begin
    if jsonb_typeof(transactions) is distinct from 'array' then
        v_fields := array['transactions'];
        v_problems := array['is not a list'];
    elsif jsonb_array_length(transactions) not between 1 and 10000 then
        v_fields := array['transactions'];
        v_problems := array['does not have 1 to 10000 elements'];
    elsif exists (
        select from jsonb_array_elements(transactions) as i (item)
        where i.item ->> 'idempotency_key' = group_key
            or starts_with(i.item ->> 'idempotency_key', group_key || e'\n')
    ) then
        v_fields := array['transactions'];
        v_problems := array[
            'one has the idempotency_key of the group, or one that begins with it'
        ];
    else
        select
            array_agg(
                format('transactions[%s]', i.place - 1) || coalesce('.' || k.name, '')
                order by i.place
            ),
            array_agg(
                case when k.name is null then 'is not an object' else 'is not known' end
                order by i.place
            )
        into v_fields, v_problems
        from jsonb_array_elements(transactions) with ordinality as i (item, place)
        left join lateral jsonb_object_keys(
            case jsonb_typeof(i.item) when 'object' then i.item else '{}' end
        ) as k (name) on k.name <> all(v_known)
        where jsonb_typeof(i.item) <> 'object' or k.name is not null;
    end if;
    perform tekana.raise_field_problems(
        v_fields || array['Idempotency-Key'],
        v_problems || array[tekana.idempotency_key_problem(group_key, 240)]
    );

    v_mine.actor_id := tekana.current_user_id();
    v_mine.customer_id := tekana.acting_customer_id();
    begin
        return (
            select array_agg(
                jsonb_populate_record(
                    v_mine,
                    jsonb_build_object('idempotency_key', group_key || e'\n' || i.place)
                    || jsonb_strip_nulls(i.item)
                )
                order by i.place
            )
            from jsonb_array_elements(transactions) with ordinality as i (item, place)
        );
    exception when data_exception then
        -- One of them: which, and what of it, is looked for only now.
        perform tekana.raise_unreadable(transactions);
        raise;
    end;
end
$$;
comment on function tekana.read_postings(jsonb, text) is
'Reads the postings of a group, requested by the signed-in user. A posting without a key of its '
'own gets one derived from the key of the group and its position.';

revoke all on function tekana.raise_unreadable(jsonb),
tekana.read_postings(jsonb, text) from public;
-- end frozen

-- frozen: db/functions/post_each.sql
create or replace function tekana.lock_wallets_of(postings tekana.posting[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record := tekana.prepare_postings(postings);
begin
    perform tekana.lock_wallets(variadic v_prepared.wallet_ids);
end
$$;
comment on function tekana.lock_wallets_of(tekana.posting[]) is
'Locks all wallets of some postings, for callers that do something before they post them or that '
'post them in parts.';

create or replace function tekana.post_each(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_first integer[];
    v_again integer[];
    v_outcomes tekana.posting_outcome[];
    v_some tekana.posting_outcome[];
begin
    if cardinality(postings) > 1 then
        select
            array_agg(p.place order by p.place) filter (where not p.is_again),
            array_agg(p.place order by p.place) filter (where p.is_again)
        into v_first, v_again
        from (
            select
                q.ordinality::integer as place,
                q.idempotency_key is not null and row_number() over (
                    partition by q.actor_id, q.idempotency_key order by q.ordinality
                ) > 1 as is_again
            from unnest(post_each.postings) with ordinality as q
        ) as p;
    end if;
    if v_again is null then
        return tekana.post_batch(postings, false);
    end if;
    -- A key that comes twice: the second one is answered as the first was. It may be over other
    -- wallets, which are locked now: later would be out of order.
    perform tekana.lock_wallets_of(postings);
    v_some := tekana.post_batch(
        array(select postings[f] from unnest(v_first) with ordinality as u (f, n) order by n), false
    );
    for v_n in 1..cardinality(v_first) loop
        v_outcomes[v_first[v_n]] := v_some[v_n];
    end loop;
    for v_n in 1..cardinality(v_again) loop
        v_some := tekana.post_batch(array[postings[v_again[v_n]]], false);
        v_outcomes[v_again[v_n]] := v_some[1];
    end loop;
    return v_outcomes;
end
$$;
comment on function tekana.post_each(tekana.posting[]) is
'Posts each posting by itself, in their order, all at once: a decline or refusal of one does not '
'affect the others.';

revoke all on function tekana.lock_wallets_of(tekana.posting[]),
tekana.post_each(tekana.posting[]) from public;
-- end frozen

-- frozen: db/functions/post_transactions.sql
create or replace function tekana.outcome_json(
    outcome tekana.posting_outcome, customer_id bigint
) returns json
language sql stable
return json_build_object(
    'transaction', case
        when outcome.code is null
        then to_json(tekana.as_seen((outcome).recorded, outcome_json.customer_id))
    end,
    'error', case
        when outcome.code is not null then json_build_object(
                'code', outcome.code, 'message', outcome.message,
                'details', outcome.detail, 'hint', outcome.hint
            )
        when ((outcome).recorded).status = 'FAILED'
        then tekana.decline_error((outcome).recorded)::json
    end,
    'replayed', outcome.is_replayed
);
comment on function tekana.outcome_json(tekana.posting_outcome, bigint) is
'Returns the outcome of one posting of a group as JSON, as the customer with this key may see it; '
'null for staff.';

create or replace function tekana.post_group(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_outcomes tekana.posting_outcome[];
    v_error jsonb;
begin
    if (
        select count(distinct p.idempotency_key) < count(p.idempotency_key)
        from unnest(postings) as p
    ) then
        perform tekana.raise_field_problems(
            array['transactions'], array['two of them have the same idempotency_key']
        );
    end if;
    v_outcomes := tekana.post_batch(postings, true);
    -- All asked for before, but not together: as a group they have no outcome.
    if (
        select
            count(*) filter (where r.status = 'FAILED') not in (0, count(*))
            or bool_and(r.decline_code is not distinct from 'GROUP')
        from unnest(v_outcomes) as o
        cross join lateral (select (o.recorded).*) as r
    ) then
        perform tekana.raise_problem(
            'KEYRE', 'these transactions were already requested, but not as this group',
            null, 'Repeat the group unchanged, or use new keys.'
        );
    end if;
    select
        tekana.decline_error(o.recorded) || jsonb_build_object(
            'details', format(
                'transactions[%s].reference_number: %s', o.ordinality - 1,
                tekana.reference_number((o.recorded).transaction_id)
            ),
            'hint', 'All transactions of the group are recorded as FAILED; no money moved.'
        )
    into v_error
    from unnest(v_outcomes) with ordinality as o
    where (o.recorded).decline_code <> 'GROUP'
    order by o.ordinality
    limit 1;
    if v_error is not null then
        perform set_config('response.status', '422', true);
        perform set_config('response.error', v_error::text, true);
    end if;
    return v_outcomes;
end
$$;
comment on function tekana.post_group(tekana.posting[]) is
'Posts all or none. If one is declined, all are recorded as FAILED, and the response names the '
'declined one.';

create or replace function api.post_transactions(
    transactions jsonb, atomic boolean default true, idempotency_key text default null
) returns json
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_postings tekana.posting[] := tekana.read_postings(
        post_transactions.transactions, post_transactions.idempotency_key
    );
    v_outcomes tekana.posting_outcome[];
    v_customer_id bigint := tekana.current_customer_id();
    v_asked tekana.idempotency_keys;
begin
    v_asked.actor_id := tekana.current_user_id();
    v_asked.idempotency_key := tekana.short_hash(post_transactions.idempotency_key);
    if v_asked.idempotency_key is not null then
        select
            tekana.short_hash(jsonb_build_array(
                'post_transactions',
                post_transactions.atomic is not false,
                -- 5 and 5.00 are one amount, and a time is the same in every zone.
                jsonb_agg(to_jsonb(p) || jsonb_build_object(
                    'amount', trim_scale(p.amount), 'expires_at', extract(epoch from p.expires_at)
                ))
            )::text)
        into v_asked.request_hash
        from unnest(v_postings) as p;
    end if;
    for v_tries_left in reverse 4..0 loop
        begin
            if v_asked.idempotency_key is not null then
                perform tekana.lock_wallets_of(v_postings);
                perform tekana.claim_key(v_asked);
            end if;
            v_outcomes := case
                when post_transactions.atomic is not false then tekana.post_group(v_postings)
                else tekana.post_each(v_postings)
            end;
            v_asked.transaction_id := (
                select min((o.recorded).transaction_id) from unnest(v_outcomes) as o
            );
            if v_asked.idempotency_key is not null and v_asked.transaction_id is not null then
                perform tekana.keep_key(v_asked);
            end if;
            exit;
        exception when serialization_failure or unique_violation or deadlock_detected then
            -- Another request used one of the keys or references meanwhile, perhaps in another
            -- order: now its outcome is there to be told.
            if v_tries_left = 0 then
                raise;
            end if;
        end;
    end loop;
    if not exists (select from unnest(v_outcomes) as o where o.is_replayed is not true) then
        perform tekana.mark_replayed();
    end if;
    return (
        select json_agg(
            tekana.outcome_json(
                row(o.recorded, o.is_replayed, o.code, o.message, o.detail, o.hint),
                v_customer_id
            )
            order by o.ordinality
        )
        from unnest(v_outcomes) with ordinality as o
    );
end
$$;
comment on function api.post_transactions(jsonb, boolean, text) is
'Posts many transactions in one call. transactions is a list of 1 to 10000 objects with the '
'arguments of post_transaction. If atomic is true (default), all or none are posted: if one is '
'declined, all are recorded as FAILED, and the error names the declined one. If atomic is false, '
'each is posted by itself. Returns a list in the same order, of objects with transaction, error '
'(or null) and replayed. Each transaction may have its own idempotency_key; one without gets a key '
'derived from the key of the group and its position. As soon as any part of the group is recorded, '
'by this call or an earlier one, the key of the group is valid only for this group.';

revoke all on function tekana.outcome_json(tekana.posting_outcome, bigint),
tekana.post_group(tekana.posting[]), api.post_transactions(jsonb, boolean, text) from public;
grant execute on function api.post_transactions(jsonb, boolean, text)
to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/post_gathered.sql
create or replace function tekana.post_unhindered(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record;
    v_free bigint[];
    v_free_actors bigint[];
    v_hindered integer[];
    v_places integer[];
    v_outcomes tekana.posting_outcome[];
    v_some tekana.posting_outcome[];
begin
    begin
        return tekana.post_each(postings);
    exception when lock_not_available then
        v_prepared := tekana.prepare_postings(postings);
    end;
    v_free := array(
        select w.wallet_id
        from tekana.wallets as w
        where w.wallet_id = any(v_prepared.wallet_ids)
        order by w.wallet_id
        for no key update skip locked
    );
    -- Who has a group or an ending under way is held (tekana.claim_key).
    v_free_actors := array(
        select u.user_id
        from tekana.users as u
        where u.user_id in (select p.actor_id from unnest(postings) as p)
        for key share skip locked
    );
    v_hindered := array(
        select p.place
        from unnest(v_prepared.prepared) as p
        where p.actor_id <> all(v_free_actors)
            or exists (
                select from tekana.wallets as w
                where w.wallet_id in (p.debited_wallet_id, p.credited_wallet_id)
                    and w.wallet_id <> all(v_free)
            )
    );
    v_places := array(
        select n from generate_subscripts(postings, 1) as n where n <> all(v_hindered)
    );
    v_outcomes := array_fill(
        tekana.refused('55P03', 'what it needs is locked for too long', null),
        array[cardinality(postings)]
    );
    if cardinality(v_places) > 0 then
        v_some := tekana.post_each(
            array(select postings[p] from unnest(v_places) with ordinality as u (p, n) order by n)
        );
        for v_n in 1..cardinality(v_places) loop
            v_outcomes[v_places[v_n]] := v_some[v_n];
        end loop;
    end if;
    return v_outcomes;
end
$$;
comment on function tekana.post_unhindered(tekana.posting[]) is
'Posts each posting by itself, except those whose wallets or actor another transaction locks for '
'longer than lock_timeout: of these nothing is recorded, and their outcome is 55P03. Raises 55P03 '
'if something else is locked, such as a key.';

create or replace function tekana.post_gathered(postings jsonb, lock_milliseconds integer)
returns table (
    transaction json, is_replayed boolean,
    code text, message text, details text, hint text
)
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_item record;
    v_are_open boolean[];
    v_postings tekana.posting[];
    v_posting tekana.posting;
    v_outcomes tekana.posting_outcome[];
    v_outcome tekana.posting_outcome;
    v_error jsonb;
    v_place integer := 0;
begin
    perform set_config('lock_timeout', post_gathered.lock_milliseconds::text, true);
    for v_item in
        select
            jsonb_populate_record(null::tekana.posting, i.item) as posting,
            s.user_id,
            s.role
        from jsonb_array_elements(post_gathered.postings) with ordinality as i (item, place)
        -- One by one: `offset 0` keeps all open sessions from being looked at for a few.
        left join lateral (
            select o.user_id, o.role
            from tekana.open_sessions as o
            where o.session_id = (i.item ->> 'session_id')::bigint
            offset 0
        ) as s on true
        order by i.place
    loop
        v_are_open := array_append(v_are_open, v_item.user_id is not null);
        if v_item.user_id is not null then
            v_posting := v_item.posting;
            v_posting.actor_id := v_item.user_id;
            v_posting.customer_id := case when v_item.role = 'CUSTOMER' then v_item.user_id end;
            v_postings := array_append(v_postings, v_posting);
        end if;
    end loop;
    if v_postings is not null then
        v_outcomes := tekana.post_unhindered(v_postings);
    end if;

    for v_n in 1..coalesce(cardinality(v_are_open), 0) loop
        if v_are_open[v_n] then
            v_place := v_place + 1;
            v_posting := v_postings[v_place];
            v_outcome := v_outcomes[v_place];
        else
            v_outcome := tekana.refused('NAUTH', 'the session has ended', null, 'Sign in again.');
        end if;
        v_error := case
            when (v_outcome.recorded).status = 'FAILED'
            then tekana.decline_error(v_outcome.recorded)
        end;
        transaction := case
            when v_outcome.code is null
            then to_json(tekana.as_seen(v_outcome.recorded, v_posting.customer_id))
        end;
        is_replayed := v_outcome.is_replayed;
        code := coalesce(v_outcome.code, v_error ->> 'code');
        message := coalesce(v_outcome.message, v_error ->> 'message');
        details := coalesce(v_outcome.detail, v_error ->> 'details');
        hint := coalesce(v_outcome.hint, v_error ->> 'hint');
        return next;
    end loop;
end
$$;
comment on function tekana.post_gathered(jsonb, integer) is
'Posts concurrent requests of several users, each by itself. postings: a list of objects with the '
'arguments of post_transaction and the session_id of the user. Returns one row for each, in order: '
'the transaction as its actor may see it, or why it was declined or refused. lock_milliseconds: '
'how long to wait for locks; then the outcome of those that need them is 55P03.';
revoke all on function tekana.post_unhindered(tekana.posting[]),
tekana.post_gathered(jsonb, integer) from public;
grant execute on function tekana.post_gathered(jsonb, integer) to tekana_gatekeeper;
-- end frozen

-- frozen: db/functions/end_hold.sql
create or replace function tekana.find_transaction_to_end(transaction_id bigint)
returns tekana.transactions
language plpgsql stable
set search_path = ''
as $$
declare
    v_found tekana.transactions;
begin
    select * into v_found from tekana.transactions as t
    where t.transaction_id = find_transaction_to_end.transaction_id
        and (
            tekana.acting_customer_id() is null
            or t.debited_customer_id = tekana.acting_customer_id()
        );
    if v_found.transaction_id is null then
        perform tekana.raise_problem(
            'NFIND', 'you have no such transaction', 'transaction_id: does not exist'
        );
    end if;
    return v_found;
end
$$;
comment on function tekana.find_transaction_to_end(bigint) is
'Returns a transaction if the caller owns the debited wallet or is staff; otherwise raises NFIND. '
'This is decided before anything is locked, by columns that never change, so strangers make nobody '
'wait.';

create or replace function tekana.end_hold(
    transaction_id bigint, status text, amount numeric, idempotency_key text
) returns tekana.posting_outcome
language plpgsql volatile
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_held tekana.transactions := tekana.find_transaction_to_end(end_hold.transaction_id);
    v_asked tekana.idempotency_keys := row(
        tekana.current_user_id(), tekana.short_hash(end_hold.idempotency_key),
        tekana.short_hash(
            row(end_hold.status, end_hold.transaction_id, trim_scale(end_hold.amount))::text
        ),
        end_hold.transaction_id
    );
    v_locked tekana.locked_wallets;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_earlier tekana.transactions;
    v_decline tekana.decline;
begin
    perform tekana.raise_field_problems(
        array['Idempotency-Key'],
        array[tekana.idempotency_key_problem(end_hold.idempotency_key)]
    );
    v_locked := tekana.lock_wallets(v_held.debited_wallet_id, v_held.credited_wallet_id);
    if v_asked.idempotency_key is not null then
        v_earlier := tekana.claim_key(v_asked);
        if v_earlier.transaction_id is not null then
            return tekana.replay_ending(v_earlier);
        end if;
    end if;

    -- Read again under the lock of its wallets, which every ending of it takes first.
    select * into v_held from tekana.transactions as t
    where t.transaction_id = end_hold.transaction_id;
    if v_held.status <> 'PENDING' then
        perform tekana.raise_problem(
            'STATE', 'only a PENDING transaction can be completed or cancelled',
            'status: is ' || v_held.status
        );
    end if;
    v_debited := tekana.locked_wallet(v_locked, v_held.debited_wallet_id);
    v_credited := tekana.locked_wallet(v_locked, v_held.credited_wallet_id);
    v_debited.held_amount := v_debited.held_amount - v_held.amount;

    if end_hold.status = 'COMPLETED' then
        v_held.amount := tekana.amount_to_move(
            end_hold.amount, v_held.amount, v_debited.minor_units, 'is more than is held'
        );
        -- Judged as if posted now, with what it holds itself given back first.
        v_decline := tekana.decline_reason(
            tekana.posting_terms(
                v_held.transaction_type_id, v_debited.wallet_type_id, v_credited.wallet_type_id
            ),
            v_debited, v_credited, v_held.amount
        );
        if v_decline.code is not null then
            perform tekana.raise_problem(
                v_decline.code, v_decline.message, null,
                'The transaction stays PENDING; it can be cancelled.'
            );
        end if;
        v_debited.current_balance := v_debited.current_balance - v_held.amount;
        v_credited.current_balance := v_credited.current_balance + v_held.amount;
        v_held.debited_balance_after := v_debited.current_balance;
        v_held.credited_balance_after := v_credited.current_balance;
    end if;
    perform tekana.set_balances(array[v_debited, v_credited]);
    update tekana.transactions as t
    set
        status = end_hold.status,
        amount = v_held.amount,
        debited_balance_after = v_held.debited_balance_after,
        credited_balance_after = v_held.credited_balance_after,
        ending_id = nextval('tekana.transactions_transaction_id_seq'),
        ended_at = clock_timestamp(),
        ended_by = v_asked.actor_id
    where t.transaction_id = end_hold.transaction_id
    returning t.* into v_held;
    if v_asked.idempotency_key is not null then
        perform tekana.keep_key(v_asked);
    end if;
    return tekana.recorded(v_held);
end
$$;
comment on function tekana.end_hold(bigint, text, numeric, text) is
'Ends a PENDING transaction, exactly once. COMPLETED: its amount, or a part of it, moves and the '
'rest is released. CANCELLED: all of it is released.';

revoke all on function tekana.find_transaction_to_end(bigint),
tekana.end_hold(bigint, text, numeric, text) from public;
-- end frozen

-- frozen: db/functions/complete_transaction.sql
create or replace function api.complete_transaction(
    transaction_id bigint, amount numeric default null, idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    return tekana.respond(tekana.end_hold(
        complete_transaction.transaction_id, 'COMPLETED', complete_transaction.amount,
        complete_transaction.idempotency_key
    ));
end
$$;
comment on function api.complete_transaction(bigint, numeric, text) is
'Completes a PENDING transaction: the held money moves. If amount is given, in major units, only '
'this part moves and the rest is released. For the owner of the debited wallet and staff. If the '
'completion is declined, the transaction stays PENDING. Raises NFIND if the caller has no such '
'transaction, and STATE if it is not PENDING. Repeating the request with the same idempotency_key '
'returns the first answer.';
revoke all on function api.complete_transaction(bigint, numeric, text) from public;
grant execute on function api.complete_transaction(bigint, numeric, text)
to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/cancel_transaction.sql
create or replace function api.cancel_transaction(
    transaction_id bigint, idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    return tekana.respond(tekana.end_hold(
        cancel_transaction.transaction_id, 'CANCELLED', null, cancel_transaction.idempotency_key
    ));
end
$$;
comment on function api.cancel_transaction(bigint, text) is
'Cancels a PENDING transaction: releases the held money; no money moves. For the owner of the '
'debited wallet and staff. Raises NFIND if the caller has no such transaction, and STATE if it is '
'not PENDING. Repeating the request with the same idempotency_key returns the first answer.';
revoke all on function api.cancel_transaction(bigint, text) from public;
grant execute on function api.cancel_transaction(bigint, text) to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/reverse_transaction.sql
create or replace function api.reverse_transaction(
    transaction_id bigint,
    channel_type text default 'WEB',
    status_message text default null,
    amount numeric default null,
    force boolean default false,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_original tekana.transactions;
    v_draft tekana.transactions;
    v_earlier tekana.transactions;
    v_locked tekana.locked_wallets;
    v_payer tekana.wallets;
    v_paid tekana.wallets;
    v_left numeric;
    v_may_be_forced boolean;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['channel_type', 'status_message', 'Idempotency-Key'],
        array[
            tekana.choice_problem(reverse_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when length(reverse_transaction.status_message) > 500
                then 'is longer than 500 characters'
            end,
            tekana.idempotency_key_problem(reverse_transaction.idempotency_key)
        ]
    );
    v_original := tekana.find_transaction_to_end(reverse_transaction.transaction_id);
    v_draft.actor_id := tekana.current_user_id();
    v_draft.idempotency_key := tekana.short_hash(reverse_transaction.idempotency_key);
    if v_draft.idempotency_key is not null then
        v_draft.request_hash := tekana.short_hash(row(
            'reverse_transaction', v_original.transaction_id, reverse_transaction.channel_type,
            reverse_transaction.status_message, trim_scale(reverse_transaction.amount),
            reverse_transaction.force
        )::text);
    end if;

    v_locked := tekana.lock_wallets(v_original.debited_wallet_id, v_original.credited_wallet_id);
    select k.* into v_earlier
    from tekana.find_by_key(v_draft.actor_id, v_draft.idempotency_key) as k;
    if v_earlier.transaction_id is not null then
        return tekana.respond(tekana.replay_posting(
            v_earlier, v_draft.actor_id, v_draft.idempotency_key, v_draft.request_hash
        ));
    end if;
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if v_original.status <> 'COMPLETED' or v_original.reverses_transaction_id is not null then
        perform tekana.raise_problem(
            'STATE', 'only a COMPLETED transaction that is not itself a reversal can be reversed',
            case
                when v_original.reverses_transaction_id is null
                then 'status: is ' || v_original.status
                else 'reverses_transaction_id: is ' || v_original.reverses_transaction_id
            end
        );
    end if;
    -- The sides change places: who was paid pays.
    v_payer := tekana.locked_wallet(v_locked, v_original.credited_wallet_id);
    v_paid := tekana.locked_wallet(v_locked, v_original.debited_wallet_id);
    select v_original.amount - coalesce(sum(t.amount), 0) into v_left
    from tekana.transactions as t
    where t.reverses_transaction_id = v_original.transaction_id and t.status = 'COMPLETED';
    select t.can_be_forced_under into v_may_be_forced
    from tekana.wallet_types as t
    where t.wallet_type_id = v_payer.wallet_type_id;

    v_draft.transaction_id := nextval('tekana.transactions_transaction_id_seq');
    v_draft.created_at := clock_timestamp();
    v_draft.transaction_type_id := v_original.transaction_type_id;
    v_draft.debited_wallet_id := v_payer.wallet_id;
    v_draft.credited_wallet_id := v_paid.wallet_id;
    v_draft.debited_customer_id := v_payer.customer_id;
    v_draft.credited_customer_id := v_paid.customer_id;
    v_draft.currency_code := v_original.currency_code;
    v_draft.reverses_transaction_id := v_original.transaction_id;
    v_draft.channel_type := reverse_transaction.channel_type;
    v_draft.amount := tekana.amount_to_move(
        reverse_transaction.amount, v_left, v_payer.minor_units, 'is more than is left to reverse'
    );
    -- Rules and limits do not stand in the way of undoing; only the money must still be there.
    if v_payer.current_balance - v_payer.held_amount - v_draft.amount < v_payer.minimum_balance
        and (reverse_transaction.force and v_may_be_forced) is not true
    then
        v_draft.status := 'FAILED';
        v_draft.decline_code := 'NFUND';
        v_draft.status_message := 'the credited wallet no longer has enough money';
    else
        v_draft.status := 'COMPLETED';
        v_draft.status_message := reverse_transaction.status_message;
        v_draft.debited_balance_after := v_payer.current_balance - v_draft.amount;
        v_draft.credited_balance_after := v_paid.current_balance + v_draft.amount;
    end if;

    if tekana.record_transactions(v_draft) = 0 then
        perform tekana.raise_faster_request();
    end if;
    if v_draft.status = 'COMPLETED' then
        v_payer.current_balance := v_draft.debited_balance_after;
        v_paid.current_balance := v_draft.credited_balance_after;
        perform tekana.set_balances(
            array[v_payer, v_paid], forced => coalesce(reverse_transaction.force, false)
        );
        update tekana.transactions as t set status = 'REVERSED'
        where t.transaction_id = v_original.transaction_id and v_draft.amount = v_left;
    end if;
    return tekana.respond(tekana.recorded(v_draft));
end
$$;
comment on function api.reverse_transaction(bigint, text, text, numeric, boolean, text) is
'Reverses a COMPLETED transaction by a new transaction that refers to it in '
'reverses_transaction_id. If amount is given, in major units, only this part is given back, '
'otherwise all that is left. All reversals together never exceed the original. For staff. The '
'reversal is declined (FAILED) if the wallet that the original credited no longer has enough '
'money. With force, it may take that wallet below its minimum balance if the wallet type allows it '
'(can_be_forced_under). Raises STATE if the transaction is not COMPLETED, or is a reversal itself. '
'Repeating the request with the same idempotency_key returns the first answer.';

revoke all on function api.reverse_transaction(bigint, text, text, numeric, boolean, text)
from public;
grant execute on function api.reverse_transaction(bigint, text, text, numeric, boolean, text)
to tekana_staff;
-- end frozen

-- frozen: db/functions/advance_horizon.sql
-- Transactions are not committed in the order of their places: who drew a place earlier may commit
-- later. What is sealed or proved must not reach to where somebody could still commit. Whoever
-- draws a place holds ROW EXCLUSIVE on the table, by lock_wallets or a statement that writes to it,
-- from before until their transaction has ended and can be seen. So, when all that held this lock
-- after a place was seen to be the last that was drawn have ended, all that there will ever be up
-- to that place can be seen. Nobody waits for this, and of whoever posts nothing is asked.
create or replace function tekana.find_writers(among text[] default null) returns text[]
language sql volatile
set search_path = ''
as $$
    select coalesce(array_agg(distinct l.virtualtransaction), '{}')
    from pg_catalog.pg_locks as l
    where l.locktype = 'relation'
        and l.relation = 'tekana.transactions'::regclass
        and l.database = (
            select d.oid from pg_catalog.pg_database as d where d.datname = current_database()
        )
        and l.mode = 'RowExclusiveLock' and l.granted
        -- What the caller wrote itself it sees and commits along with the horizon.
        and l.pid is distinct from pg_backend_pid()
        and (
            find_writers.among is null
            or l.virtualtransaction = any(find_writers.among)
            -- What was prepared for a two-phase commit has lost the name it had.
            or l.pid is null
        )
$$;
comment on function tekana.find_writers(text[]) is
'Returns the database transactions, except the caller''s own, that are writing to '
'tekana.transactions now. among: only these are considered; null for all.';

create or replace function tekana.last_place() returns bigint
language sql volatile
set search_path = ''
as $$
    select case when s.is_called then s.last_value else s.last_value - 1 end
    from tekana.transactions_transaction_id_seq as s
$$;
comment on function tekana.last_place() is
'Returns the last place in the ledger that was drawn from the sequence.';

-- Not by an advisory lock: whoever may sign in may take any of those, and keep it.
create or replace function tekana.lock_horizon() returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
    if not exists (select from tekana.ledger_horizons) then
        insert into tekana.ledger_horizons (safe_place, next_place, awaited) values (0, 0, '{}')
        on conflict do nothing;
    end if;
    perform from tekana.ledger_horizons for update skip locked;
    return found;
end
$$;
comment on function tekana.lock_horizon() is
'Locks the horizon until the transaction ends; returns false if another transaction has locked it. '
'Waits only for the very first sealing.';

create or replace function tekana.advance_horizon() returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_before tekana.ledger_horizons;
    v_now tekana.ledger_horizons;
    v_is_mine boolean := tekana.lock_horizon();
begin
    select * into v_before from tekana.ledger_horizons as h;
    -- Another who moves it holds it until that is committed: what was so before is still so.
    if not v_is_mine then
        return coalesce(v_before.safe_place, 0);
    end if;
    v_now := v_before;
    v_now.awaited := tekana.find_writers(v_before.awaited);
    if cardinality(v_now.awaited) = 0 then
        v_now.safe_place := v_before.next_place;
        -- The place first and the writers after it, in statements of their own: see above.
        v_now.next_place := tekana.last_place();
        v_now.awaited := tekana.find_writers();
        if cardinality(v_now.awaited) = 0 then
            v_now.safe_place := v_now.next_place;
        end if;
    end if;

    if v_now is distinct from v_before then
        update tekana.ledger_horizons
        set
            safe_place = v_now.safe_place,
            next_place = v_now.next_place,
            awaited = v_now.awaited;
    end if;
    return v_now.safe_place;
end
$$;
comment on function tekana.advance_horizon() is
'Moves the horizon as far as is possible without waiting, and returns it: a place in the ledger up '
'to which nothing more will be committed.';

revoke all on function tekana.find_writers(text[]), tekana.last_place(), tekana.lock_horizon(),
tekana.advance_horizon() from public;
-- end frozen

-- frozen: db/functions/check_wallets.sql
create or replace function tekana.check_wallets(most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    select
        'currency_sums_to_zero',
        'currency ' || w.currency_code,
        format('its wallets come to %s instead of 0', sum(w.current_balance))
    from tekana.wallets as w
    group by w.currency_code
    having sum(w.current_balance) <> 0
    order by w.currency_code
    limit check_wallets.most;

    return query
    select
        'available_balance_is_over_floor',
        'wallet ' || w.wallet_id,
        format(
            case
                when w.current_balance - w.held_amount < w.minimum_balance
                then 'its available balance is %s, its floor %s, and no forced reversal took it '
                    'there'
                else 'its available balance is %s, its floor %s, and it is marked as under it'
            end,
            w.current_balance - w.held_amount, coalesce(w.minimum_balance::text, 'none')
        )
    from tekana.wallets as w
    where w.is_under_floor
        is distinct from coalesce(w.current_balance - w.held_amount < w.minimum_balance, false)
        or w.is_under_floor
        and not exists (
            select from tekana.transactions as t
            where t.debited_wallet_id = w.wallet_id and t.status = 'COMPLETED'
                and t.reverses_transaction_id is not null
        )
    order by w.wallet_id
    limit check_wallets.most;

    return query
    select
        'held_amount_equals_pending',
        'wallet ' || coalesce(w.wallet_id, h.wallet_id),
        format(
            'what is PENDING comes to %s, its held amount is %s',
            coalesce(h.amount, 0), coalesce(w.held_amount::text, 'not there')
        )
    from tekana.wallets as w
    full join (
        select t.debited_wallet_id as wallet_id, sum(t.amount) as amount
        from tekana.transactions as t
        where t.status = 'PENDING'
        group by t.debited_wallet_id
    ) as h on w.wallet_id = h.wallet_id
    where w.held_amount is distinct from coalesce(h.amount, 0)
    order by coalesce(w.wallet_id, h.wallet_id)
    limit check_wallets.most;
end
$$;
comment on function tekana.check_wallets(integer) is
'Lists currencies whose wallets do not sum to zero, wallets whose available balance is below their '
'floor although no forced reversal took it there, wallets that are marked as under their floor and '
'are not, and wallets whose held amount is not the sum of their PENDING transactions.';

revoke all on function tekana.check_wallets(integer) from public;
-- end frozen

-- frozen: db/functions/check_histories.sql
create or replace function tekana.check_histories(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with chained as (
        select
            e.wallet_id,
            e.posting_id,
            e.transaction_id,
            e.amount,
            e.balance_after,
            e.customer_id,
            e.currency_code,
            lag(e.balance_after) over in_order as balance_before,
            (e.customer_id, e.currency_code)
            is distinct from (lag(e.customer_id) over in_order, lag(e.currency_code) over in_order)
                as is_another,
            row_number() over in_order = 1 as is_first
        from tekana.ledger_entries as e
        where
            -- The first condition is what the indexes know.
            (e.transaction_id > check_histories.since or e.ending_id > check_histories.since)
            and e.posting_id > check_histories.since
        window in_order as (partition by e.wallet_id order by e.posting_id)
    ),

    judged as (
        select
            c.*,
            not c.is_first and c.balance_after is distinct from c.balance_before + c.amount
                as is_broken
        from chained as c
    ),

    histories as (
        select
            j.wallet_id,
            sum(j.amount) as moved,
            max(j.balance_after - j.amount) filter (where j.is_first) as opening,
            max(j.transaction_id) filter (where j.is_first) as opened_by,
            max(j.customer_id) filter (where j.is_first) as customer_id,
            max(j.currency_code) filter (where j.is_first) as currency_code,
            min(j.transaction_id) filter (where j.is_another and not j.is_first) as changed_by,
            count(*) filter (where j.is_broken) as breaks,
            min(array[
                j.posting_id, j.transaction_id, j.balance_before + j.amount, j.balance_after
            ]) filter (where j.is_broken) as first_break
        from judged as j
        group by j.wallet_id
    ),

    wrong as (
        select
            i.wallet_id,
            w.current_balance,
            i.proven,
            i.proven + coalesce(h.moved, 0) as expected,
            h.opening,
            h.opened_by,
            a.another_by,
            h.breaks,
            h.first_break
        from tekana.wallets as w
        full join histories as h on w.wallet_id = h.wallet_id
        -- Of a wallet that is gone, and moved nothing since, only the last proof still knows.
        full join tekana.proven_balances as p on coalesce(w.wallet_id, h.wallet_id) = p.wallet_id
        cross join
            lateral (
                select
                    coalesce(w.wallet_id, h.wallet_id, p.wallet_id) as wallet_id,
                    case
                        when check_histories.since > 0 then coalesce(p.balance, 0)
                        else 0
                    end as proven
            ) as i
        cross join
            lateral (
                select
                    case
                        when h.changed_by is not null then 'transaction ' || h.changed_by
                        when
                            h.wallet_id is not null and (h.customer_id, h.currency_code)
                            is distinct from (w.customer_id, w.currency_code)
                        then 'transaction ' || h.opened_by
                        when
                            p.wallet_id is not null and w.wallet_id is not null
                            and (p.customer_id, p.currency_code)
                            is distinct from (w.customer_id, w.currency_code)
                        then 'its last proof'
                    end as another_by
            ) as a
        where
            w.current_balance is distinct from i.proven + coalesce(h.moved, 0)
            or (h.wallet_id is not null and h.opening is distinct from i.proven)
            or a.another_by is not null
            or h.breaks > 0
    ),

    found as (
        select
            v.rule,
            w.wallet_id,
            v.finding,
            row_number() over (partition by v.rule order by w.wallet_id) as place
        from wrong as w
        cross join lateral (
            values
            (
                'balance_equals_history',
                w.current_balance is distinct from w.expected,
                format(
                    'its history comes to %s, its current balance is %s',
                    w.expected, coalesce(w.current_balance::text, 'not there')
                )
            ),
            (
                'balances_chain',
                w.opened_by is not null and w.opening is distinct from w.proven,
                format(
                    'transaction %s is its first and starts from %s instead of %s',
                    w.opened_by, w.opening, w.proven
                )
            ),
            (
                'wallet_is_whose_it_was',
                w.another_by is not null,
                format('it has another owner or currency than by %s', w.another_by)
            ),
            (
                'balances_chain',
                w.breaks > 0,
                format(
                    'the balance after transaction %s should be %s and is %s; such gaps: %s',
                    w.first_break[2], w.first_break[3], w.first_break[4], w.breaks
                )
            )
        ) as v (rule, is_broken, finding)
        where v.is_broken
    )

    select f.rule, 'wallet ' || f.wallet_id, f.finding
    from found as f
    where f.place <= check_histories.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_histories(bigint, integer) is
'Lists wallets whose balance differs from the sum of their entries, whose entries do not each '
'start from the balance that the entry before left, or whose owner or currency differs from that '
'in their entries or in the last proof. since: only entries after this place are read, starting '
'from the proven balances. Which wallets exist, and who owns them, is always compared with the '
'last proof.';

revoke all on function tekana.check_histories(bigint, integer) from public;
-- end frozen

-- frozen: db/functions/check_transactions.sql
create or replace function tekana.check_reversals(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with originals as (
        select t.reverses_transaction_id as transaction_id
        from tekana.transactions as t
        where t.reverses_transaction_id is not null and t.transaction_id > check_reversals.since
        union
        select t.transaction_id
        from tekana.transactions as t
        where t.status = 'REVERSED'
            and (t.transaction_id > check_reversals.since or t.ending_id > check_reversals.since)
    ),

    compared as (
        select
            o.transaction_id,
            coalesce(t.status, 'not there') as status,
            coalesce(t.amount, 0) as amount,
            t.reverses_transaction_id,
            coalesce(r.amount, 0) as given_back,
            r.elsewhere
        from originals as o
        left join tekana.transactions as t on o.transaction_id = t.transaction_id
        cross join lateral (
            select
                sum(r.amount) as amount,
                min(r.transaction_id) filter (
                    where (r.debited_wallet_id, r.credited_wallet_id)
                        is distinct from (t.credited_wallet_id, t.debited_wallet_id)
                ) as elsewhere
            from tekana.transactions as r
            -- A reversal that is itself marked REVERSED moved money too.
            where r.reverses_transaction_id = o.transaction_id
                and r.status in ('COMPLETED', 'REVERSED')
        ) as r
    ),

    found as (
        select
            v.rule,
            c.transaction_id,
            v.finding,
            row_number() over (partition by v.rule order by c.transaction_id) as place
        from compared as c
        cross join lateral (
            values
            (
                'reversals_are_within_original',
                c.given_back > c.amount,
                format('its amount is %s, its reversals come to %s', c.amount, c.given_back)
            ),
            (
                'reversals_give_back',
                c.elsewhere is not null,
                format(
                    'transaction %s reverses it, but not from the wallet that it credited to the '
                    'one that it debited', c.elsewhere
                )
            ),
            (
                'reversals_give_back',
                c.reverses_transaction_id is not null and c.given_back > 0,
                format(
                    'it is reversed, and is itself the reversal of transaction %s',
                    c.reverses_transaction_id
                )
            ),
            (
                'reversed_is_wholly_reversed',
                (c.status = 'REVERSED') <> (c.given_back = c.amount)
                or c.given_back > 0 and c.status not in ('COMPLETED', 'REVERSED'),
                format(
                    'its status is %s, and of its amount of %s reversals gave back %s',
                    c.status, c.amount, c.given_back
                )
            )
        ) as v (rule, is_broken, finding)
        where v.is_broken
    )

    select f.rule, 'transaction ' || f.transaction_id, f.finding
    from found as f
    where f.place <= check_reversals.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_reversals(bigint, integer) is
'Lists transactions whose reversals exceed the original or go to other wallets, reversals that are '
'reversed themselves, and transactions whose status REVERSED disagrees with their reversals. '
'since: only those that changed after this place.';

create or replace function tekana.check_unposted(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with found as (
        select distinct on (v.rule, v.kind, v.key)
            v.rule,
            v.kind || ' ' || v.key as subject,
            v.finding,
            t.transaction_id
        from tekana.transactions as t
        left join tekana.wallets as d on t.debited_wallet_id = d.wallet_id
        left join tekana.wallets as c on t.credited_wallet_id = c.wallet_id
        cross join lateral (
            values
            (
                'only_posted_moved',
                'transaction',
                t.transaction_id,
                case
                    when num_nonnulls(t.debited_balance_after, t.credited_balance_after) > 0
                    then format(
                            'it is %s, and has %s and %s as the balances after it',
                            t.status, coalesce(t.debited_balance_after::text, 'none'),
                            coalesce(t.credited_balance_after::text, 'none')
                        )
                end
            ),
            (
                'pending_is_what_was_held',
                'transaction',
                t.transaction_id,
                case
                    when t.status = 'PENDING' and t.amount is distinct from t.held_amount
                    then format('its amount is %s, held were %s', t.amount, t.held_amount)
                end
            ),
            (
                'wallet_is_whose_it_was',
                'wallet',
                t.debited_wallet_id,
                case
                    when (t.debited_customer_id, t.currency_code)
                        is distinct from (d.customer_id, d.currency_code)
                    then format(
                            'it has another owner or currency than by transaction %s',
                            t.transaction_id
                        )
                end
            ),
            (
                'wallet_is_whose_it_was',
                'wallet',
                t.credited_wallet_id,
                case
                    -- Declined, the wallets may be in two currencies.
                    when t.credited_customer_id is distinct from c.customer_id
                        or t.status <> 'FAILED'
                        and t.currency_code is distinct from c.currency_code
                    then format(
                            'it has another owner or currency than by transaction %s',
                            t.transaction_id
                        )
                end
            )
        ) as v (rule, kind, key, finding)
        where
            (
                t.transaction_id > check_unposted.since or t.ending_id > check_unposted.since
                or t.status = 'PENDING'
            )
            and t.status in ('PENDING', 'FAILED', 'CANCELLED')
            and v.finding is not null
        order by v.rule, v.kind, v.key, t.transaction_id
    )

    select f.rule, f.subject, f.finding
    from (
        select
            found.*,
            row_number() over (partition by found.rule order by found.transaction_id) as place
        from found
    ) as f
    where f.place <= check_unposted.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_unposted(bigint, integer) is
'Lists PENDING, FAILED and CANCELLED transactions that have balances after them, or whose wallets '
'have another owner or currency now (the named payer may complete a hold and can see it); and '
'PENDING ones whose amount is not the amount first held. since: of FAILED and CANCELLED ones, only '
'those recorded or ended after this place.';

revoke all on function tekana.check_reversals(bigint, integer),
tekana.check_unposted(bigint, integer) from public;
-- end frozen

-- frozen: db/functions/check_places.sql
create or replace function tekana.check_places(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
declare
    v_last_place bigint := tekana.last_place();
begin
    return query
    with found as (
        -- Nothing else reads before the first place, and what is beyond the last one is in the way
        -- of whoever draws it.
        select
            t.transaction_id as place,
            'transaction ' || t.transaction_id as subject,
            format(
                'it is at place %s, and those from 1 to %s were drawn',
                case
                    when t.transaction_id between 1 and v_last_place then t.ending_id
                    else t.transaction_id
                end,
                v_last_place
            ) as finding
        from tekana.transactions as t
        where t.transaction_id < 1 or t.transaction_id > v_last_place
            or t.ending_id < 1 or t.ending_id > v_last_place
        union all
        select
            t.transaction_id as place,
            'transaction ' || t.transaction_id as subject,
            format('it ended at place %s, which is not a later one of its own', t.ending_id)
        from tekana.transactions as t
        where t.ending_id > check_places.since
            and (
                t.ending_id <= t.transaction_id
                or exists (
                    select from tekana.transactions as o
                    where o.transaction_id = t.ending_id
                )
            )
        union all
        -- What is settled beforehand nobody reads or seals when it comes.
        select
            r.place,
            r.subject,
            format(
                'it reaches to place %s, and those from 1 to %s were drawn', r.place, v_last_place
            )
        from (
            select p.horizon as place, 'proof ' || p.proof_id as subject
            from tekana.ledger_proofs as p
            union all
            select greatest(h.safe_place, h.next_place), 'the horizon'
            from tekana.ledger_horizons as h
            union all
            (
                select b.last_place, 'block ' || b.block_number
                from tekana.ledger_blocks as b
                order by b.block_number desc
                limit 1
            )
        ) as r
        where r.place > v_last_place
    )

    select 'places_were_drawn', f.subject, f.finding
    from found as f
    order by f.place
    limit check_places.most;
end
$$;
comment on function tekana.check_places(bigint, integer) is
'Lists transactions whose place in the ledger was not drawn from the sequence, ended holds whose '
'ending is not at a later place of its own, and proofs, the horizon and blocks that reach beyond '
'the drawn places. since: of endings, only those after this place.';

revoke all on function tekana.check_places(bigint, integer) from public;
-- end frozen

-- frozen: db/functions/check_ledger.sql
create or replace function tekana.proven_horizon() returns bigint
language sql stable
set search_path = ''
as $$
    select coalesce(max(p.horizon), 0) from tekana.ledger_proofs as p
$$;
comment on function tekana.proven_horizon() is
'Returns the place in the ledger up to which everything is proved; 0 if nothing is proved yet.';

-- Stable, so that all of it reads in the snapshot of the statement that calls it: money may move
-- meanwhile.
create or replace function tekana.check_ledger(full boolean default false, most integer default 100)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
declare
    v_since bigint := case when check_ledger.full then 0 else tekana.proven_horizon() end;
begin
    return query select * from tekana.check_wallets(check_ledger.most);
    return query select * from tekana.check_histories(v_since, check_ledger.most);
    return query select * from tekana.check_reversals(v_since, check_ledger.most);
    return query select * from tekana.check_unposted(v_since, check_ledger.most);
    return query select * from tekana.check_places(v_since, check_ledger.most);
end
$$;
comment on function tekana.check_ledger(boolean, integer) is
'Lists everything that is wrong with the ledger, at most this many findings for each rule; no rows '
'if the ledger is right. Unless full is true, what the last proof covers is not checked again.';

revoke all on function tekana.proven_horizon(), tekana.check_ledger(boolean, integer) from public;
-- end frozen

-- frozen: db/functions/prove_ledger.sql
create or replace function tekana.prove_ledger(
    full boolean default false, most integer default 100
) returns setof tekana.ledger_violation
language plpgsql volatile
set search_path = ''
-- A whole ledger is sorted, and each part of it is planned for how much there is to read.
set work_mem = '256MB'
set plan_cache_mode = 'force_custom_plan'
as $$
declare
    v_since bigint := case when prove_ledger.full then 0 else tekana.proven_horizon() end;
    v_horizon bigint;
begin
    if current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then
        raise exception 'a proof needs a single snapshot'
            using errcode = 'invalid_transaction_state', hint = 'Use repeatable read.';
    end if;

    return query select * from tekana.check_ledger(prove_ledger.full, prove_ledger.most);
    if found then
        return;
    end if;

    -- Who proves at the same moment changes the last proof too, and one of the two fails: else the
    -- later one would write down balances from before the horizon of the other.
    update tekana.ledger_proofs as p set proven_at = p.proven_at
    where p.proof_id = (select max(l.proof_id) from tekana.ledger_proofs as l);

    select greatest(tekana.proven_horizon(), max(h.safe_place)) into v_horizon
    from tekana.ledger_horizons as h;

    -- What is right now is what was there at the horizon and what came after it.
    insert into tekana.proven_balances as b (wallet_id, balance, customer_id, currency_code)
    select
        w.wallet_id, w.current_balance - coalesce(l.amount, 0), w.customer_id, w.currency_code
    from tekana.wallets as w
    left join (
        select e.wallet_id, sum(e.amount) as amount
        from tekana.ledger_entries as e
        where (e.transaction_id > v_horizon or e.ending_id > v_horizon) and e.posting_id > v_horizon
        group by e.wallet_id
    ) as l on w.wallet_id = l.wallet_id
    left join tekana.proven_balances as p on w.wallet_id = p.wallet_id
    -- Also one that no money went through yet: that it is there, and whose it is, is proved.
    where p.wallet_id is null or p.balance <> w.current_balance - coalesce(l.amount, 0)
    on conflict (wallet_id) do update set balance = excluded.balance;

    insert into tekana.ledger_proofs (
        started_at, proven_at, since, horizon, wallets, transactions
    )
    values (
        now(), clock_timestamp(), v_since, v_horizon, (select count(*) from tekana.wallets),
        (select count(*) from tekana.transactions as t where t.transaction_id > v_since)
    );
end
$$;
comment on function tekana.prove_ledger(boolean, integer) is
'Checks the ledger. If nothing is wrong, records what is proved, up to the horizon '
'(tekana.advance_horizon), so that the next check reads only what came later. Returns the findings '
'of tekana.check_ledger. Needs a transaction of its own at isolation level repeatable read. Of two '
'at once, the second raises 40001.';

revoke all on function tekana.prove_ledger(boolean, integer) from public;
-- end frozen

-- frozen: db/functions/digest_records.sql
-- What the seals are made of. Whoever recomputes them elsewhere needs what is said here and in
-- docs/ledger.md, and nothing that a session or a server can be set to: numbers in decimal, times
-- as seconds since 1970, text in UTF-8, all of it as the text of a JSON array.

create or replace function tekana.transaction_digest(t tekana.transactions) returns bytea
language sql stable parallel safe
-- Without a setting, so that it is inlined: it is asked for every row of the ledger.
return sha256(convert_to(
    json_build_array(
        t.transaction_id, t.transaction_type_id, t.debited_wallet_id, t.credited_wallet_id,
        t.debited_customer_id, t.credited_customer_id, t.actor_id, t.reverses_transaction_id,
        extract(epoch from t.created_at), t.ending_id, extract(epoch from t.ended_at), t.ended_by,
        extract(epoch from t.expires_at), t.idempotency_key, t.request_hash,
        t.amount, t.held_amount, t.debited_balance_after,
        t.credited_balance_after, t.currency_code, t.channel_type,
        -- The mark of a reversal comes later. The reversal is a transaction and sealed itself.
        case t.status when 'REVERSED' then 'COMPLETED' else t.status end,
        t.decline_code, t.status_message, t.external_reference_number, t.has_unique_reference
    )::text,
    'UTF8'
));
comment on function tekana.transaction_digest(tekana.transactions) is
'Returns the digest of a transaction: SHA-256 of all its columns, which never change once it is '
'posted, declined or released. REVERSED counts as COMPLETED.';

create or replace function tekana.as_held(t tekana.transactions) returns tekana.transactions
language sql stable parallel safe
-- Without a setting, so that it is inlined.
return jsonb_populate_record(t, jsonb_build_object(
    'status', 'PENDING', 'status_message', null, 'amount', t.held_amount,
    'debited_balance_after', null, 'credited_balance_after', null,
    'ending_id', null, 'ended_at', null, 'ended_by', null
));
comment on function tekana.as_held(tekana.transactions) is
'Returns a hold that has ended as it was before: nothing else of it has changed '
'(tekana.guard_transactions).';

create or replace function tekana.digest_records(
    first_place bigint, last_place bigint,
    out record_count integer, out transaction_ids int8multirange, out ended_ids int8multirange,
    out digests bytea, out contents_hash bytea
)
language sql stable
set search_path = ''
as $$
    select
        count(*)::integer,
        coalesce(
            range_agg(int8range(r.transaction_id, r.transaction_id, '[]'))
                filter (where not r.is_ending),
            '{}'
        ),
        coalesce(
            range_agg(int8range(r.transaction_id, r.transaction_id, '[]'))
                filter (where r.is_ending),
            '{}'
        ),
        string_agg(substr(r.digest, 1, 8), ''::bytea order by r.is_ending, r.transaction_id),
        sha256(string_agg(r.digest, ''::bytea order by r.is_ending, r.transaction_id))
    from (
        select t.transaction_id, false as is_ending, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.transaction_id between digest_records.first_place and digest_records.last_place
            and t.ending_id is null
        union all
        select t.transaction_id, false as is_ending, tekana.transaction_digest(h) as digest
        from tekana.transactions as t
        cross join lateral tekana.as_held(t) as h
        where t.transaction_id between digest_records.first_place and digest_records.last_place
            and t.ending_id is not null
        union all
        select t.transaction_id, true as is_ending, tekana.transaction_digest(t) as digest
        from tekana.transactions as t
        where t.ending_id between digest_records.first_place and digest_records.last_place
    ) as r
$$;
comment on function tekana.digest_records(bigint, bigint) is
'Returns the contents of a block for the places in the ledger from one to another: how many '
'records they have, the keys of the transactions and of the holds that ended, the first 8 bytes of '
'the digests, and the hash of the digests. A transaction has a record at its own place, a hold as '
'it was held; and a hold that has ended has another where it ended.';

create or replace function tekana.list_records(
    transaction_ids int8multirange, ended_ids int8multirange, digests bytea
)
returns table (transaction_id bigint, is_ending boolean, digest bytea)
language sql stable
set search_path = ''
as $$
    select
        i.transaction_id,
        k.is_ending,
        substr(
            list_records.digests,
            8 * (row_number() over (order by k.is_ending, i.transaction_id))::integer - 7,
            8
        )
    from (
        values (false, list_records.transaction_ids), (true, list_records.ended_ids)
    ) as k (is_ending, ids)
    cross join lateral unnest(k.ids) as r
    cross join lateral generate_series(lower(r), upper(r) - 1) as i (transaction_id)
$$;
comment on function tekana.list_records(int8multirange, int8multirange, bytea) is
'Returns the records of a block one by one, each with the first 8 bytes of its digest.';

create or replace function tekana.block_hash(block tekana.ledger_blocks) returns bytea
language sql stable
set search_path = ''
as $$
    select sha256(convert_to(
        json_build_array(
            block.block_number, block.last_place, extract(epoch from block.sealed_at),
            block.record_count, block.transaction_ids::text, block.ended_ids::text,
            encode(block.digests, 'hex'), encode(block.contents_hash, 'hex'),
            encode(block.previous_hash, 'hex')
        )::text,
        'UTF8'
    ))
$$;
comment on function tekana.block_hash(tekana.ledger_blocks) is
'Returns the hash of a block: SHA-256 of its other columns, including the hash of the block '
'before.';

revoke all on function tekana.transaction_digest(tekana.transactions),
tekana.as_held(tekana.transactions), tekana.digest_records(bigint, bigint),
tekana.list_records(int8multirange, int8multirange, bytea),
tekana.block_hash(tekana.ledger_blocks) from public;
-- end frozen

-- frozen: db/functions/seal_ledger.sql
create or replace function tekana.find_next_record(first_place bigint) returns bigint
language sql stable
set search_path = ''
as $$
    select least(
        (
            select min(t.transaction_id) from tekana.transactions as t
            where t.transaction_id >= find_next_record.first_place
        ),
        (
            select min(t.ending_id) from tekana.transactions as t
            where t.ending_id >= find_next_record.first_place
        )
    )
$$;
comment on function tekana.find_next_record(bigint) is
'Returns the first place in the ledger, from first_place on, that has a record. Some places were '
'drawn but not used.';

create or replace function tekana.seal_transactions(
    most integer,
    out record_count integer, out block_number bigint, out last_place bigint, out hash text
)
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_most_in_a_block constant integer := 5000;
    v_lowest_place constant bigint := '-9223372036854775808';
    v_no_hash constant bytea := decode(repeat('00', 32), 'hex');
    v_limit integer;
    v_safe_place bigint;
    v_first_place bigint;
    v_next_record bigint;
    v_contents record;
    v_block tekana.ledger_blocks;
begin
    record_count := 0;
    -- Every statement here must see what was committed until then.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'transactions can be sealed only at isolation level read committed'
            using errcode = 'invalid_transaction_state';
    end if;
    -- Released when the seals are committed, or their writer is gone.
    if not tekana.lock_horizon() then
        return;
    end if;

    v_safe_place := tekana.advance_horizon();
    select b.* into v_block
    from tekana.ledger_blocks as b
    order by b.block_number desc
    limit 1;
    loop
        v_limit := least(v_most_in_a_block, most - record_count);
        v_first_place := coalesce(v_block.last_place + 1, v_lowest_place);
        v_next_record := tekana.find_next_record(v_first_place);
        -- Nothing is there (null), or nothing yet that is safe.
        exit when v_limit <= 0 or v_next_record is null or v_next_record > v_safe_place;
        -- As many places have at most as many records.
        v_block.last_place := least(v_next_record + v_limit - 1, v_safe_place);
        select c.* into v_contents
        from tekana.digest_records(v_first_place, v_block.last_place) as c;

        v_block.block_number := coalesce(v_block.block_number, 0) + 1;
        v_block.sealed_at := clock_timestamp();
        v_block.record_count := v_contents.record_count;
        v_block.transaction_ids := v_contents.transaction_ids;
        v_block.ended_ids := v_contents.ended_ids;
        v_block.digests := v_contents.digests;
        v_block.contents_hash := v_contents.contents_hash;
        v_block.previous_hash := coalesce(v_block.hash, v_no_hash);
        v_block.hash := tekana.block_hash(v_block);
        insert into tekana.ledger_blocks select v_block.*;
        record_count := record_count + v_block.record_count;
    end loop;
    if record_count > 0 then
        block_number := v_block.block_number;
        last_place := v_block.last_place;
        hash := encode(v_block.hash, 'hex');
    end if;
end
$$;
comment on function tekana.seal_transactions(integer) is
'Seals what was committed to the ledger since the last seal in blocks, in order, at most this many '
'records. Returns how many it sealed; if any, also the number, last place and hash of the '
'last block. Does nothing while another process seals or moves the horizon. Needs isolation level '
'read committed.';

revoke all on function tekana.find_next_record(bigint), tekana.seal_transactions(integer)
from public;
grant execute on function tekana.seal_transactions(integer) to tekana_worker;
-- end frozen

-- frozen: db/functions/verify_ledger.sql
create or replace function tekana.find_first_difference(
    block tekana.ledger_blocks, first_place bigint,
    out kind text, out transaction_id bigint, out problem text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_is_ending boolean;
    v_is_sealed boolean;
    v_is_found boolean;
    v_record text;
    v_other_block bigint;
    v_repeated bigint;
begin
    -- Whoever rewrote the block may have put any ranges into it: not to be counted out blindly.
    if (
        select sum(upper(r)::numeric - lower(r))
        from (values (block.transaction_ids), (block.ended_ids)) as k (ids)
        cross join lateral unnest(k.ids) as r
    ) is distinct from block.record_count then
        kind := 'block changed';
        problem := format('block %s does not name as many records as it holds', block.block_number);
        return;
    end if;

    select i.transaction_id, i.is_ending, s.digest is not null, f.digest is not null
    into transaction_id, v_is_ending, v_is_sealed, v_is_found
    from tekana.list_records(block.transaction_ids, block.ended_ids, block.digests) as s
    full join (
        select r.transaction_id, r.is_ending, r.digest
        from tekana.digest_records(first_place, block.last_place) as c
        cross join lateral tekana.list_records(c.transaction_ids, c.ended_ids, c.digests) as r
    ) as f on s.transaction_id = f.transaction_id and s.is_ending = f.is_ending
    cross join lateral (
        select
            coalesce(s.transaction_id, f.transaction_id) as transaction_id,
            coalesce(s.is_ending, f.is_ending) as is_ending
    ) as i
    where s.digest is distinct from f.digest
    order by i.is_ending, i.transaction_id
    limit 1;
    v_record := case when v_is_ending then 'the ending of ' else '' end
        || 'transaction ' || transaction_id;

    -- Behind one that is there twice no digest stands where it did.
    select t.transaction_id into v_repeated
    from tekana.transactions as t
    where t.transaction_id between first_place and block.last_place
    group by t.transaction_id
    having count(*) > 1
    order by t.transaction_id
    limit 1;

    if v_repeated is not null
        and (v_is_ending is distinct from false or v_repeated <= transaction_id)
    then
        kind := 'inserted';
        transaction_id := v_repeated;
        problem := format(
            'transaction %s is there more than once where block %s was sealed',
            transaction_id, block.block_number
        );
    elsif transaction_id is null then
        kind := 'block changed';
        problem := format(
            'block %s does not say what its transactions say, and no single one of them differs',
            block.block_number
        );
    elsif v_is_sealed and v_is_found then
        kind := 'changed';
        problem := format(
            '%s is not what it was when block %s was sealed', v_record, block.block_number
        );
    elsif v_is_sealed then
        kind := 'missing';
        problem := format('%s, sealed in block %s, is missing', v_record, block.block_number);
        if exists (
            select from tekana.transactions as t
            where t.transaction_id = find_first_difference.transaction_id
        ) then
            kind := 'changed';
            problem := format(
                '%s has left its place in the ledger, where block %s was sealed',
                v_record, block.block_number
            );
        end if;
    else
        select min(b.block_number) into v_other_block
        from tekana.ledger_blocks as b
        where case when v_is_ending then b.ended_ids else b.transaction_ids end
            @> find_first_difference.transaction_id;
        if v_other_block is null then
            -- Of a sealed transaction, which had not ended there.
            kind := case when v_is_ending then 'changed' else 'inserted' end;
            problem := format(
                '%s was inserted: block %s was sealed over its place without it',
                v_record, block.block_number
            );
        else
            kind := 'changed';
            problem := format(
                '%s, sealed in block %s, now stands where block %s was sealed',
                v_record, v_other_block, block.block_number
            );
        end if;
    end if;
end
$$;
comment on function tekana.find_first_difference(tekana.ledger_blocks, bigint) is
'Returns the first transaction that differs from a block, in the order of its records, or what is '
'wrong with the block itself, if the two are known to differ. first_place: where the block begins.';

create or replace function tekana.find_wrong_mark(
    before_place bigint, out transaction_id bigint, out problem text
)
language sql stable
set search_path = ''
as $$
    select
        t.transaction_id,
        format(
            'transaction %s is marked %s, and its reversals say otherwise',
            t.transaction_id, t.status
        )
    from tekana.transactions as t
    left join (
        select r.reverses_transaction_id, sum(r.amount) as amount
        from tekana.transactions as r
        where r.reverses_transaction_id is not null and r.status in ('COMPLETED', 'REVERSED')
        group by r.reverses_transaction_id
    ) as r on t.transaction_id = r.reverses_transaction_id
    where t.status in ('COMPLETED', 'REVERSED')
        and coalesce(t.ending_id, t.transaction_id) < find_wrong_mark.before_place
        and (t.status = 'REVERSED') <> (
            t.reverses_transaction_id is null and coalesce(r.amount >= t.amount, false)
        )
    order by t.transaction_id
    limit 1
$$;
comment on function tekana.find_wrong_mark(bigint) is
'Returns the first sealed transaction whose mark REVERSED disagrees with its reversals. The mark '
'is added after the seal; the reversals, which are sealed themselves, prove it.';

create or replace function tekana.verify_ledger(
    expected_hash text default null,
    out kind text, out block_number bigint, out transaction_id bigint, out problem text,
    out block_count bigint, out record_count bigint, out unsealed_count bigint,
    out last_hash text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_first_place bigint := '-9223372036854775808';
    v_previous_hash bytea := decode(repeat('00', 32), 'hex');
    v_block tekana.ledger_blocks;
    v_contents record;
    v_is_expected boolean := expected_hash is null;
    v_last_place bigint := tekana.last_place();
begin
    block_count := 0;
    record_count := 0;
    for v_block in select b.* from tekana.ledger_blocks as b order by b.block_number loop
        -- A superuser can leave anything out of a block: what is null differs.
        if v_block.block_number is distinct from block_count + 1 then
            kind := 'chain broken';
            problem := case v_block.block_number
                when block_count then format('block %s is there more than once', block_count)
                else format('block %s is missing', block_count + 1)
            end;
        elsif v_block.hash is distinct from tekana.block_hash(v_block) then
            kind := 'block changed';
            problem := format(
                'block %s was changed: its hash is not of what it says', v_block.block_number
            );
        elsif v_block.previous_hash is distinct from v_previous_hash then
            kind := 'chain broken';
            problem := format(
                'block %s does not follow from the block before it: one of them was written anew',
                v_block.block_number
            );
        elsif v_block.last_place > v_last_place then
            kind := 'block changed';
            problem := format(
                'block %s reaches to place %s, beyond the last that was drawn, %s',
                v_block.block_number, v_block.last_place, v_last_place
            );
        else
            select c.* into v_contents
            from tekana.digest_records(v_first_place, v_block.last_place) as c;
            if
                (v_contents.record_count, v_contents.contents_hash, v_contents.digests)
                is distinct from (v_block.record_count, v_block.contents_hash, v_block.digests)
                or (v_contents.transaction_ids, v_contents.ended_ids)
                is distinct from (v_block.transaction_ids, v_block.ended_ids)
            then
                select d.kind, d.transaction_id, d.problem into kind, transaction_id, problem
                from tekana.find_first_difference(v_block, v_first_place) as d;
            end if;
        end if;
        if kind is not null then
            block_number := v_block.block_number;
            return;
        end if;
        block_count := block_count + 1;
        record_count := record_count + v_block.record_count;
        v_first_place := v_block.last_place + 1;
        v_previous_hash := v_block.hash;
        last_hash := encode(v_block.hash, 'hex');
        v_is_expected := v_is_expected or last_hash = lower(expected_hash);
    end loop;

    if not v_is_expected then
        kind := 'chain broken';
        problem := 'no block has the expected hash: the chain was cut short or written anew';
        -- From where on, nothing here tells: a chain that was written anew agrees with itself.
        block_count := 0;
        record_count := 0;
        last_hash := null;
        return;
    end if;
    select 'changed', m.transaction_id, m.problem into kind, transaction_id, problem
    from tekana.find_wrong_mark(v_first_place) as m
    where m.transaction_id is not null;
    select count(*) into unsealed_count
    from (
        select from tekana.transactions as t
        where t.transaction_id >= v_first_place
        union all
        select from tekana.transactions as t
        where t.ending_id >= v_first_place
    ) as u;
end
$$;
comment on function tekana.verify_ledger(text) is
'Recomputes the chain of blocks from the transactions as they are now. kind is null if everything '
'is as it was sealed; otherwise it says what is wrong with the first block that differs (a '
'transaction is changed, missing or inserted; block changed or chain broken: the seals), problem '
'says it in a sentence, and transaction_id is the key of the transaction, if there is one. The '
'counts cover what was found right until there (nothing, if no block has the expected hash), and '
'what is not sealed yet (as records: a hold that has ended is two). last_hash is the hash '
'of the last block that was right, in hexadecimal. Keep it elsewhere and pass it as expected_hash '
'later: the chain must still contain it.';

revoke all on function tekana.find_first_difference(tekana.ledger_blocks, bigint),
tekana.find_wrong_mark(bigint), tekana.verify_ledger(text) from public;
-- end frozen

-- frozen: db/functions/balance_at.sql
create or replace function api.balance_at(
    wallet_id bigint, at timestamptz default clock_timestamp()
)
returns numeric
language plpgsql stable security definer
set search_path = ''
as $$
declare
    v_line record;
    -- The last line up to one place is not younger than the moment, that up to the other is.
    v_before bigint := 0;
    v_after bigint;
    v_middle bigint;
    v_balance numeric := 0;
begin
    perform tekana.raise_field_problems(
        array['at'], array[case when balance_at.at is null then 'is required' end]
    );
    if not exists (
        select from tekana.wallets as w
        where w.wallet_id = balance_at.wallet_id
            and (
                tekana.acting_customer_id() is null
                or w.customer_id = tekana.acting_customer_id()
            )
    ) then
        perform tekana.raise_problem(
            'NFIND', 'you have no such wallet', 'wallet_id: does not exist'
        );
    end if;
    select l.posting_id, l.posted_at, l.balance_after into v_line
    from api.statement_lines as l
    where l.wallet_id = balance_at.wallet_id
    order by l.posting_id desc
    limit 1;
    if v_line.posting_id is null or v_line.posted_at <= balance_at.at then
        return coalesce(v_line.balance_after, 0);
    end if;

    -- A wallet's times go up with its places, and the index knows the places: halving the distance
    -- some thirty times reads thirty lines, however long the history.
    v_after := v_line.posting_id;
    while v_after - v_before > 1 loop
        v_middle := v_before + (v_after - v_before) / 2;
        select l.posting_id, l.posted_at, l.balance_after into v_line
        from api.statement_lines as l
        where l.wallet_id = balance_at.wallet_id and l.posting_id <= v_middle
        order by l.posting_id desc
        limit 1;
        if v_line.posting_id is null then
            v_before := v_middle;
        elsif v_line.posted_at <= balance_at.at then
            v_before := v_middle;
            v_balance := v_line.balance_after;
        else
            v_after := v_line.posting_id;
        end if;
    end loop;
    return v_balance;
end
$$;
comment on function api.balance_at(bigint, timestamptz) is
'Returns the balance of a wallet at a moment (default: now) in major units, including held money: '
'the balance after the last posting up to that moment, or 0 if there was none. For the owner of '
'the wallet and staff. Raises NFIND if the caller has no such wallet.';
revoke all on function api.balance_at(bigint, timestamptz) from public;
grant execute on function api.balance_at(bigint, timestamptz) to tekana_customer, tekana_staff;
-- end frozen

commit;
