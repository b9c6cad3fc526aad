-- No policy, no grant: only the posting functions know of them.
alter table tekana.idempotency_keys enable row level security;
