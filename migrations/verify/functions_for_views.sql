-- Verify functions_for_views. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
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
    ]) as wanted
    where not exists (
        select from pg_proc where pronamespace::regnamespace || '.' || proname = wanted
    );
    if v_missing is not null then
        raise exception 'missing function: %', v_missing;
    end if;
end
$$;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
        'tekana.transactions guard_transactions',
        'tekana.transactions guard_transactions_truncate',
        'tekana.ledger_blocks guard_ledger_blocks',
        'tekana.ledger_blocks guard_ledger_blocks_truncate',
        'tekana.idempotency_keys guard_idempotency_keys',
        'tekana.idempotency_keys guard_idempotency_keys_truncate'
    ]) as wanted
    where not exists (
        select from pg_trigger where tgrelid::regclass || ' ' || tgname = wanted
    );
    if v_missing is not null then
        raise exception 'missing trigger: %', v_missing;
    end if;
end
$$;

rollback;
