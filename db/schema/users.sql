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
