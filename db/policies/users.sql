alter table tekana.users enable row level security;
-- Not password_hash: only the sign-in functions read it.
grant select (user_id, role, email, phone_number, status, created_at)
on tekana.users to tekana_customer, tekana_staff;

create policy select_self on tekana.users for select to tekana_customer
using (user_id = (select tekana.current_customer_id()));
comment on policy select_self on tekana.users is 'A customer sees only their own row.';

create policy select_all on tekana.users for select to tekana_staff using (true);
comment on policy select_all on tekana.users is 'Staff see all rows.';
