-- Revert seeds. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

-- The rows stay: others may refer to them by now. They go with their tables, and deploying again
-- adds only what is missing.

commit;
