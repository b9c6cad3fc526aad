alter table tekana.transactions enable row level security;
-- Nobody may insert, update or delete: posting is a function's, and history is never rewritten.
grant select on tekana.transactions to tekana_customer, tekana_staff;

create policy select_own on tekana.transactions for select to tekana_customer
using (
    debited_customer_id = (select tekana.current_customer_id())
    or credited_customer_id = (select tekana.current_customer_id())
);
comment on policy select_own on tekana.transactions is
'A customer sees the transactions that touch an own wallet.';

create policy select_all on tekana.transactions for select to tekana_staff using (true);
comment on policy select_all on tekana.transactions is 'Staff see all.';

grant execute on function tekana.reference_number(bigint) to tekana_customer, tekana_staff;
