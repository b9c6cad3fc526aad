-- Revert policies. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

drop policy if exists select_all on tekana.transactions;
drop policy if exists select_own on tekana.transactions;
drop policy if exists select_all on tekana.transaction_rules;
drop policy if exists select_all on tekana.transaction_types;
drop policy if exists select_all on tekana.wallets;
drop policy if exists select_own on tekana.wallets;
drop policy if exists select_all on tekana.wallet_types;
drop policy if exists select_all on tekana.customers;
drop policy if exists select_self on tekana.customers;
drop policy if exists select_all on tekana.users;
drop policy if exists select_self on tekana.users;
drop policy if exists select_all on tekana.currencies;

commit;
