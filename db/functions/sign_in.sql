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
