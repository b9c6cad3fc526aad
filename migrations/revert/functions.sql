-- Revert functions. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

drop function api.reverse_transaction;
drop function tekana.reversal_decline;
drop function api.cancel_transaction;
drop function api.complete_transaction;
drop function tekana.lock_held_transaction;
drop function api.post_transaction;
drop function tekana.decide_transaction;
drop function tekana.record_transaction;
drop function tekana.short_hash;
drop function tekana.replay_transaction;
drop function tekana.respond_transaction;
drop function tekana.decline_reason;
drop function tekana.lock_wallets;
drop function api.find_operator_wallets;
drop function tekana.activate_currency;
drop function api.set_wallet_status;
drop function api.open_wallet;
drop function tekana.insert_wallet;
drop function tekana.next_account_number;
drop function api.create_transaction_rule;
drop function api.create_transaction_type;
drop function api.create_wallet_type;
drop function tekana.find_waiting_sms;
drop function tekana.record_sms_failure;
drop function tekana.record_sms_sent;
drop function tekana.begin_sms;
drop function tekana.require_session;
drop function tekana.close_session;
drop function tekana.refresh_session;
drop function tekana.open_session;
drop function tekana.request_otp;
drop function tekana.find_credentials;
drop function tekana.mask_phone_number;
drop function tekana.create_staff;
drop function tekana.register_customer;
drop function tekana.normal_phone_number;

commit;
