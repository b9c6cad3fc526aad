-- No policy, no grant: proofs are for whoever administers the database.
alter table tekana.ledger_proofs enable row level security;
alter table tekana.proven_balances enable row level security;
