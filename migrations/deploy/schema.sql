-- Deploy schema. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/schema/schemas.sql
create schema tekana;
comment on schema tekana is 'Private: the tables and the internal functions.';

create schema api;
comment on schema api is
'The public API: every view and function in it is an endpoint under /api/v1.';

create schema analytics;
comment on schema analytics is 'The interface for analysts: views without personal data.';

grant usage on schema tekana to
tekana_authenticator, tekana_anonymous, tekana_customer, tekana_staff, tekana_gatekeeper,
tekana_worker;
grant usage on schema api to tekana_anonymous, tekana_customer, tekana_staff;
grant usage on schema analytics to tekana_analyst;
-- end frozen

-- frozen: db/schema/field_rules.sql
-- What is wrong with a value, in words, or null: said once, used by the tables' check constraints
-- and by the functions that list every wrong field of a request. Checks use them, so they are
-- schema: a new rule is a new function and a new constraint. Those of money have no settings of
-- their own, so that they are inlined: they are asked of every posting.

create function tekana.name_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when length(value) > 100 then 'is longer than 100 characters'
    when value ~ '[[:cntrl:]]' then 'contains a control character'
end;
comment on function tekana.name_problem(text) is
'Says what is wrong with the name of a person or thing; null if it is valid.';

create function tekana.description_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case when length(value) > 1000 then 'is longer than 1000 characters' end;
comment on function tekana.description_problem(text) is
'Says what is wrong with an optional description; null if it is valid.';

create function tekana.email_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when length(value) > 254 then 'is longer than 254 characters'
    when value !~ '^[^[:space:][:cntrl:]@<>(),;:"\\]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
        '([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'
    then 'is not an email address'
end;
comment on function tekana.email_problem(text) is
'Says what is wrong with an email address (the practical subset of RFC 5321); null if it is valid.';

create function tekana.phone_number_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when value !~ '^[+][1-9][0-9]{6,14}$'
    then 'is not a phone number in E.164 format: + and 7 to 15 digits, country code first'
end;
comment on function tekana.phone_number_problem(text) is
'Says what is wrong with a phone number (ITU-T E.164); null if it is valid.';

create function tekana.id_number_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when value !~ '^[A-Za-z0-9][A-Za-z0-9/ -]{2,31}$'
    then 'is not an ID number: 3 to 32 letters, digits, spaces, - and /'
end;
comment on function tekana.id_number_problem(text) is
'Says what is wrong with the number of an identity document; null if it is valid.';

create function tekana.bare_id_number(value text) returns text
language sql immutable strict parallel safe
set search_path = ''
return upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g'));
comment on function tekana.bare_id_number(text) is
'Normalizes the number of an identity document for comparison: capital letters and digits only.';

create function tekana.choice_problem(value text, variadic choices text[]) returns text
-- Stable as array_to_string is: what claims to be more is not inlined.
language sql stable parallel safe
return case
    when value is null then 'is required'
    when value <> all(choices) then 'is not one of ' || array_to_string(choices, ', ')
end;
comment on function tekana.choice_problem(text, text[]) is
'Says what is wrong with a value that must be one of the choices; null if it is valid.';

create function tekana.code_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null then 'is required'
    when value !~ '^[A-Z][A-Z0-9_]{1,19}$'
    then 'is not 2 to 20 capital letters, digits and _, starting with a letter'
end;
comment on function tekana.code_problem(text) is
'Says what is wrong with the code of a wallet type or transaction type; null if it is valid.';

create function tekana.amount_problem(value numeric) returns text
language sql immutable parallel safe
return case
    when value is null then 'is required'
    -- NaN counts as greater than everything, so the upper bound refuses it and Infinity.
    when not (value > 0 and value < 1e15)
    then 'is not greater than 0 and less than 1,000,000,000,000,000'
    when scale(trim_scale(value)) > 4 then 'has more than 4 decimals'
end;
comment on function tekana.amount_problem(numeric) is
'Says what is wrong with an amount of money in any currency; null if it is valid.';

create function tekana.limit_problem(value numeric) returns text
language sql immutable parallel safe
set search_path = ''
return case when value is not null then tekana.amount_problem(value) end;
comment on function tekana.limit_problem(numeric) is
'Says what is wrong with an optional minimum or maximum of amounts; null if it is valid.';

create function tekana.floor_problem(value numeric) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null then 'is required'
    when not (value > -1e15 and value <= 0) or scale(trim_scale(value)) > 4
    then 'is not 0 or negative (above -1,000,000,000,000,000, at most 4 decimals)'
end;
comment on function tekana.floor_problem(numeric) is
'Says what is wrong with the minimum balance of a wallet type; null if it is valid.';

create function tekana.hold_duration_problem(value interval) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when not (value > '0' and value <= '366 days') then 'is not greater than 0 and at most 366 days'
end;
comment on function tekana.hold_duration_problem(interval) is
'Says what is wrong with the duration of holds; null if it is valid.';

create function tekana.idempotency_key_problem(value text, longest integer default 255)
returns text
language sql immutable parallel safe
return case
    when length(value) not between 1 and longest then
        'is not 1 to ' || longest::text || ' characters'
end;
comment on function tekana.idempotency_key_problem(text, integer) is
'Says what is wrong with an optional idempotency key of at most longest characters; null if it is '
'valid.';
-- end frozen

-- frozen: db/schema/currencies.sql
create table tekana.currencies (
    currency_code text not null,
    name text not null,
    minor_units smallint not null,
    status text not null default 'INACTIVE',

    constraint currencies_pkey primary key (currency_code),
    -- Lets a wallet carry its currency's number of decimals and be held to it by a plain check.
    constraint currencies_currency_code_minor_units_key unique (currency_code, minor_units),
    constraint currencies_code_is_iso_4217 check (currency_code ~ '^[A-Z]{3}$'),
    constraint currencies_name_is_given check (tekana.name_problem(name) is null),
    constraint currencies_minor_units_are_few check (minor_units between 0 and 4),
    constraint currencies_status_is_known check (status in ('ACTIVE', 'INACTIVE'))
);

comment on table tekana.currencies is
'The currencies of ISO 4217. Wallets can be opened in those with status ACTIVE.';
comment on column tekana.currencies.currency_code is
'Primary key: alphabetic code of ISO 4217, such as RWF.';
comment on column tekana.currencies.name is 'Name in English.';
comment on column tekana.currencies.minor_units is
'Number of decimals that an amount may have: 0 for RWF, 2 for USD.';
comment on column tekana.currencies.status is 'ACTIVE, or INACTIVE: no wallet can be opened in it.';
comment on constraint currencies_code_is_iso_4217 on tekana.currencies is
'currency_code: is not three capital letters';
-- end frozen

