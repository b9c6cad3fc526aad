-- The private functions and the few reads that the hand-written routes of the API stand on.

-- name: register_customer
select to_json(c)
from
    tekana.register_customer(
        %(first_name)s, %(last_name)s, %(email)s, %(phone_number)s, %(id_type)s, %(id_number)s,
        %(gender)s, %(password_hash)s, %(problems)s
    ) as c;

-- name: find_credentials
select user_id, password_hash from tekana.find_credentials(%(email)s);

-- name: request_otp
select message_id, phone_number, masked
from tekana.request_otp(%(user_id)s, make_interval(secs => %(lifetime_seconds)s));

-- name: open_session
select session_id, role
from
    tekana.open_session(
        %(user_id)s, %(refresh_token_hash)s, make_interval(secs => %(lifetime_seconds)s)
    );

-- name: refresh_session
select outcome, session_id, user_id, role
from
    tekana.refresh_session(
        %(refresh_token_hash)s, %(new_refresh_token_hash)s,
        make_interval(secs => %(lifetime_seconds)s)
    );

-- name: close_session
select tekana.close_session(%(refresh_token_hash)s);

-- name: read_customer
select to_json(c)
from api.customers as c
where c.id = %(user_id)s;

-- name: read_staff
select to_json(s)
from (
    select u.user_id as id, u.email, u.phone_number, u.role, u.status, u.created_at
    from tekana.users as u
    where u.user_id = %(user_id)s
) as s;

-- name: constraint_comments
select c.conname, obj_description(c.oid, 'pg_constraint') as description
from pg_catalog.pg_constraint as c
where
    c.connamespace = 'tekana'::regnamespace
    and obj_description(c.oid, 'pg_constraint') is not null
union all
-- A unique index over an expression refuses like a constraint, under its own name.
select r.relname, obj_description(i.indexrelid, 'pg_class') as description
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as r on i.indexrelid = r.oid
where
    r.relnamespace = 'tekana'::regnamespace
    and i.indisunique
    and obj_description(i.indexrelid, 'pg_class') is not null;

-- name: connection_state
select
    current_user::text as role,
    current_setting('transaction_read_only')::boolean as is_read_only;

-- name: commit_something
select pg_logical_emit_message(true, 'tekana readiness', '') is not null;

-- name: deployed_changes
select array(select change from tekana.deployed_changes() as change);

-- name: missing_schemas
select array(
    select unnest(%(names)s::text[])
    except
    select n.nspname::text from pg_catalog.pg_namespace as n
);

-- name: introduction
-- Who is asking, for this transaction; raises unless the connection acts as their role, and the
-- session of the token is still open.
select
    set_config('request.jwt.claims', %(claims)s, true) is not null
    and (current_user = %(role)s::name or tekana.require_role(%(role)s::text))
    and case
        when %(session_id)s::bigint is null then true
        else tekana.require_session(%(session_id)s::bigint)
    end as ready;

-- name: take_role
-- To the end of the transaction.
select set_config('role', %(role)s, true);

-- name: set_timezone
select set_config('timezone', %(timezone)s, true);

-- name: post_gathered
select transaction, is_replayed, code, message, details, hint
from tekana.post_gathered(%(postings)s::jsonb, %(lock_milliseconds)s);

-- name: reading_problems
select f.field, p.problem
from
    unnest(%(fields)s::text[], %(texts)s::text[], %(types)s::regtype[]) as f (field, text, type)
cross join lateral tekana.reading_problem(f.text, f.type) as p (problem)
where p.problem is not null;
