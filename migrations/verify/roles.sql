-- Verify roles. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'tekana_owner',
        'tekana_migrator',
        'tekana_authenticator',
        'tekana_anonymous',
        'tekana_customer',
        'tekana_staff',
        'tekana_gatekeeper',
        'tekana_worker',
        'tekana_analyst'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where to_regrole(wanted) is null;
    if v_wrong is not null then
        raise exception 'missing role: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana_owner tekana_migrator',
        'tekana_anonymous tekana_authenticator',
        'tekana_customer tekana_authenticator',
        'tekana_staff tekana_authenticator',
        'tekana_gatekeeper tekana_authenticator'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_auth_members where roleid::regrole || ' ' || member::regrole = wanted
    );
    if v_wrong is not null then
        raise exception 'missing membership: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana_owner'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_default_acl
        where
            defaclrole = to_regrole(wanted) and defaclnamespace = 0 and defaclobjtype = 'f'
            and not exists (select from aclexplode(defaclacl) where grantee = 0)
    );
    if v_wrong is not null then
        raise exception 'by default everybody may call new functions of: %', v_wrong;
    end if;
end
$$;

rollback;
