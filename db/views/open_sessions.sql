create or replace view tekana.open_sessions with (security_invoker = true) as
select
    s.session_id,
    s.user_id,
    u.role
from tekana.sessions as s
inner join tekana.users as u on s.user_id = u.user_id
where s.ended_at is null and s.expires_at > now() and u.status = 'ACTIVE';

comment on view tekana.open_sessions is
'Sessions that have neither ended nor expired and whose user is active.';
comment on column tekana.open_sessions.session_id is 'The session.';
comment on column tekana.open_sessions.user_id is 'The user who signed in.';
comment on column tekana.open_sessions.role is 'Role of the user: CUSTOMER, STAFF or ADMIN.';