-- frozen: db/schema/users.sql
create table tekana.users (
    user_id bigint generated always as identity,
    role text not null,
    email text not null,
    phone_number text not null,
    password_hash text not null,
    status text not null default 'ACTIVE',
    created_at timestamptz not null default now(),

    constraint users_pkey primary key (user_id),
    constraint users_user_id_role_key unique (user_id, role),
    constraint users_email_key unique (email),
    constraint users_phone_number_key unique (phone_number),
    constraint users_role_is_known check (role in ('CUSTOMER', 'STAFF', 'ADMIN')),
    constraint users_email_is_an_address check (tekana.email_problem(email) is null),
    constraint users_email_is_lower_case check (email = lower(email)),
    constraint users_phone_number_is_e164 check (tekana.phone_number_problem(phone_number) is null),
    constraint users_password_is_argon2id check (password_hash like '$argon2id$%'),
    constraint users_status_is_known check (status in ('ACTIVE', 'INACTIVE'))
);

comment on table tekana.users is
'Users: everybody who can sign in, customers and staff. All email addresses and phone numbers are '
'in this one table, where they are unique, so signing in is never ambiguous.';
comment on column tekana.users.user_id is 'Primary key; the `sub` claim of the tokens.';
comment on column tekana.users.role is
'CUSTOMER, or a member of staff: STAFF or ADMIN. STAFF and ADMIN have the same rights.';
comment on column tekana.users.email is 'Email address in lower case, used to sign in.';
comment on column tekana.users.phone_number is
'Phone number in E.164 format with its +; receives the one-time passwords.';
comment on column tekana.users.password_hash is
'Hash of the password: argon2id in PHC string format. Only the sign-in reads it.';
comment on column tekana.users.status is 'ACTIVE or INACTIVE. An INACTIVE user cannot sign in.';
comment on column tekana.users.created_at is
'When the user was created; for a customer, when the customer registered.';
comment on constraint users_email_key on tekana.users is 'email: is already taken';
comment on constraint users_phone_number_key on tekana.users is 'phone_number: is already taken';
-- end frozen

-- frozen: db/schema/customers.sql
create table tekana.customers (
    customer_id bigint not null,
    role text not null generated always as ('CUSTOMER') stored,
    first_name text not null,
    last_name text not null,
    id_type text not null,
    id_number text not null,
    gender text not null,

    constraint customers_pkey primary key (customer_id),
    constraint customers_are_users foreign key (customer_id, role)
    references tekana.users (user_id, role),
    constraint customers_first_name_is_given check (tekana.name_problem(first_name) is null),
    constraint customers_last_name_is_given check (tekana.name_problem(last_name) is null),
    constraint customers_id_type_is_known check (id_type in ('NID', 'PASSPORT')),
    constraint customers_id_number_is_plain check (tekana.id_number_problem(id_number) is null),
    constraint customers_gender_is_known check (gender in ('FEMALE', 'MALE'))
);
-- However it is written, a document belongs to one customer.
create unique index customers_bare_id_number_idx
on tekana.customers (tekana.bare_id_number(id_number));
create index customers_id_number_idx on tekana.customers (id_number);

comment on table tekana.customers is 'Personal data of the users who are customers.';
comment on column tekana.customers.customer_id is
'Primary key: the user that the customer signs in as.';
comment on column tekana.customers.role is
'Always CUSTOMER: with it, the foreign key can refer only to users of that role.';
comment on column tekana.customers.first_name is 'Given name or names.';
comment on column tekana.customers.last_name is 'Family name.';
comment on column tekana.customers.id_type is 'Kind of identity document: NID or PASSPORT.';
comment on column tekana.customers.id_number is
'Number on the identity document; unique, ignoring case, spaces and punctuation.';
comment on column tekana.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on index tekana.customers_bare_id_number_idx is 'id_number: is already taken';
-- end frozen

-- frozen: db/schema/sessions.sql
create table tekana.sessions (
    session_id bigint generated always as identity,
    user_id bigint not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at timestamptz,
    end_reason text,

    constraint sessions_pkey primary key (session_id),
    constraint sessions_are_of_users foreign key (user_id) references tekana.users (user_id),
    constraint sessions_expire_after_start check (expires_at > created_at),
    constraint sessions_end_has_a_reason check (
        (ended_at is null) = (end_reason is null)
        and end_reason in ('LOGOUT', 'REUSE')
    )
);
create index sessions_user_id_idx on tekana.sessions (user_id);
-- By it the worker finds those that have been over for long.
create index sessions_expires_at_idx on tekana.sessions (expires_at);

comment on table tekana.sessions is
'One row for each sign-in, from the one-time password to the logout. Tokens carry its key in the '
'`sid` claim and are not valid once it has ended.';
comment on column tekana.sessions.session_id is 'Primary key; the `sid` claim of the tokens.';
comment on column tekana.sessions.user_id is 'The user who signed in.';
comment on column tekana.sessions.created_at is 'When the one-time password was accepted.';
comment on column tekana.sessions.expires_at is
'When the session expires if it is not refreshed before.';
comment on column tekana.sessions.ended_at is
'When the session was ended before it expired; null if it was not.';
comment on column tekana.sessions.end_reason is
'LOGOUT, or REUSE: a refresh token was used a second time, so somebody has a copy. Null if the '
'session was not ended early.';

create table tekana.refresh_tokens (
    token_hash bytea not null,
    session_id bigint not null,
    created_at timestamptz not null default now(),
    used_at timestamptz,

    constraint refresh_tokens_pkey primary key (token_hash),
    constraint refresh_tokens_are_of_sessions foreign key (session_id)
    references tekana.sessions (session_id) on delete cascade,
    constraint refresh_tokens_hash_is_sha256 check (octet_length(token_hash) = 32)
);
create index refresh_tokens_session_id_idx on tekana.refresh_tokens (session_id);

comment on table tekana.refresh_tokens is
'Issued refresh tokens, as hashes. Each can be used once (rotation: RFC 9700, section 4.14.2).';
comment on column tekana.refresh_tokens.token_hash is
'Primary key: SHA-256 of the token. The token itself is not stored.';
comment on column tekana.refresh_tokens.session_id is 'The session that the token refreshes.';
comment on column tekana.refresh_tokens.created_at is 'When the token was issued.';
comment on column tekana.refresh_tokens.used_at is
'When the token was used; null if it was not used yet.';
-- end frozen

