-- Verify functions. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

do $$
declare
    v_wanted constant text[] := array[
        'tekana.reading_problem',
        'tekana.normal_phone_number',
        'tekana.register_customer',
        'tekana.create_staff',
        'tekana.mask_phone_number',
        'tekana.find_credentials',
        'tekana.request_otp',
        'tekana.open_session',
        'tekana.refresh_session',
        'tekana.close_session',
        'tekana.require_session',
        'tekana.require_role',
        'tekana.begin_sms',
        'tekana.record_sms_sent',
        'tekana.record_sms_failure',
        'tekana.find_waiting_sms',
        'tekana.forget_old',
        'api.create_wallet_type',
        'api.create_transaction_type',
        'api.create_transaction_rule',
        'tekana.next_account_number',
        'tekana.insert_wallet',
        'tekana.find_opened_wallet',
        'api.open_wallet',
        'api.set_wallet_status',
        'tekana.activate_currency',
        'api.find_operator_wallets',
        'tekana.expire_holds',
        'tekana.lock_wallets',
        'tekana.locked_wallet',
        'tekana.sweep_expired_holds',
        'tekana.posting_terms',
        'tekana.full_wallet',
        'tekana.decline_reason',
        'tekana.as_seen',
        'tekana.decline_error',
        'tekana.respond',
        'tekana.recorded',
        'tekana.refused',
        'tekana.find_by_key',
        'tekana.key_was_used',
        'tekana.mark_replayed',
        'tekana.replay_posting',
        'tekana.replay_ending',
        'tekana.amount_to_move',
        'tekana.claim_key',
        'tekana.keep_key',
        'tekana.short_hash',
        'tekana.posting_problems',
        'tekana.prepare_postings',
        'tekana.refuse_by_wallets',
        'tekana.repeated_references',
        'tekana.reference_is_used',
        'tekana.count_holds',
        'tekana.draft_transaction',
        'tekana.decide_postings',
        'tekana.refuse_group',
        'tekana.raise_faster_request',
        'tekana.record_transactions',
        'tekana.set_balances',
        'tekana.decline_group',
        'tekana.post_batch',
        'api.post_transaction',
        'tekana.raise_unreadable',
        'tekana.read_postings',
        'tekana.lock_wallets_of',
        'tekana.post_each',
        'tekana.outcome_json',
        'tekana.post_group',
        'api.post_transactions',
        'tekana.post_unhindered',
        'tekana.post_gathered',
        'tekana.find_transaction_to_end',
        'tekana.end_hold',
        'api.complete_transaction',
        'api.cancel_transaction',
        'api.reverse_transaction',
        'tekana.find_writers',
        'tekana.last_place',
        'tekana.lock_horizon',
        'tekana.advance_horizon',
        'tekana.check_wallets',
        'tekana.check_histories',
        'tekana.check_reversals',
        'tekana.check_unposted',
        'tekana.check_places',
        'tekana.proven_horizon',
        'tekana.check_ledger',
        'tekana.prove_ledger',
        'tekana.transaction_digest',
        'tekana.as_held',
        'tekana.digest_records',
        'tekana.list_records',
        'tekana.block_hash',
        'tekana.find_next_record',
        'tekana.seal_transactions',
        'tekana.find_first_difference',
        'tekana.find_wrong_mark',
        'tekana.verify_ledger',
        'api.balance_at'
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
