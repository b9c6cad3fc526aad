-- Revert roles. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

-- Roles belong to the whole cluster: when another database uses one of them, all of them stay.
do $$
declare
    v_role text;
    v_alteration text;
    v_roles constant text[] := array(
        select name
        from unnest(array[
            'tekana_owner',
            'tekana_migrator',
            'tekana_authenticator',
            'tekana_anonymous',
            'tekana_customer',
            'tekana_staff',
            'tekana_gatekeeper',
            'tekana_worker',
            'tekana_analyst'
        ]) as name
        where to_regrole(name) is not null
    );
begin
    execute format('grant temporary on database %I to public', current_database());
    -- The registry of the migrations outlives them. In a restored database it is one of theirs.
    for v_alteration in
        select format('alter schema %I owner to current_user', n.nspname)
        from pg_namespace as n
        where n.nspname = 'sqitch' and n.nspowner = any (v_roles::regrole[])
        union all
        select format('alter table %I.%I owner to current_user', 'sqitch', c.relname)
        from pg_class as c
        where
            c.relnamespace = to_regnamespace('sqitch') and c.relkind = 'r'
            and c.relowner = any (v_roles::regrole[])
    loop
        execute v_alteration;
    end loop;
    foreach v_role in array v_roles
    loop
        execute format('revoke all on database %I from %I', current_database(), v_role);
        if to_regnamespace('sqitch') is not null then
            execute format('revoke all on all tables in schema sqitch from %I', v_role);
            execute format('revoke all on schema sqitch from %I', v_role);
        end if;
    end loop;
    for v_role in
        select defaclrole::regrole::text
        from pg_default_acl
        where defaclnamespace = 0 and defaclobjtype = 'f' and defaclrole = any (v_roles::regrole[])
    loop
        execute format(
            'alter default privileges for role %s grant execute on functions to public', v_role
        );
    end loop;
    begin
        foreach v_role in array v_roles
        loop
            execute format('drop role %I', v_role);
        end loop;
    exception
        when dependent_objects_still_exist or object_in_use or insufficient_privilege then
            raise notice 'the roles stay: %', sqlerrm;
    end;
end
$$;

commit;