-- frozen: db/schema/sms_messages.sql
create table tekana.sms_messages (
    message_id bigint generated always as identity,
    user_id bigint not null,
    purpose text not null,
    status text not null default 'QUEUED',
    attempts smallint not null default 0,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_attempt_at timestamptz,
    sent_at timestamptz,
    gateway text,
    gateway_reference text,
    problem text,

    constraint sms_messages_pkey primary key (message_id),
    constraint sms_messages_are_to_users foreign key (user_id) references tekana.users (user_id),
    constraint sms_messages_purpose_is_known check (purpose in ('OTP')),
    constraint sms_messages_status_is_known check (
        status in ('QUEUED', 'SENT', 'FAILED', 'EXPIRED')
    ),
    constraint sms_messages_sent_has_a_time check ((status = 'SENT') = (sent_at is not null))
);
create index sms_messages_user_id_idx on tekana.sms_messages (user_id);
-- The worker looks for what still waits: few rows, so the index stays small however long the
-- history.
create index sms_messages_waiting_idx on tekana.sms_messages (created_at) where status = 'QUEUED';

comment on table tekana.sms_messages is
'Messages to send by SMS. Each is written in the same database transaction as the event that '
'requires it, so it is not lost even if the job queue loses the job. Texts and codes are not '
'stored here.';
comment on column tekana.sms_messages.message_id is
'Primary key; the only content of a queued job.';
comment on column tekana.sms_messages.user_id is
'The recipient. The phone number is looked up when the message is sent.';
comment on column tekana.sms_messages.purpose is 'OTP: a one-time password.';
comment on column tekana.sms_messages.status is
'QUEUED, SENT (the gateway accepted it), FAILED (given up) or EXPIRED (no longer useful).';
comment on column tekana.sms_messages.attempts is 'Number of attempts to send the message.';
comment on column tekana.sms_messages.created_at is 'When the message was requested.';
comment on column tekana.sms_messages.expires_at is 'When the message is no longer useful.';
comment on column tekana.sms_messages.last_attempt_at is
'When the last attempt to send it began; null before the first.';
comment on column tekana.sms_messages.sent_at is
'When a gateway accepted the message; null unless status is SENT.';
comment on column tekana.sms_messages.gateway is
'Gateway of the last attempt whose result is known; null before that.';
comment on column tekana.sms_messages.gateway_reference is
'Reference that the gateway gave the message.';
comment on column tekana.sms_messages.problem is
'What went wrong in the last failed attempt; null if none failed, or once the message is SENT.';
-- end frozen

-- frozen: db/schema/wallet_types.sql
create table tekana.wallet_types (
    wallet_type_id bigint generated always as identity,
    code text not null,
    name text not null,
    description text,
    is_operator boolean not null default false,
    minimum_transaction_amount numeric,
    maximum_transaction_amount numeric,
    minimum_balance numeric default 0,
    maximum_balance numeric,
    can_be_forced_under boolean not null default false,
    created_at timestamptz not null default now(),

    constraint wallet_types_pkey primary key (wallet_type_id),
    constraint wallet_types_wallet_type_id_is_operator_key unique (wallet_type_id, is_operator),
    constraint wallet_types_code_key unique (code),
    constraint wallet_types_code_is_a_code check (tekana.code_problem(code) is null),
    constraint wallet_types_name_is_given check (tekana.name_problem(name) is null),
    constraint wallet_types_description_is_short check (
        tekana.description_problem(description) is null
    ),
    constraint wallet_types_minimum_transaction_amount_is_money check (
        tekana.limit_problem(minimum_transaction_amount) is null
    ),
    constraint wallet_types_maximum_transaction_amount_is_money check (
        tekana.limit_problem(maximum_transaction_amount) is null
    ),
    -- A new wallet is empty, so the floor cannot be above nothing; and only the operator's money is
    -- without one.
    constraint wallet_types_minimum_balance_is_a_floor check (
        (is_operator and minimum_balance is null) or tekana.floor_problem(minimum_balance) is null
    ),
    constraint wallet_types_maximum_balance_is_money check (
        tekana.limit_problem(maximum_balance) is null
    ),
    constraint wallet_types_transaction_amounts_are_in_order check (
        minimum_transaction_amount <= maximum_transaction_amount
    )
);

comment on table tekana.wallet_types is 'Wallet types and their limits.';
comment on column tekana.wallet_types.wallet_type_id is 'Primary key.';
comment on column tekana.wallet_types.code is
'Short name in capitals, unique. Account numbers begin with it.';
comment on column tekana.wallet_types.name is 'Name to show to people.';
comment on column tekana.wallet_types.description is 'What the type is for; null if not described.';
comment on column tekana.wallet_types.is_operator is
'Whether wallets of this type belong to the operator. These (float, fee, settlement) are the other '
'side of cash-in and cash-out.';
comment on column tekana.wallet_types.minimum_transaction_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column tekana.wallet_types.maximum_transaction_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column tekana.wallet_types.minimum_balance is
'Minimum available balance in major units, for wallets opened from now on: 0, or negative to allow '
'a debt. Null, only for the operator, for no minimum.';
comment on column tekana.wallet_types.maximum_balance is
'Maximum balance in major units; null for no limit.';
comment on column tekana.wallet_types.can_be_forced_under is
'Whether a forced reversal may take wallets of this type below their minimum balance.';
comment on column tekana.wallet_types.created_at is 'When the type was created.';
comment on constraint wallet_types_code_key on tekana.wallet_types is 'code: is already in use';
comment on constraint wallet_types_code_is_a_code on tekana.wallet_types is
'code: is not 2 to 20 capital letters, digits and _, starting with a letter';
comment on constraint wallet_types_name_is_given on tekana.wallet_types is
'name: is not 1 to 100 characters without control characters';
comment on constraint wallet_types_description_is_short on tekana.wallet_types is
'description: is longer than 1000 characters';
comment on constraint wallet_types_minimum_transaction_amount_is_money on tekana.wallet_types is
'minimum_transaction_amount: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_maximum_transaction_amount_is_money on tekana.wallet_types is
'maximum_transaction_amount: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_minimum_balance_is_a_floor on tekana.wallet_types is
'minimum_balance: is not 0 or negative (above -1,000,000,000,000,000, at most 4 decimals)';
comment on constraint wallet_types_maximum_balance_is_money on tekana.wallet_types is
'maximum_balance: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_transaction_amounts_are_in_order on tekana.wallet_types is
'maximum_transaction_amount: is less than minimum_transaction_amount';
-- end frozen

