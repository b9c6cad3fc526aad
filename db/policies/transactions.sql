alter table tekana.transactions enable row level security;
-- Nobody may insert, update or delete: posting is a function's, and history is never rewritten.
grant select on tekana.transactions to tekana_customer, tekana_staff;

-- A `case` rather than `or`, so that the planner takes it for a check on rows that it has found
-- otherwise: from `or` between two indexed columns it reads and sorts a whole history, and a
-- condition that it thinks few rows meet makes it leave the order of an index. The index is reached
-- by the views' own conditions.
create policy select_own on tekana.transactions for select to tekana_customer
using (
    case (select tekana.current_customer_id())
        when debited_customer_id then true
        when credited_customer_id then true
    end
);
comment on policy select_own on tekana.transactions is
'A customer sees the transactions that debit or credit their own wallets.';

create policy select_all on tekana.transactions for select to tekana_staff using (true);
comment on policy select_all on tekana.transactions is 'Staff see all rows.';

grant execute on function tekana.reference_number(bigint) to tekana_customer, tekana_staff;
