-- No policy, no grant: seals are written by a function of the worker and read by whoever owns the
-- ledger.
alter table tekana.ledger_blocks enable row level security;