-- frozen: db/schema/wallets.sql
create sequence tekana.account_number_sequence as integer
minvalue 0 maxvalue 99999999 start 1 no cycle;
comment on sequence tekana.account_number_sequence is
'Numbers the wallets in the order in which they were opened. Account numbers are computed from it, '
'so they do not repeat.';

create table tekana.wallets (
    wallet_id bigint generated always as identity,
    customer_id bigint,
    wallet_type_id bigint not null,
    is_operator boolean not null generated always as (customer_id is null) stored,
    currency_code text not null,
    minor_units smallint not null,
    account_number text not null,
    current_balance numeric not null default 0,
    held_amount numeric not null default 0,
    minimum_balance numeric,
    is_under_floor boolean not null default false,
    status text not null default 'ACTIVE',
    created_at timestamptz not null default now(),

    constraint wallets_pkey primary key (wallet_id),
    constraint wallets_account_number_key unique (account_number),
    constraint wallets_are_of_customers foreign key (customer_id)
    references tekana.customers (customer_id),
    -- With the generated column: an operator's type has no customer, any other has one.
    constraint wallets_have_a_type foreign key (wallet_type_id, is_operator)
    references tekana.wallet_types (wallet_type_id, is_operator),
    constraint wallets_have_a_currency foreign key (currency_code, minor_units)
    references tekana.currencies (currency_code, minor_units),
    constraint wallets_account_number_is_type_and_digits check (
        account_number ~ '^[A-Z][A-Z0-9_]{1,19}-[0-9]{8}$'
    ),
    constraint wallets_balance_is_bounded check (
        current_balance > -1e18 and current_balance < 1e18
    ),
    constraint wallets_balance_has_its_currencys_decimals check (
        scale(trim_scale(current_balance)) <= minor_units
    ),
    constraint wallets_held_amount_is_bounded check (held_amount >= 0 and held_amount < 1e18),
    constraint wallets_held_amount_has_its_currencys_decimals check (
        scale(trim_scale(held_amount)) <= minor_units
    ),
    constraint wallets_available_balance_is_over_its_floor check (
        current_balance - held_amount >= minimum_balance or is_under_floor
    ),
    -- Without a floor no debit is ever too much: only the operator's money is.
    constraint wallets_of_customers_have_a_floor check (
        customer_id is null or minimum_balance is not null
    ),
    constraint wallets_status_is_known check (status in ('ACTIVE', 'INACTIVE', 'DORMANT'))
)
-- Balances change all the time and no index holds them: room on the page keeps the updates HOT.
with (fillfactor = 70);
create index wallets_customer_id_idx on tekana.wallets (customer_id);
create unique index wallets_one_operator_wallet_each_idx
on tekana.wallets (currency_code, wallet_type_id) where customer_id is null;

comment on table tekana.wallets is
'Wallets: each has the money of one customer, or of the operator, in one currency.';
comment on column tekana.wallets.wallet_id is 'Primary key.';
comment on column tekana.wallets.customer_id is
'Owner; null if the wallet belongs to the operator.';
comment on column tekana.wallets.wallet_type_id is
'Type of the wallet, which determines its rules and limits.';
comment on column tekana.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column tekana.wallets.currency_code is 'Currency of the wallet; it never changes.';
comment on column tekana.wallets.minor_units is
'Number of decimals of the currency. Amounts have at most so many.';
comment on column tekana.wallets.account_number is
'Account number, unique: the code of the wallet type, a hyphen and 8 digits. Senders can use it to '
'name the wallet to credit.';
comment on column tekana.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column tekana.wallets.held_amount is
'Sum of the amounts that PENDING transactions hold, in major units. It includes expired holds '
'until they are released.';
comment on column tekana.wallets.minimum_balance is
'Minimum available balance (floor) in major units, copied from the wallet type when the wallet was '
'opened. Null, only for the operator, for no minimum.';
comment on column tekana.wallets.is_under_floor is
'True while the available balance is below minimum_balance. Only a forced reversal can take it '
'there.';
comment on column tekana.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column tekana.wallets.created_at is 'When the wallet was opened.';
comment on index tekana.wallets_one_operator_wallet_each_idx is
'The operator has one wallet of each type in each currency.';
comment on constraint wallets_available_balance_is_over_its_floor on tekana.wallets is
'available_balance: would fall below its minimum';
comment on constraint wallets_balance_is_bounded on tekana.wallets is
'amount: would take a balance beyond 1,000,000,000,000,000,000';
-- end frozen

-- frozen: db/schema/transaction_types.sql
create table tekana.transaction_types (
    transaction_type_id bigint generated always as identity,
    code text not null,
    name text not null,
    description text,
    minimum_amount numeric,
    maximum_amount numeric,
    status text not null default 'ACTIVE',
    hold_duration interval not null default '7 days',
    has_unique_references boolean not null default false,
    created_at timestamptz not null default now(),

    constraint transaction_types_pkey primary key (transaction_type_id),
    constraint transaction_types_code_key unique (code),
    constraint transaction_types_code_is_a_code check (tekana.code_problem(code) is null),
    constraint transaction_types_name_is_given check (tekana.name_problem(name) is null),
    constraint transaction_types_description_is_short check (
        tekana.description_problem(description) is null
    ),
    constraint transaction_types_minimum_amount_is_money check (
        tekana.limit_problem(minimum_amount) is null
    ),
    constraint transaction_types_maximum_amount_is_money check (
        tekana.limit_problem(maximum_amount) is null
    ),
    constraint transaction_types_amounts_are_in_order check (minimum_amount <= maximum_amount),
    constraint transaction_types_hold_duration_is_bounded check (
        tekana.hold_duration_problem(hold_duration) is null
    ),
    constraint transaction_types_status_is_known check (status in ('ACTIVE', 'INACTIVE'))
);

