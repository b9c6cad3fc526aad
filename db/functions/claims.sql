-- Who is asking: the claims of the request's token, which the API sets for the transaction under
-- PostgREST's name for them. Unset reads '' after an earlier transaction set it, hence the nullif.
-- Without a setting of their own these are inlined into the policies and views that ask them:
-- called they would cost a page more than its rows do. `return` binds names when it is made.

create or replace function tekana.claim(name text) returns text
language sql stable parallel safe
return nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> claim.name;
comment on function tekana.claim(text) is
'Returns one claim of the token of the request; null if there is no token or no such claim.';

create or replace function tekana.current_user_id() returns bigint
language sql stable parallel safe
return tekana.claim('sub')::bigint;
comment on function tekana.current_user_id() is
'Returns the key of the signed-in user; null without a token.';

create or replace function tekana.current_customer_id() returns bigint
language sql stable parallel safe
return case when tekana.claim('role') = 'tekana_customer' then tekana.claim('sub')::bigint end;
comment on function tekana.current_customer_id() is
'Returns the key of the signed-in customer; null for staff and without a token.';

create or replace function tekana.acting_customer_id() returns bigint
language sql stable parallel safe
return case
    when tekana.claim('role') = 'tekana_staff' then null
    else coalesce(tekana.current_customer_id(), 0)
end;
comment on function tekana.acting_customer_id() is
'Returns the customer whose money the caller may move: the signed-in customer; null (any customer) '
'for staff; 0 (no customer) without a token.';

create or replace function tekana.require_staff() returns void
language plpgsql stable
set search_path = ''
as $$
begin
    if tekana.claim('role') is distinct from 'tekana_staff' then
        raise exception 'only staff may do this'
            using errcode = 'DENYD', hint = 'Sign in as a member of staff.';
    end if;
end
$$;
comment on function tekana.require_staff() is
'Raises DENYD unless the signed-in user is a member of staff.';

revoke all on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id(),
tekana.acting_customer_id(), tekana.require_staff() from public;
grant execute on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id()
to tekana_customer, tekana_staff;
