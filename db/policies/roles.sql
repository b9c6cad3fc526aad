-- Who there is. Roles belong to the whole cluster, so another database may have made them already.
do $$
declare
    v_role record;
begin
    -- A cluster that was made without a locale has SQL_ASCII: bytes that no client takes for text.
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception 'the database has encoding %: create it with encoding UTF8',
            current_setting('server_encoding');
    end if;
    for v_role in
        select *
        from (
            values
            ('tekana_owner', 'nologin', 'owns every object of Tekana; nobody signs in as it'),
            ('tekana_migrator', 'login', 'a DBA''s deployments, acting as tekana_owner'),
            (
                'tekana_authenticator', 'login noinherit',
                'the API: becomes one of the roles a request may have'
            ),
            ('tekana_anonymous', 'nologin', 'a request without a token: sees nothing'),
            ('tekana_customer', 'nologin', 'a signed-in customer: sees self'),
            ('tekana_staff', 'nologin', 'a signed-in member of staff: sees all customers'),
            (
                'tekana_gatekeeper', 'nologin',
                'the API before it knows who is there: registers and signs people in'
            ),
            (
                'tekana_worker', 'login',
                'the worker: delivers SMS, releases expired holds and seals the ledger'
            ),
            ('tekana_analyst', 'login', 'reads schema analytics and nothing else')
        ) as roles (name, attributes, description)
    loop
        if to_regrole(v_role.name) is null then
            execute format('create role %I with %s', v_role.name, v_role.attributes);
        end if;
        -- Whoever deploys without being a superuser must be able to act as the owner.
        if
            v_role.name = 'tekana_owner'
            and not pg_has_role(current_user, 'tekana_owner', 'usage')
        then
            execute format('grant tekana_owner to %I', current_user);
        end if;
        execute format('comment on role %I is %L', v_role.name, v_role.description);
    end loop;
    -- The registry of the migrations belongs to whoever deployed first; the next DBA needs it too.
    if to_regnamespace('sqitch') is not null then
        grant usage on schema sqitch to tekana_owner;
        grant select, insert, update, delete on all tables in schema sqitch to tekana_owner;
    end if;
    execute format('grant create on database %I to tekana_owner', current_database());
    -- Temporary tables are nobody's right by default: they can shadow names and fill the disk.
    execute format('revoke temporary on database %I from public', current_database());
end
$$;

grant tekana_owner to tekana_migrator;
grant tekana_anonymous to tekana_authenticator;
grant tekana_customer to tekana_authenticator;
grant tekana_staff to tekana_authenticator;
grant tekana_gatekeeper to tekana_authenticator;

-- EXECUTE is granted to everybody on every new function unless this says otherwise, and it has to
-- be said for the role, not for a schema (PostgreSQL manual, ALTER DEFAULT PRIVILEGES, notes).
alter default privileges for role tekana_owner revoke execute on functions from public;