comment on table tekana.transaction_types is
'Transaction types and their limits: cash-in, cash-out, transfer, payment and those that staff '
'create.';
comment on column tekana.transaction_types.transaction_type_id is 'Primary key.';
comment on column tekana.transaction_types.code is 'Short name in capitals, unique.';
comment on column tekana.transaction_types.name is 'Name to show to people.';
comment on column tekana.transaction_types.description is
'What the type is for; null if not described.';
comment on column tekana.transaction_types.minimum_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column tekana.transaction_types.maximum_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column tekana.transaction_types.status is
'ACTIVE or INACTIVE. Transactions of an INACTIVE type are declined (INACT), except reversals.';
comment on column tekana.transaction_types.hold_duration is
'How long a hold lasts if the request has no expires_at.';
comment on column tekana.transaction_types.has_unique_references is
'Whether transactions of this type must have different values of external_reference_number. FAILED '
'and CANCELLED transactions do not count.';
comment on column tekana.transaction_types.created_at is 'When the type was created.';
comment on constraint transaction_types_code_key on tekana.transaction_types is
'code: is already in use';
comment on constraint transaction_types_code_is_a_code on tekana.transaction_types is
'code: is not 2 to 20 capital letters, digits and _, starting with a letter';
comment on constraint transaction_types_name_is_given on tekana.transaction_types is
'name: is not 1 to 100 characters without control characters';
comment on constraint transaction_types_description_is_short on tekana.transaction_types is
'description: is longer than 1000 characters';
comment on constraint transaction_types_minimum_amount_is_money on tekana.transaction_types is
'minimum_amount: is not greater than 0 and less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint transaction_types_maximum_amount_is_money on tekana.transaction_types is
'maximum_amount: is not greater than 0 and less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint transaction_types_amounts_are_in_order on tekana.transaction_types is
'maximum_amount: is less than minimum_amount';
comment on constraint transaction_types_hold_duration_is_bounded on tekana.transaction_types is
'hold_duration: is not greater than 0 and at most 366 days';
comment on constraint transaction_types_status_is_known on tekana.transaction_types is
'status: is not one of ACTIVE, INACTIVE';
-- end frozen

-- frozen: db/schema/transaction_rules.sql
create table tekana.transaction_rules (
    transaction_rule_id bigint generated always as identity,
    wallet_type_id bigint not null,
    transaction_type_id bigint not null,
    debit_allowed boolean not null default false,
    credit_allowed boolean not null default false,
    created_at timestamptz not null default now(),

    constraint transaction_rules_pkey primary key (transaction_rule_id),
    constraint transaction_rules_pair_key unique (wallet_type_id, transaction_type_id),
    constraint transaction_rules_have_a_wallet_type foreign key (wallet_type_id)
    references tekana.wallet_types (wallet_type_id),
    constraint transaction_rules_have_a_transaction_type foreign key (transaction_type_id)
    references tekana.transaction_types (transaction_type_id)
);
create index transaction_rules_transaction_type_id_idx
on tekana.transaction_rules (transaction_type_id);

comment on table tekana.transaction_rules is
'Rules: which wallet types may be debited or credited by which transaction types. A transaction '
'without a matching rule is declined (NRULE).';
comment on column tekana.transaction_rules.transaction_rule_id is 'Primary key.';
comment on column tekana.transaction_rules.wallet_type_id is 'The wallet type.';
comment on column tekana.transaction_rules.transaction_type_id is 'The transaction type.';
comment on column tekana.transaction_rules.debit_allowed is
'Whether transactions of this type may debit wallets of this type.';
comment on column tekana.transaction_rules.credit_allowed is
'Whether transactions of this type may credit wallets of this type.';
comment on column tekana.transaction_rules.created_at is 'When the rule was created.';
comment on constraint transaction_rules_pair_key on tekana.transaction_rules is
'transaction_type_id: already has a rule for this wallet_type_id';
comment on constraint transaction_rules_have_a_wallet_type on tekana.transaction_rules is
'wallet_type_id: does not exist';
comment on constraint transaction_rules_have_a_transaction_type on tekana.transaction_rules is
'transaction_type_id: does not exist';
-- end frozen

-- frozen: db/schema/transactions.sql
-- Widest columns first: no padding between them on the page.
create table tekana.transactions (
    transaction_id bigint generated always as identity,
    transaction_type_id bigint not null,
    debited_wallet_id bigint not null,
    credited_wallet_id bigint not null,
    debited_customer_id bigint,
    credited_customer_id bigint,
    actor_id bigint not null,
    reverses_transaction_id bigint,
    created_at timestamptz not null,
    ending_id bigint,
    ended_at timestamptz,
    ended_by bigint,
    expires_at timestamptz,
    idempotency_key uuid,
    request_hash uuid,
    amount numeric not null,
    held_amount numeric,
    debited_balance_after numeric,
    credited_balance_after numeric,
    currency_code text not null,
    channel_type text not null,
    status text not null,
    decline_code text,
    status_message text,
    external_reference_number text,
    has_unique_reference boolean,

    constraint transactions_pkey primary key (transaction_id),
    constraint transactions_idempotency_key_key unique (actor_id, idempotency_key),
    constraint transactions_have_a_type foreign key (transaction_type_id)
    references tekana.transaction_types (transaction_type_id),
    constraint transactions_debit_a_wallet foreign key (debited_wallet_id)
    references tekana.wallets (wallet_id),
    constraint transactions_credit_a_wallet foreign key (credited_wallet_id)
    references tekana.wallets (wallet_id),
    constraint transactions_are_asked_for_by_a_user foreign key (actor_id)
    references tekana.users (user_id),
    constraint transactions_are_ended_by_a_user foreign key (ended_by)
    references tekana.users (user_id),
    constraint transactions_reverse_a_transaction foreign key (reverses_transaction_id)
    references tekana.transactions (transaction_id),
    constraint transactions_move_between_two_wallets check (
        debited_wallet_id <> credited_wallet_id
    ),
    -- NaN counts as greater than everything: the upper bound refuses it. Decimals are held by the
    -- wallets' balances, which every posted amount goes through.
    constraint transactions_amount_is_positive_and_bounded check (amount > 0 and amount < 1e15),
    constraint transactions_channel_type_is_known check (
        channel_type in ('WEB', 'APP', 'KIOSK', 'USSD')
    ),
    constraint transactions_status_is_known check (
        status in ('PENDING', 'COMPLETED', 'FAILED', 'REVERSED', 'CANCELLED')
    ),
    constraint transactions_posted_have_both_balances check (
        (status in ('COMPLETED', 'REVERSED')) = (debited_balance_after is not null)
        and (status in ('COMPLETED', 'REVERSED')) = (credited_balance_after is not null)
    ),
    constraint transactions_declined_have_a_reason check (
        (status = 'FAILED') = (decline_code is not null)
        and (decline_code is null or status_message is not null)
    ),
    constraint transactions_key_has_a_hash check (
        (idempotency_key is null) = (request_hash is null)
    ),
    -- What was held ends once; what was not held never does.
    constraint transactions_pending_are_held_and_not_ended check (
        (status = 'PENDING') = (held_amount is not null and ending_id is null)
    ),
    constraint transactions_held_expire check ((held_amount is null) = (expires_at is null)),
    constraint transactions_endings_are_whole check (
        (ending_id is null) = (ended_at is null)
        and (ending_id is null or held_amount is not null)
        and (ending_id is not null or ended_by is null)
    ),
    constraint transactions_post_at_most_what_was_held check (amount <= held_amount),
    constraint transactions_external_reference_number_is_short check (
        length(external_reference_number) between 1 and 100
    ),
    constraint transactions_status_message_is_short check (length(status_message) <= 500)
);

