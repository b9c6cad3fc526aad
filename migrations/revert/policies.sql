-- Revert policies. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

drop policy select_all on tekana.transactions;
drop policy select_own on tekana.transactions;
drop policy select_all on tekana.transaction_rules;
drop policy select_all on tekana.transaction_types;
drop policy select_all on tekana.wallets;
drop policy select_own on tekana.wallets;
drop policy select_all on tekana.wallet_types;
drop policy select_all on tekana.customers;
drop policy select_self on tekana.customers;
drop policy select_all on tekana.users;
drop policy select_self on tekana.users;
drop policy select_all on tekana.currencies;

commit;
