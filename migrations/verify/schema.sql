-- Verify schema. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'tekana',
        'api',
        'analytics'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where to_regnamespace(wanted) is null;
    if v_wrong is not null then
        raise exception 'missing schema: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.posting',
        'tekana.prepared_posting',
        'tekana.posting_terms',
        'tekana.decline',
        'tekana.locked_wallets',
        'tekana.posting_outcome',
        'tekana.ledger_violation'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where to_regtype(wanted) is null;
    if v_wrong is not null then
        raise exception 'missing type: %', v_wrong;
    end if;
end
$$;

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
        'tekana.account_number_sequence',
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
    where to_regclass(wanted) is null;
    if v_wrong is not null then
        raise exception 'missing relation: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.currencies currencies_pkey',
        'tekana.currencies currencies_currency_code_minor_units_key',
        'tekana.currencies currencies_code_is_iso_4217',
        'tekana.currencies currencies_name_is_given',
        'tekana.currencies currencies_minor_units_are_few',
        'tekana.currencies currencies_status_is_known',
        'tekana.users users_pkey',
        'tekana.users users_user_id_role_key',
        'tekana.users users_email_key',
        'tekana.users users_phone_number_key',
        'tekana.users users_role_is_known',
        'tekana.users users_email_is_an_address',
        'tekana.users users_email_is_lower_case',
        'tekana.users users_phone_number_is_e164',
        'tekana.users users_password_is_argon2id',
        'tekana.users users_status_is_known',
        'tekana.customers customers_pkey',
        'tekana.customers customers_are_users',
        'tekana.customers customers_first_name_is_given',
        'tekana.customers customers_last_name_is_given',
        'tekana.customers customers_id_type_is_known',
        'tekana.customers customers_id_number_is_plain',
        'tekana.customers customers_gender_is_known',
        'tekana.sessions sessions_pkey',
        'tekana.sessions sessions_are_of_users',
        'tekana.sessions sessions_expire_after_start',
        'tekana.sessions sessions_end_has_a_reason',
        'tekana.refresh_tokens refresh_tokens_pkey',
        'tekana.refresh_tokens refresh_tokens_are_of_sessions',
        'tekana.refresh_tokens refresh_tokens_hash_is_sha256',
        'tekana.sms_messages sms_messages_pkey',
        'tekana.sms_messages sms_messages_are_to_users',
        'tekana.sms_messages sms_messages_purpose_is_known',
        'tekana.sms_messages sms_messages_status_is_known',
        'tekana.sms_messages sms_messages_sent_has_a_time',
        'tekana.wallet_types wallet_types_pkey',
        'tekana.wallet_types wallet_types_wallet_type_id_is_operator_key',
        'tekana.wallet_types wallet_types_code_key',
        'tekana.wallet_types wallet_types_code_is_a_code',
        'tekana.wallet_types wallet_types_name_is_given',
        'tekana.wallet_types wallet_types_description_is_short',
        'tekana.wallet_types wallet_types_minimum_transaction_amount_is_money',
        'tekana.wallet_types wallet_types_maximum_transaction_amount_is_money',
        'tekana.wallet_types wallet_types_minimum_balance_is_a_floor',
        'tekana.wallet_types wallet_types_maximum_balance_is_money',
        'tekana.wallet_types wallet_types_transaction_amounts_are_in_order',
        'tekana.wallets wallets_pkey',
        'tekana.wallets wallets_account_number_key',
        'tekana.wallets wallets_are_of_customers',
        'tekana.wallets wallets_have_a_type',
        'tekana.wallets wallets_have_a_currency',
        'tekana.wallets wallets_account_number_is_type_and_digits',
        'tekana.wallets wallets_balance_is_bounded',
        'tekana.wallets wallets_balance_has_its_currencys_decimals',
        'tekana.wallets wallets_held_amount_is_bounded',
        'tekana.wallets wallets_held_amount_has_its_currencys_decimals',
        'tekana.wallets wallets_available_balance_is_over_its_floor',
        'tekana.wallets wallets_of_customers_have_a_floor',
        'tekana.wallets wallets_status_is_known',
        'tekana.transaction_types transaction_types_pkey',
        'tekana.transaction_types transaction_types_code_key',
        'tekana.transaction_types transaction_types_code_is_a_code',
        'tekana.transaction_types transaction_types_name_is_given',
        'tekana.transaction_types transaction_types_description_is_short',
        'tekana.transaction_types transaction_types_minimum_amount_is_money',
        'tekana.transaction_types transaction_types_maximum_amount_is_money',
        'tekana.transaction_types transaction_types_amounts_are_in_order',
        'tekana.transaction_types transaction_types_hold_duration_is_bounded',
        'tekana.transaction_types transaction_types_status_is_known',
        'tekana.transaction_rules transaction_rules_pkey',
        'tekana.transaction_rules transaction_rules_pair_key',
        'tekana.transaction_rules transaction_rules_have_a_wallet_type',
        'tekana.transaction_rules transaction_rules_have_a_transaction_type',
        'tekana.transactions transactions_pkey',
        'tekana.transactions transactions_idempotency_key_key',
        'tekana.transactions transactions_have_a_type',
        'tekana.transactions transactions_debit_a_wallet',
        'tekana.transactions transactions_credit_a_wallet',
        'tekana.transactions transactions_are_asked_for_by_a_user',
        'tekana.transactions transactions_are_ended_by_a_user',
        'tekana.transactions transactions_reverse_a_transaction',
        'tekana.transactions transactions_move_between_two_wallets',
        'tekana.transactions transactions_amount_is_positive_and_bounded',
        'tekana.transactions transactions_channel_type_is_known',
        'tekana.transactions transactions_status_is_known',
        'tekana.transactions transactions_posted_have_both_balances',
        'tekana.transactions transactions_declined_have_a_reason',
        'tekana.transactions transactions_key_has_a_hash',
        'tekana.transactions transactions_pending_are_held_and_not_ended',
        'tekana.transactions transactions_held_expire',
        'tekana.transactions transactions_endings_are_whole',
        'tekana.transactions transactions_post_at_most_what_was_held',
        'tekana.transactions transactions_external_reference_number_is_short',
        'tekana.transactions transactions_status_message_is_short',
        'tekana.idempotency_keys idempotency_keys_pkey',
        'tekana.idempotency_keys idempotency_keys_are_a_users',
        'tekana.idempotency_keys idempotency_keys_stand_for_a_transaction',
        'tekana.wallet_keys wallet_keys_pkey',
        'tekana.wallet_keys wallet_keys_are_a_users',
        'tekana.wallet_keys wallet_keys_stand_for_a_wallet',
        'tekana.ledger_proofs ledger_proofs_pkey',
        'tekana.ledger_proofs ledger_proofs_go_forward',
        'tekana.proven_balances proven_balances_pkey',
        'tekana.ledger_horizons ledger_horizons_pkey',
        'tekana.ledger_horizons ledger_horizons_has_one_row',
        'tekana.ledger_horizons ledger_horizons_go_forward',
        'tekana.ledger_blocks ledger_blocks_pkey',
        'tekana.ledger_blocks ledger_blocks_are_numbered_from_one',
        'tekana.ledger_blocks ledger_blocks_are_not_empty',
        'tekana.ledger_blocks ledger_blocks_have_a_digest_for_each_record',
        'tekana.ledger_blocks ledger_blocks_hashes_are_of_sha256'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_constraint
        where conrelid::regclass || ' ' || conname = wanted and convalidated
    );
    if v_wrong is not null then
        raise exception 'missing or not validated constraint: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.customers_bare_id_number_idx',
        'tekana.customers_id_number_idx',
        'tekana.sessions_user_id_idx',
        'tekana.sessions_expires_at_idx',
        'tekana.refresh_tokens_session_id_idx',
        'tekana.sms_messages_user_id_idx',
        'tekana.sms_messages_waiting_idx',
        'tekana.wallets_customer_id_idx',
        'tekana.wallets_one_operator_wallet_each_idx',
        'tekana.transaction_rules_transaction_type_id_idx',
        'tekana.transactions_debited_customer_id_idx',
        'tekana.transactions_credited_customer_id_idx',
        'tekana.transactions_debited_customer_id_created_at_idx',
        'tekana.transactions_credited_customer_id_created_at_idx',
        'tekana.transactions_debited_customer_id_status_idx',
        'tekana.transactions_credited_customer_id_status_idx',
        'tekana.transactions_status_idx',
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
        'tekana.transactions_reference_number_idx'
    ];
    v_wrong text;
begin
    select string_agg(wanted, ', ') into v_wrong
    from unnest(v_wanted) as wanted
    where not exists (
        select from pg_index where indexrelid = to_regclass(wanted) and indisvalid
    );
    if v_wrong is not null then
        raise exception 'missing or invalid index: %', v_wrong;
    end if;
end
$$;

do $$
declare
    v_wanted constant text[] := array[
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

rollback;