-- A customer's history is two ordered scans merged, one for each side; so is a wallet's statement.
-- The wallets stand behind the key to be compared in the index: a page of one wallet costs no more
-- than the customer's own history, however long the wallet's on the other side is.
create index transactions_debited_customer_id_idx
on tekana.transactions (
    debited_customer_id, transaction_id, debited_wallet_id, credited_wallet_id
)
where debited_customer_id is not null;
create index transactions_credited_customer_id_idx
on tekana.transactions (
    credited_customer_id, transaction_id, credited_wallet_id, debited_wallet_id
)
where credited_customer_id is not null;
-- The same by time: a period of a history that is a million long.
create index transactions_debited_customer_id_created_at_idx
on tekana.transactions (debited_customer_id, created_at)
where debited_customer_id is not null;
create index transactions_credited_customer_id_created_at_idx
on tekana.transactions (credited_customer_id, created_at)
where credited_customer_id is not null;
-- What is held, declined or undone is rare: found without going through all that is posted.
create index transactions_debited_customer_id_status_idx
on tekana.transactions (debited_customer_id, status, transaction_id)
where status <> 'COMPLETED' and debited_customer_id is not null;
create index transactions_credited_customer_id_status_idx
on tekana.transactions (credited_customer_id, status, transaction_id)
where status <> 'COMPLETED' and credited_customer_id is not null;
create index transactions_status_idx
on tekana.transactions (status, transaction_id) where status <> 'COMPLETED';
-- For staff, and so that no branch of api.transactions has to be sorted: with one that has, the
-- planner may sort them all.
create index transactions_created_at_idx on tekana.transactions (created_at);
create index transactions_debited_wallet_id_idx
on tekana.transactions (debited_wallet_id, transaction_id);
create index transactions_credited_wallet_id_idx
on tekana.transactions (credited_wallet_id, transaction_id);
-- What was held and ended later stands in a wallet's statement where it ended: these few are merged
-- in from indexes of their own, and the others need no second place.
create index transactions_debited_wallet_id_ending_id_idx
on tekana.transactions (debited_wallet_id, ending_id) where ending_id is not null;
create index transactions_credited_wallet_id_ending_id_idx
on tekana.transactions (credited_wallet_id, ending_id) where ending_id is not null;
-- Whoever reads the ledger on from some place finds by it what was held before and ended since.
create unique index transactions_ending_id_idx
on tekana.transactions (ending_id) where ending_id is not null;
-- What is held: of a wallet that is about to pay, and of all when what has expired is swept up.
create index transactions_debited_wallet_id_expires_at_idx
on tekana.transactions (debited_wallet_id, expires_at) where status = 'PENDING';
create index transactions_expires_at_idx
on tekana.transactions (expires_at) where status = 'PENDING';
create index transactions_reverses_transaction_id_idx
on tekana.transactions (reverses_transaction_id) where reverses_transaction_id is not null;
-- Marked when its type demanded it, so that a type may change its mind.
create unique index transactions_unique_external_reference_number_idx
on tekana.transactions (transaction_type_id, external_reference_number)
where has_unique_reference and status in ('PENDING', 'COMPLETED', 'REVERSED');
create index transactions_external_reference_number_idx
on tekana.transactions (external_reference_number) where external_reference_number is not null;

comment on table tekana.transactions is
'Requested movements of money, one row each, with two sides: the debited wallet and the credited '
'wallet. A posted amount never changes, and no row is ever deleted.';
comment on column tekana.transactions.transaction_id is
'Primary key, and the place in the ledger unless ending_id is set. The reference number is made '
'from it.';
comment on column tekana.transactions.transaction_type_id is 'Type of the transaction.';
comment on column tekana.transactions.debited_wallet_id is 'The wallet that the money leaves.';
comment on column tekana.transactions.credited_wallet_id is 'The wallet that the money enters.';
comment on column tekana.transactions.debited_customer_id is
'Owner of the debited wallet; null if it belongs to the operator. Stored here so that an index has '
'the history of a customer in order.';
comment on column tekana.transactions.credited_customer_id is
'Owner of the credited wallet; null if it belongs to the operator. Stored here so that an index '
'has the history of a customer in order.';
comment on column tekana.transactions.actor_id is 'The user who requested the transaction.';
comment on column tekana.transactions.reverses_transaction_id is
'The transaction that this one reverses, wholly or in part; null if it is not a reversal.';
comment on column tekana.transactions.created_at is
'When the request was decided. Its wallets were locked before, so the transactions of a wallet are '
'in order of created_at.';
comment on column tekana.transactions.ending_id is
'Place in the ledger at which the hold ended, from the same sequence as transaction_id. Null if '
'the transaction was never a hold or the hold has not ended: then transaction_id is the place.';
comment on column tekana.transactions.ended_at is
'When the hold was completed, was cancelled or expired. Null if the hold has not ended, or if the '
'transaction was never a hold.';
comment on column tekana.transactions.ended_by is
'The user who completed or cancelled the hold; null if it expired, has not ended, or never was a '
'hold.';
comment on column tekana.transactions.expires_at is
'When the hold expires; null if the transaction was never a hold.';
comment on column tekana.transactions.idempotency_key is
'Hash of the idempotency key, unique for each actor; null if none was given. Repeating the request '
'with the same key returns the first answer.';
comment on column tekana.transactions.request_hash is
'Hash of the request; null if no idempotency key was given. Another request with the same key is '
'refused (KEYRE).';
comment on column tekana.transactions.amount is
'Amount in major units, always positive. If a hold was completed in part, the part that moved.';
comment on column tekana.transactions.held_amount is
'Amount that was held at first, in major units; null if the transaction was never a hold.';
comment on column tekana.transactions.debited_balance_after is
'Balance of the debited wallet after the transaction, in major units; null if no money moved.';
comment on column tekana.transactions.credited_balance_after is
'Balance of the credited wallet after the transaction, in major units; null if no money moved.';
comment on column tekana.transactions.currency_code is
'Currency of the amount and of both wallets. If the wallets have different currencies (declined: '
'CURNC), that of the debited wallet.';
comment on column tekana.transactions.channel_type is
'Channel of the request: WEB, APP, KIOSK or USSD.';
comment on column tekana.transactions.status is
'PENDING (held), COMPLETED (posted), FAILED (declined), REVERSED (posted, then reversed '
'completely) or CANCELLED (the hold was cancelled or expired).';
comment on column tekana.transactions.decline_code is
'Why the transaction was declined: an error code of docs/errors.md. Null unless status is FAILED.';
comment on column tekana.transactions.status_message is
'Explanation of the status, for people; null if there is none.';
comment on column tekana.transactions.external_reference_number is
'Reference that the sender of the request gave; null if none was given.';

