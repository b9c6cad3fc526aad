-- Revert functions_for_views. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

drop trigger guard_idempotency_keys_truncate on tekana.idempotency_keys;
drop trigger guard_idempotency_keys on tekana.idempotency_keys;
drop trigger guard_ledger_blocks_truncate on tekana.ledger_blocks;
drop trigger guard_ledger_blocks on tekana.ledger_blocks;
drop function tekana.refuse_changes;
drop trigger guard_transactions_truncate on tekana.transactions;
drop trigger guard_transactions on tekana.transactions;
drop function tekana.guard_transactions;
drop function tekana.deployed_changes;
drop function tekana.raise_field_problems;
drop function tekana.raise_problem;
drop function tekana.require_staff;
drop function tekana.acting_customer_id;
drop function tekana.current_customer_id;
drop function tekana.current_user_id;
drop function tekana.claim;

commit;
