-- Verify roles. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
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
    ]) as wanted
    where to_regrole(wanted) is null;
    if v_missing is not null then
        raise exception 'missing role: %', v_missing;
    end if;
end
$$;

rollback;
