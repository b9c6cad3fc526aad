-- Verify schema. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
        'tekana',
        'api',
        'analytics'
    ]) as wanted
    where to_regnamespace(wanted) is null;
    if v_missing is not null then
        raise exception 'missing schema: %', v_missing;
    end if;
end
$$;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
        'tekana.currencies',
        'tekana.users',
        'tekana.customers',
        'tekana.customers_bare_id_number_idx',
        'tekana.customers_id_number_idx',
        'tekana.sessions',
        'tekana.sessions_user_id_idx',
        'tekana.refresh_tokens',
        'tekana.refresh_tokens_session_id_idx',
        'tekana.sms_messages',
        'tekana.sms_messages_user_id_idx',
        'tekana.sms_messages_waiting_idx',
        'tekana.wallet_types',
        'tekana.account_number_sequence',
        'tekana.wallets',
        'tekana.wallets_customer_id_idx',
        'tekana.wallets_one_operator_wallet_each_idx',
        'tekana.transaction_types',
        'tekana.transaction_rules',
        'tekana.transaction_rules_transaction_type_id_idx',
        'tekana.transactions',
        'tekana.transactions_debited_customer_id_idx',
        'tekana.transactions_credited_customer_id_idx',
        'tekana.transactions_debited_customer_id_created_at_idx',
        'tekana.transactions_credited_customer_id_created_at_idx',
        'tekana.transactions_created_at_idx',
        'tekana.transactions_debited_wallet_id_idx',
        'tekana.transactions_credited_wallet_id_idx',
        'tekana.transactions_debited_wallet_id_ending_id_idx',
        'tekana.transactions_credited_wallet_id_ending_id_idx',
        'tekana.transactions_ending_id_idx',
        'tekana.transactions_debited_wallet_id_expires_at_idx',
        'tekana.transactions_expires_at_idx',
        'tekana.transactions_reverses_transaction_id_idx',
        'tekana.transactions_unique_external_reference_number_idx',
        'tekana.transactions_external_reference_number_idx',
        'tekana.transactions_reference_number_idx',
        'tekana.idempotency_keys',
        'tekana.ledger_proofs',
        'tekana.proven_balances',
        'tekana.ledger_horizons',
        'tekana.ledger_blocks'
    ]) as wanted
    where to_regclass(wanted) is null;
    if v_missing is not null then
        raise exception 'missing table: %', v_missing;
    end if;
end
$$;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
        'tekana.name_problem',
        'tekana.description_problem',
        'tekana.email_problem',
        'tekana.phone_number_problem',
        'tekana.id_number_problem',
        'tekana.bare_id_number',
        'tekana.choice_problem',
        'tekana.code_problem',
        'tekana.amount_problem',
        'tekana.limit_problem',
        'tekana.floor_problem',
        'tekana.hold_duration_problem',
        'tekana.idempotency_key_problem',
        'tekana.reference_number'
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
        'tekana.posting',
        'tekana.prepared_posting',
        'tekana.posting_terms',
        'tekana.decline',
        'tekana.locked_wallets',
        'tekana.posting_outcome',
        'tekana.ledger_violation'
    ]) as wanted
    where to_regtype(wanted) is null;
    if v_missing is not null then
        raise exception 'missing type: %', v_missing;
    end if;
end
$$;

rollback;
