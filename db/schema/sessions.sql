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
'One sign-in each, from the one-time password to the logout: its tokens carry the key as `sid`, '
'and are worth nothing once it has ended.';
comment on column tekana.sessions.session_id is 'Key; the `sid` claim of its tokens.';
comment on column tekana.sessions.user_id is 'Who signed in.';
comment on column tekana.sessions.created_at is 'When the one-time password was accepted.';
comment on column tekana.sessions.expires_at is 'When it ends unless refreshed before.';
comment on column tekana.sessions.ended_at is 'When it was ended early; null while it is open.';
comment on column tekana.sessions.end_reason is
'LOGOUT, or REUSE: a refresh token came a second time, so somebody has a copy.';

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
'The refresh tokens handed out, as hashes; each works once (RFC 9700, section 4.14.2: rotation).';
comment on column tekana.refresh_tokens.token_hash is
'SHA-256 of the token; the token is not kept.';
comment on column tekana.refresh_tokens.session_id is 'The session it refreshes.';
comment on column tekana.refresh_tokens.created_at is 'When it was handed out.';
comment on column tekana.refresh_tokens.used_at is 'When it was used; null while it can be.';
