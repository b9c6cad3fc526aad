-- Revert views. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

drop view tekana.open_sessions;
drop view tekana.ledger_entries;
drop view api.statement_lines;
drop view api.transactions;
drop view api.transaction_rules;
drop view api.transaction_types;
drop view api.wallets;
drop view api.wallet_types;
drop view api.customers;
drop view api.currencies;

commit;
