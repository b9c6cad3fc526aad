-- Verify functions_for_views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.claim',
        'tekana.current_user_id',
        'tekana.current_customer_id',
        'tekana.acting_customer_id',
        'tekana.require_staff',
        'tekana.raise_problem',
        'tekana.raise_field_problems',
        'tekana.deployed_changes',
        'tekana.guard_transactions',
        'tekana.refuse_changes'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_proc where pronamespace::regnamespace || '.' || proname = wanted
    );
    if v_wrong is not null then
        raise exception 'missing function: %', v_wrong;
    end if;
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where exists (
        select from pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))
        where pronamespace::regnamespace || '.' || proname = wanted and grantee = 0
    );
    if v_wrong is not null then
        raise exception 'everybody may call: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.transactions guard_transactions',
        'tekana.transactions guard_transactions_truncate',
        'tekana.ledger_blocks guard_ledger_blocks',
        'tekana.ledger_blocks guard_ledger_blocks_truncate',
        'tekana.idempotency_keys guard_idempotency_keys',
        'tekana.idempotency_keys guard_idempotency_keys_truncate'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_trigger
        where tgrelid::regclass || ' ' || tgname = wanted and tgenabled in ('O', 'A')
    );
    if v_wrong is not null then
        raise exception 'missing or disabled trigger: %', v_wrong;
    end if;
end
$$;

rollback;
