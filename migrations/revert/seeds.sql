-- Revert seeds. Written from db/ by 'tekana migrate baseline': edit there.
begin;

-- The rows stay: others may refer to them by now. They go with their tables, and deploying again
-- adds only what is missing.

commit;
