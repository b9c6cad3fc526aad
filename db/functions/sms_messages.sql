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
