alter table tekana.wallet_types enable row level security;
grant select on tekana.wallet_types to tekana_customer, tekana_staff;

create policy select_all on tekana.wallet_types
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.wallet_types is 'Every signed-in user sees all rows.';
