-- Revert views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

drop view if exists analytics.entries;
drop view if exists analytics.transactions;
drop view if exists analytics.wallets;
drop view if exists analytics.customers;
drop view if exists tekana.open_sessions;
drop view if exists tekana.ledger_entries;
drop view if exists api.statement_lines;
drop view if exists api.transactions;
drop view if exists api.transaction_rules;
drop view if exists api.transaction_types;
drop view if exists api.wallets;
drop view if exists api.wallet_types;
drop view if exists api.customers;
drop view if exists api.currencies;

commit;
