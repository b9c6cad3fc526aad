-- A pooler that gives a connection to somebody else after each transaction gives the role along
-- with it. A request that would be answered as another role is not answered.
create or replace function tekana.require_role(role text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
    if current_user <> require_role.role then
        raise exception 'the connection has role % instead of %', current_user, require_role.role
            using
                errcode = '58000',
                hint = 'A pooler between the API and PostgreSQL must pool sessions.';
    end if;
    return true;
end
$$;
comment on function tekana.require_role(text) is
'Returns true if the connection still has this role, which the API set once; otherwise raises '
'58000. Called in every request.';
revoke all on function tekana.require_role(text) from public;
grant execute on function tekana.require_role(text)
to tekana_anonymous, tekana_customer, tekana_staff, tekana_gatekeeper;
