-- Revert schema. Written from db/ by 'tekana migrate baseline': edit there.
begin;

set client_min_messages = warning;
set role tekana_owner;

drop schema analytics cascade;
drop schema api cascade;
drop schema tekana cascade;

commit;
