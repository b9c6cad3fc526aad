-- Verify functions. Written from db/ by 'tekana migrate baseline': edit there.
begin;

do $$
declare
    v_missing text;
begin
    select string_agg(wanted, ', ') into v_missing
    from unnest(array[
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
        'tekana.begin_sms',
        'tekana.record_sms_sent',
        'tekana.record_sms_failure',
        'tekana.find_waiting_sms',
        'api.create_wallet_type',
        'api.create_transaction_type',
        'api.create_transaction_rule',
        'tekana.next_account_number',
        'tekana.insert_wallet',
        'api.open_wallet',
        'api.set_wallet_status',
        'tekana.activate_currency',
        'api.find_operator_wallets',
        'tekana.lock_wallets',
        'tekana.decline_reason',
        'tekana.respond_transaction',
        'tekana.replay_transaction',
        'tekana.short_hash',
        'tekana.record_transaction',
        'tekana.decide_transaction',
        'api.post_transaction',
        'tekana.lock_held_transaction',
        'api.complete_transaction',
        'api.cancel_transaction',
        'tekana.reversal_decline',
        'api.reverse_transaction'
    ]) as wanted
    where not exists (
        select from pg_proc where pronamespace::regnamespace || '.' || proname = wanted
    );
    if v_missing is not null then
        raise exception 'missing function: %', v_missing;
    end if;
end
$$;

rollback;
