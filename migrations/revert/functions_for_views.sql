-- Revert functions_for_views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

drop trigger if exists guard_idempotency_keys_truncate on tekana.idempotency_keys;
drop trigger if exists guard_idempotency_keys on tekana.idempotency_keys;
drop trigger if exists guard_ledger_blocks_truncate on tekana.ledger_blocks;
drop trigger if exists guard_ledger_blocks on tekana.ledger_blocks;
drop function if exists tekana.refuse_changes;
drop trigger if exists guard_transactions_truncate on tekana.transactions;
drop trigger if exists guard_transactions on tekana.transactions;
drop function if exists tekana.guard_transactions;
drop function if exists tekana.deployed_changes;
drop function if exists tekana.raise_field_problems;
drop function if exists tekana.raise_problem;
drop function if exists tekana.require_staff;
drop function if exists tekana.acting_customer_id;
drop function if exists tekana.current_customer_id;
drop function if exists tekana.current_user_id;
drop function if exists tekana.claim;

commit;
