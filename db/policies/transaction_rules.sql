alter table tekana.transaction_rules enable row level security;
grant select on tekana.transaction_rules to tekana_customer, tekana_staff;

create policy select_all on tekana.transaction_rules
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.transaction_rules is 'Every signed-in user sees all rows.';
