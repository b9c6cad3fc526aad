-- Verify policies. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
        'tekana.currencies select_all',
        'tekana.users select_self',
        'tekana.users select_all',
        'tekana.customers select_self',
        'tekana.customers select_all',
        'tekana.wallet_types select_all',
        'tekana.wallets select_own',
        'tekana.wallets select_all',
        'tekana.transaction_types select_all',
        'tekana.transaction_rules select_all',
        'tekana.transactions select_own',
        'tekana.transactions select_all'
    ]) as wanted
    where not exists (
        select from pg_policy where polrelid::regclass || ' ' || polname = wanted
    );
    if v_missing is not null then
        raise exception 'missing policy: %', v_missing;
    end if;
end
$$;

rollback;
