-- Who is asking: the claims of the request's token, which the API sets for the transaction under
-- PostgREST's name for them. Unset reads '' after an earlier transaction set it, hence the nullif.
-- Without a setting of their own these are inlined into the policies and views that ask them:
-- called they would cost a page more than its rows do. `return` binds names when it is made.

create or replace function tekana.claim(name text) returns text
language sql stable parallel safe
return nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> claim.name;
comment on function tekana.claim(text) is
'One claim of the request''s token; null without a token or such a claim.';

create or replace function tekana.current_user_id() returns bigint
language sql stable parallel safe
return tekana.claim('sub')::bigint;
comment on function tekana.current_user_id() is
'Who is asking: key of the user; null without a token.';

create or replace function tekana.current_customer_id() returns bigint
language sql stable parallel safe
return case when tekana.claim('role') = 'tekana_customer' then tekana.claim('sub')::bigint end;
comment on function tekana.current_customer_id() is
'Who is asking, when it is a customer; null for staff and without a token.';

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
comment on function tekana.require_staff() is 'Raises DENYD unless a member of staff is asking.';

create or replace function tekana.require_owner_of(wallet tekana.wallets) returns void
language plpgsql stable
set search_path = ''
as $$
begin
    if tekana.claim('role') is not distinct from 'tekana_staff' then
        return;
    end if;
    -- One answer for another's wallet and for none: a stranger learns nothing from it.
    if
        wallet.customer_id is null
        or wallet.customer_id is distinct from tekana.current_customer_id()
    then
        raise exception 'this wallet is not yours to debit'
            using errcode = 'DENYD', hint = 'Debit a wallet of your own.';
    end if;
end
$$;
comment on function tekana.require_owner_of(tekana.wallets) is
'Raises DENYD unless the wallet belongs to the customer who is asking, or staff ask.';

revoke all on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id(),
tekana.require_staff(), tekana.require_owner_of(tekana.wallets) from public;
grant execute on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id()
to tekana_customer, tekana_staff;
