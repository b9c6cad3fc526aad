-- No policy, no grant: moved by functions of whoever seals or proves the ledger.
alter table tekana.ledger_horizons enable row level security;
