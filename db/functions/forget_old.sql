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
