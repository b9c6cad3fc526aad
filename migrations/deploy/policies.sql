-- Deploy policies. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/policies/currencies.sql
alter table tekana.currencies enable row level security;
grant select on tekana.currencies to tekana_customer, tekana_staff;

create policy select_all on tekana.currencies
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.currencies is 'Every signed-in user sees all rows.';
-- end frozen

-- frozen: db/policies/users.sql
alter table tekana.users enable row level security;
-- Not password_hash: only the sign-in functions read it.
grant select (user_id, role, email, phone_number, status, created_at)
on tekana.users to tekana_customer, tekana_staff;

create policy select_self on tekana.users for select to tekana_customer
using (user_id = (select tekana.current_customer_id()));
comment on policy select_self on tekana.users is 'A customer sees only their own row.';

create policy select_all on tekana.users for select to tekana_staff using (true);
comment on policy select_all on tekana.users is 'Staff see all rows.';
-- end frozen

-- frozen: db/policies/customers.sql
alter table tekana.customers enable row level security;
grant select on tekana.customers to tekana_customer, tekana_staff;

create policy select_self on tekana.customers for select to tekana_customer
using (customer_id = (select tekana.current_customer_id()));
comment on policy select_self on tekana.customers is 'A customer sees only their own row.';

create policy select_all on tekana.customers for select to tekana_staff using (true);
comment on policy select_all on tekana.customers is 'Staff see all rows.';
-- end frozen

-- frozen: db/policies/sessions.sql
-- No policy, no grant: sessions and refresh tokens are read and written by the sign-in functions
-- only.
alter table tekana.sessions enable row level security;
alter table tekana.refresh_tokens enable row level security;
-- end frozen

-- frozen: db/policies/sms_messages.sql
-- No policy, no grant: messages are read and written by the functions of the API and the worker
-- only.
alter table tekana.sms_messages enable row level security;
-- end frozen

-- frozen: db/policies/wallet_types.sql
alter table tekana.wallet_types enable row level security;
grant select on tekana.wallet_types to tekana_customer, tekana_staff;

create policy select_all on tekana.wallet_types
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.wallet_types is 'Every signed-in user sees all rows.';
-- end frozen

-- frozen: db/policies/wallets.sql
alter table tekana.wallets enable row level security;
grant select on tekana.wallets to tekana_customer, tekana_staff;

create policy select_own on tekana.wallets for select to tekana_customer
using (customer_id = (select tekana.current_customer_id()));
comment on policy select_own on tekana.wallets is 'A customer sees only their own wallets.';

create policy select_all on tekana.wallets for select to tekana_staff using (true);
comment on policy select_all on tekana.wallets is 'Staff see all rows.';
-- end frozen

-- frozen: db/policies/transaction_types.sql
alter table tekana.transaction_types enable row level security;
grant select on tekana.transaction_types to tekana_customer, tekana_staff;

create policy select_all on tekana.transaction_types
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.transaction_types is 'Every signed-in user sees all rows.';
-- end frozen

-- frozen: db/policies/transaction_rules.sql
alter table tekana.transaction_rules enable row level security;
grant select on tekana.transaction_rules to tekana_customer, tekana_staff;

create policy select_all on tekana.transaction_rules
for select to tekana_customer, tekana_staff using (true);
comment on policy select_all on tekana.transaction_rules is 'Every signed-in user sees all rows.';
-- end frozen

-- frozen: db/policies/transactions.sql
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
-- end frozen

-- frozen: db/policies/idempotency_keys.sql
-- No policy, no grant: only the posting functions know of them.
alter table tekana.idempotency_keys enable row level security;
-- end frozen

-- frozen: db/policies/wallet_keys.sql
-- No policy, no grant: only api.open_wallet knows of them.
alter table tekana.wallet_keys enable row level security;
-- end frozen

-- frozen: db/policies/ledger_proofs.sql
-- No policy, no grant: proofs are for whoever administers the database.
alter table tekana.ledger_proofs enable row level security;
alter table tekana.proven_balances enable row level security;
-- end frozen

-- frozen: db/policies/ledger_horizons.sql
-- No policy, no grant: moved by functions of whoever seals or proves the ledger.
alter table tekana.ledger_horizons enable row level security;
-- end frozen

-- frozen: db/policies/ledger_blocks.sql
-- No policy, no grant: seals are written by a function of the worker and read by whoever owns the
-- ledger.
alter table tekana.ledger_blocks enable row level security;
-- end frozen

commit;
