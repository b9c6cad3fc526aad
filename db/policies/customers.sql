alter table tekana.customers enable row level security;
grant select on tekana.customers to tekana_customer, tekana_staff;

create policy select_self on tekana.customers for select to tekana_customer
using (customer_id = (select tekana.current_customer_id()));
comment on policy select_self on tekana.customers is 'A customer sees only their own row.';

create policy select_all on tekana.customers for select to tekana_staff using (true);
comment on policy select_all on tekana.customers is 'Staff see all rows.';