comment on column tekana.transactions.has_unique_reference is
'True if its external_reference_number must be unique among transactions of its type; null '
'otherwise.';
comment on index tekana.transactions_unique_external_reference_number_idx is
'external_reference_number: is already in use';

create function tekana.reference_number(transaction_id bigint) returns text
language sql immutable parallel safe
-- Neither strict nor with a setting, so that it is inlined: it is asked for every row of a page.
return 'T' || lpad(transaction_id::text, greatest(12, length(transaction_id::text)), '0');
comment on function tekana.reference_number(bigint) is
'Returns the reference number of a transaction, such as T000000000042: its key in a form that '
'people can read out.';
-- Made from the key, it takes no room in the row; this finds a row by it.
create unique index transactions_reference_number_idx
on tekana.transactions (tekana.reference_number(transaction_id));
-- end frozen

-- frozen: db/schema/idempotency_keys.sql
create table tekana.idempotency_keys (
    actor_id bigint not null,
    idempotency_key uuid not null,
    request_hash uuid not null,
    transaction_id bigint not null,

    constraint idempotency_keys_pkey primary key (actor_id, idempotency_key),
    constraint idempotency_keys_are_a_users foreign key (actor_id)
    references tekana.users (user_id),
    constraint idempotency_keys_stand_for_a_transaction foreign key (transaction_id)
    references tekana.transactions (transaction_id)
);

comment on table tekana.idempotency_keys is
'Idempotency keys of requests that end a hold, and of groups of which any part was recorded. The '
'key of a request that posts a single transaction is in that transaction.';
comment on column tekana.idempotency_keys.actor_id is 'The user who sent the request.';
comment on column tekana.idempotency_keys.idempotency_key is
'Hash of the key; unique for each actor.';
comment on column tekana.idempotency_keys.request_hash is
'Hash of the request. Another request with the same key is refused (KEYRE).';
comment on column tekana.idempotency_keys.transaction_id is
'The transaction whose hold was ended; for a group, its first transaction that was recorded.';
-- end frozen

-- frozen: db/schema/wallet_keys.sql
create table tekana.wallet_keys (
    actor_id bigint not null,
    idempotency_key uuid not null,
    wallet_id bigint not null,

    constraint wallet_keys_pkey primary key (actor_id, idempotency_key),
    constraint wallet_keys_are_a_users foreign key (actor_id)
    references tekana.users (user_id),
    constraint wallet_keys_stand_for_a_wallet foreign key (wallet_id)
    references tekana.wallets (wallet_id)
);

comment on table tekana.wallet_keys is
'Idempotency keys of requests that opened a wallet. What was asked for is in the wallet and never '
'changes, so no hash of the request is needed.';
comment on column tekana.wallet_keys.actor_id is 'The user who sent the request.';
comment on column tekana.wallet_keys.idempotency_key is
'Hash of the key; unique for each actor.';
comment on column tekana.wallet_keys.wallet_id is 'The wallet that was opened.';
-- end frozen

-- frozen: db/schema/postings.sql
-- What the posting functions hand to each other; no table holds them.
create type tekana.posting as (
    actor_id bigint,
    customer_id bigint,
    debited_wallet_id bigint,
    credited_wallet_id bigint,
    credited_account_number text,
    transaction_type_id bigint,
    transaction_type text,
    amount numeric,
    channel_type text,
    external_reference_number text,
    status text,
    expires_at timestamptz,
    idempotency_key text
);
comment on type tekana.posting is
'A requested movement of money. actor_id is the user who requests it; customer_id is the same user '
'if it is a customer, null for staff. The other attributes are the arguments of '
'api.post_transaction.';

create type tekana.prepared_posting as (
    place integer,
    actor_id bigint,
    customer_id bigint,
    transaction_type_id bigint,
    debited_wallet_id bigint,
    credited_wallet_id bigint,
    amount numeric,
    channel_type text,
    external_reference_number text,
    is_hold boolean,
    expires_at timestamptz,
    idempotency_key uuid,
    request_hash uuid
);
comment on type tekana.prepared_posting is
'A posting whose fields are valid, with names looked up and with hashes of its key and contents. '
'place is its position among the requested postings, from 1.';

create type tekana.posting_terms as (
    transaction_type_id bigint,
    debited_wallet_type_id bigint,
    credited_wallet_type_id bigint,
    is_active boolean,
    missing_rule text,
    minimum_amount numeric,
    maximum_amount numeric,
    maximum_balance numeric,
    hold_duration interval,
    has_unique_references boolean
);
comment on type tekana.posting_terms is
'What the transaction type, the two wallet types and their rules require of a transaction. '
'missing_rule says which rule is missing; null if none is. Amounts are in major units: the limits '
'of one transaction, and the maximum balance of the credited wallet; null means no limit.';

create type tekana.decline as (code text, message text);
comment on type tekana.decline is
'Why a transaction is declined: a code of docs/errors.md and a message.';

create type tekana.locked_wallets as (
    wallet_ids bigint [],
    wallets tekana.wallets []
);
comment on type tekana.locked_wallets is
'Locked wallets in order of their keys, and the keys to find them by.';

create type tekana.posting_outcome as (
    recorded tekana.transactions,
    is_replayed boolean,
    code text,
    message text,
    detail text,
    hint text
);
comment on type tekana.posting_outcome is
'Outcome of a posting: the recorded transaction as in the first answer to its actor, or the '
'refusal (code, message, detail, hint), in which case nothing was recorded. is_replayed: an '
'earlier request recorded it.';
-- end frozen

