-- No policy, no grant: only api.open_wallet knows of them.
alter table tekana.wallet_keys enable row level security;
