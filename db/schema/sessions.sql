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
