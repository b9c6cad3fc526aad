-- Verify policies. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.currencies',
        'tekana.users',
        'tekana.customers',
        'tekana.sessions',
        'tekana.refresh_tokens',
        'tekana.sms_messages',
        'tekana.wallet_types',
        'tekana.wallets',
        'tekana.transaction_types',
        'tekana.transaction_rules',
        'tekana.transactions',
        'tekana.idempotency_keys',
        'tekana.wallet_keys',
        'tekana.ledger_proofs',
        'tekana.proven_balances',
        'tekana.ledger_horizons',
        'tekana.ledger_blocks'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_class where oid = to_regclass(wanted) and relrowsecurity
    );
    if v_wrong is not null then
        raise exception 'without row level security: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
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
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_policy where polrelid::regclass || ' ' || polname = wanted
    );
    if v_wrong is not null then
        raise exception 'missing policy: %', v_wrong;
    end if;
end
$$;

rollback;
