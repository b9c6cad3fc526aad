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
