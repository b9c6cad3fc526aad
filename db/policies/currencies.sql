alter table tekana.currencies enable row level security;
grant select on tekana.currencies to tekana_customer, tekana_staff;

create policy select_all on tekana.currencies
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.currencies is 'Every signed-in user sees all rows.';
