-- Verify views. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
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
    ]) as wanted
    where to_regclass(wanted) is null;
    if v_missing is not null then
        raise exception 'missing table: %', v_missing;
    end if;
end
$$;

rollback;