-- frozen: db/schema/ledger_proofs.sql
create table tekana.ledger_proofs (
    proof_id bigint generated always as identity,
    started_at timestamptz not null,
    proven_at timestamptz not null,
    since bigint not null,
    horizon bigint not null,
    wallets bigint not null,
    transactions bigint not null,

    constraint ledger_proofs_pkey primary key (proof_id),
    constraint ledger_proofs_go_forward check (since >= 0 and horizon >= since)
);

comment on table tekana.ledger_proofs is
'Each check of the ledger that found nothing wrong, and what it proved.';
comment on column tekana.ledger_proofs.proof_id is 'Primary key.';
comment on column tekana.ledger_proofs.started_at is 'When the check began.';
comment on column tekana.ledger_proofs.proven_at is
'When the check ended and the proof was recorded.';
comment on column tekana.ledger_proofs.since is
'The horizon of the earlier proof that this one builds on; 0 for a full check, from the beginning.';
comment on column tekana.ledger_proofs.horizon is
'Everything up to this place in the ledger is proved and will not change. tekana.proven_balances '
'has the balances at this place, and the next check starts from it.';
comment on column tekana.ledger_proofs.wallets is 'Number of wallets that were compared.';
comment on column tekana.ledger_proofs.transactions is
'Number of transactions recorded after since that were read.';

-- Without a foreign key: it would lock every wallet's row while money moves.
create table tekana.proven_balances (
    wallet_id bigint not null,
    balance numeric not null,
    customer_id bigint,
    currency_code text not null,

    constraint proven_balances_pkey primary key (wallet_id)
);

comment on table tekana.proven_balances is
'Balance of each wallet at the horizon of the last proof of the ledger. A wallet without a row had '
'0.';
comment on column tekana.proven_balances.wallet_id is 'The wallet.';
comment on column tekana.proven_balances.balance is
'Current balance after the last posting up to the horizon, in major units.';
comment on column tekana.proven_balances.customer_id is
'Owner of the wallet when it was first proved; null if it belonged to the operator.';
comment on column tekana.proven_balances.currency_code is
'Currency of the wallet when it was first proved.';

create type tekana.ledger_violation as (
    rule text,
    subject text,
    finding text
);
comment on type tekana.ledger_violation is
'A finding: something that is wrong with the ledger. rule: the broken rule (docs/ledger.md). '
'subject: what breaks it, such as "wallet 12". finding: what was expected and what was found.';
-- end frozen

-- frozen: db/schema/ledger_horizons.sql
create table tekana.ledger_horizons (
    is_the_only_one boolean not null default true,
    safe_place bigint not null,
    next_place bigint not null,
    awaited text[] not null,

    constraint ledger_horizons_pkey primary key (is_the_only_one),
    constraint ledger_horizons_has_one_row check (is_the_only_one),
    constraint ledger_horizons_go_forward check (next_place >= safe_place)
);

comment on table tekana.ledger_horizons is
'The horizon: a place in the ledger below which nothing new can appear. One row, written by '
'tekana.advance_horizon.';
comment on column tekana.ledger_horizons.is_the_only_one is 'Primary key of the only row: true.';
comment on column tekana.ledger_horizons.safe_place is
'The horizon: nothing more will be committed at this place in the ledger or before it.';
comment on column tekana.ledger_horizons.next_place is
'The next safe_place, valid once all database transactions in awaited have ended.';
comment on column tekana.ledger_horizons.awaited is
'Database transactions (virtualtransaction of pg_locks) that were writing to the ledger when '
'next_place was the last place drawn, and that had not ended when this was last checked.';
-- end frozen

-- frozen: db/schema/ledger_blocks.sql
create table tekana.ledger_blocks (
    block_number bigint not null,
    last_place bigint not null,
    sealed_at timestamptz not null,
    record_count integer not null,
    transaction_ids int8multirange not null,
    ended_ids int8multirange not null,
    digests bytea not null,
    contents_hash bytea not null,
    previous_hash bytea not null,
    hash bytea not null,

    constraint ledger_blocks_pkey primary key (block_number),
    constraint ledger_blocks_are_numbered_from_one check (block_number >= 1),
    constraint ledger_blocks_are_not_empty check (record_count >= 1),
    constraint ledger_blocks_have_a_digest_for_each_record check (
        octet_length(digests) = 8::bigint * record_count
    ),
    constraint ledger_blocks_hashes_are_of_sha256 check (
        octet_length(contents_hash) = 32
        and octet_length(previous_hash) = 32
        and octet_length(hash) = 32
    )
);
-- Hashes cannot be compressed, so nobody should try.
alter table tekana.ledger_blocks alter column digests set storage external;

comment on table tekana.ledger_blocks is
'Seals: the records of the ledger in blocks, which form a chain: the SHA-256 hash of each block '
'covers the hash of the block before. A transaction has a record at its own place in the ledger; a '
'hold has another one where it ended. tekana.seal_transactions writes blocks, '
'tekana.verify_ledger recomputes them; they never change.';
comment on column tekana.ledger_blocks.block_number is
'Primary key: 1, 2, 3 and so on, without gaps.';
comment on column tekana.ledger_blocks.last_place is
'Last place in the ledger that the block covers. The block contains the record of every place '
'after the last one of the block before, up to this one.';
comment on column tekana.ledger_blocks.sealed_at is 'When the block was sealed.';
comment on column tekana.ledger_blocks.record_count is 'Number of records in the block.';
comment on column tekana.ledger_blocks.transaction_ids is
'Keys of the transactions whose own place is in the block, as ranges (there are few gaps). They '
'tell which transaction is missing.';
comment on column tekana.ledger_blocks.ended_ids is
'Keys of the holds that ended at a place in the block, as ranges.';
comment on column tekana.ledger_blocks.digests is
'The first 8 bytes of the tekana.transaction_digest of each record: first the transactions, in '
'order of transaction_id, then the endings, likewise. They tell which one was changed; '
'contents_hash proves that none was.';
comment on column tekana.ledger_blocks.contents_hash is
'SHA-256 of the concatenated tekana.transaction_digest (all 32 bytes) of the records, in the same '
'order.';
comment on column tekana.ledger_blocks.previous_hash is
'Hash of the block before; 32 zero bytes in the first block.';
comment on column tekana.ledger_blocks.hash is
'Hash of the block: SHA-256 of all other columns (tekana.block_hash).';
-- end frozen

commit;
