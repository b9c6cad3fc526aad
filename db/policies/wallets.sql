alter table tekana.wallets enable row level security;
grant select on tekana.wallets to tekana_customer, tekana_staff;

create policy select_own on tekana.wallets for select to tekana_customer
using (customer_id = (select tekana.current_customer_id()));
comment on policy select_own on tekana.wallets is 'A customer sees only their own wallets.';

create policy select_all on tekana.wallets for select to tekana_staff using (true);
comment on policy select_all on tekana.wallets is 'Staff see all rows.';
