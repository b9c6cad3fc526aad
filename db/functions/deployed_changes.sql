create or replace function tekana.deployed_changes() returns setof text
language plpgsql stable security definer
set search_path = ''
as $$
begin
    -- The registry is sqitch's own; a database built without migrations has none.
    if to_regclass('sqitch.changes') is not null then
        return query execute 'select c.change from sqitch.changes as c';
    end if;
end
$$;
comment on function tekana.deployed_changes() is
'Returns the names of the changes of the migration plan that are deployed in this database. The '
'readiness check compares them with the plan.';
revoke all on function tekana.deployed_changes() from public;
grant execute on function tekana.deployed_changes() to tekana_gatekeeper;
