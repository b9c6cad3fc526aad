-- Verify views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'api.currencies',
        'api.customers',
        'api.wallet_types',
        'api.wallets',
        'api.transaction_types',
        'api.transaction_rules',
        'api.transactions',
        'api.statement_lines',
        'tekana.ledger_entries',
        'tekana.open_sessions',
        'analytics.customers',
        'analytics.wallets',
        'analytics.transactions',
        'analytics.entries'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where to_regclass(wanted) is null;
    if v_wrong is not null then
        raise exception 'missing relation: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'api.currencies',
        'api.customers',
        'api.wallet_types',
        'api.wallets',
        'api.transaction_types',
        'api.transaction_rules',
        'api.transactions',
        'api.statement_lines',
        'tekana.ledger_entries',
        'tekana.open_sessions'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_class
        where oid = to_regclass(wanted) and reloptions @> array['security_invoker=true']
    );
    if v_wrong is not null then
        raise exception 'without security_invoker: %', v_wrong;
    end if;
end
$$;

rollback;
