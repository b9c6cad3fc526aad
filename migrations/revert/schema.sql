-- Revert schema. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

drop schema if exists analytics cascade;
drop schema if exists api cascade;
drop schema if exists tekana cascade;

commit;
