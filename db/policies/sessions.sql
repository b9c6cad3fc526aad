-- No policy, no grant: sessions and refresh tokens are read and written by the sign-in functions
-- only.
alter table tekana.sessions enable row level security;
alter table tekana.refresh_tokens enable row level security;
