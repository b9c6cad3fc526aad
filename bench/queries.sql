-- What there is to compare the API with.

-- name: bare
select
    w.wallet_id,
    w.account_number,
    w.status
from tekana.wallets as w
where w.wallet_id = %(wallet_id)s;

-- People and history to measure with. Written straight into the tables, as a superuser, without
-- triggers: a history of ten million is not posted one by one.

-- name: people
with people as (
    insert into tekana.users (email, phone_number, password_hash, role)
    select
        'person' || n || '@example.com' as email,
        '+2507' || lpad(n::text, 8, '0') as phone_number,
        '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA'
        || '$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' as password_hash,
        'CUSTOMER' as role
    from generate_series(1, %(customers)s) as n
    returning user_id
),

customers as (
    insert into tekana.customers (
        customer_id, first_name, last_name, id_type, id_number, gender
    )
    select
        p.user_id,
        'Person' as first_name,
        'Number' as last_name,
        'NID' as id_type,
        '11990800' || lpad(p.user_id::text, 8, '0') as id_number,
        'FEMALE' as gender
    from people as p
    returning customer_id
)

insert into tekana.wallets (
    customer_id, wallet_type_id, currency_code, minor_units, account_number, current_balance,
    minimum_balance
)
select
    c.customer_id,
    t.wallet_type_id,
    'RWF' as currency_code,
    0 as minor_units,
    'PERSONAL-' || lpad(c.customer_id::text, 8, '0') as account_number,
    1000000 as current_balance,
    t.minimum_balance
from customers as c
cross join tekana.wallet_types as t
where t.code = 'PERSONAL';

-- name: sessions
insert into tekana.sessions (user_id, expires_at)
select
    u.user_id,
    now() + interval '1 day' as expires_at
from tekana.users as u
where u.user_id <= %(users)s
returning session_id, user_id;

-- name: indexes
select
    i.indexname,
    i.indexdef
from pg_catalog.pg_indexes as i
where
    i.schemaname = 'tekana' and i.tablename = 'transactions'
    and i.indexname not in ('transactions_pkey', 'transactions_idempotency_key_key');

-- name: history
-- A tenth of all pays the merchant (customer 1), but for twenty that were declined; customer 2 has
-- twenty in all, spread over time.
with numbered as (
    select
        n,
        (%(transactions)s - n) * interval '1 second' as age,
        case
            when mod(n, %(transactions)s / 20) = 1 then 2
            else 3 + mod(n::bigint * 7919, %(customers)s - 2)
        end as payer,
        case
            when mod(n, 10) = 0 then 1
            else 3 + mod(n::bigint * 104729 + 1, %(customers)s - 2)
        end as payee,
        mod(n, %(transactions)s / 20) = 0 as is_declined
    from generate_series(1, %(transactions)s) as n
)

insert into tekana.transactions (
    transaction_type_id, debited_wallet_id, credited_wallet_id, debited_customer_id,
    credited_customer_id, actor_id, created_at, amount, debited_balance_after,
    credited_balance_after, currency_code, channel_type, status, decline_code, status_message
)
select
    t.transaction_type_id,
    debited.wallet_id as debited_wallet_id,
    credited.wallet_id as credited_wallet_id,
    debited.customer_id as debited_customer_id,
    credited.customer_id as credited_customer_id,
    debited.customer_id as actor_id,
    now() - h.age as created_at,
    1 + mod(h.n, 5000) as amount,
    case when not h.is_declined then 1000000 end as debited_balance_after,
    case when not h.is_declined then 1000000 end as credited_balance_after,
    'RWF' as currency_code,
    'APP' as channel_type,
    case
        when h.is_declined then 'FAILED'
        when mod(h.n, 50) = 0 then 'REVERSED'
        else 'COMPLETED'
    end as status,
    case when h.is_declined then 'NFUND' end as decline_code,
    case when h.is_declined then 'insufficient funds' else 'completed' end as status_message
from numbered as h
inner join tekana.wallets as debited on h.payer = debited.customer_id
inner join tekana.wallets as credited
    on h.payee = credited.customer_id and debited.wallet_id <> credited.wallet_id
cross join tekana.transaction_types as t
where t.code = 'TRANSFER'
order by h.n;

-- name: wallets
select
    w.customer_id,
    w.wallet_id
from tekana.wallets as w
where w.customer_id <= %(users)s;

-- name: pgbench_variables
-- Customers and their wallets were made in one order: a wallet's key is so far from its owner's.
select
    (select min(w.wallet_id - w.customer_id) from tekana.wallets as w) as wallet_offset,
    (
        select min(u.user_id) from tekana.users as u
        where u.role = 'STAFF'
    ) as desk;

-- name: bytes_each
select
    count(*) as transactions,
    pg_total_relation_size('tekana.transactions')::numeric / count(*) as bytes_each
from tekana.transactions;

-- name: staff
insert into tekana.users (email, phone_number, password_hash, role)
select
    'desk' || n || '@example.com' as email,
    '+2508' || lpad(n::text, 8, '0') as phone_number,
    '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA'
    || '$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' as password_hash,
    'STAFF' as role
from generate_series(1, 64) as n;

-- name: statistics
create extension if not exists pg_stat_statements;
select pg_stat_reset();
select pg_stat_statements_reset();

-- name: statements
-- What the API asked for, and what its functions ran, that took the most time.
select
    s.calls,
    round(s.mean_exec_time::numeric, 3) as mean_ms,
    round((100 * s.total_exec_time / sum(s.total_exec_time) over ())::numeric, 1) as percent,
    s.rows,
    left(regexp_replace(s.query, '\s+', ' ', 'g'), 100) as statement
from public.pg_stat_statements as s
inner join pg_catalog.pg_roles as r on s.userid = r.oid
where r.rolname like 'tekana%'
order by s.total_exec_time desc
limit 12;

-- name: functions
select
    f.calls,
    round((f.total_time / f.calls)::numeric, 3) as mean_ms,
    round((f.self_time / f.calls)::numeric, 3) as mean_self_ms,
    f.schemaname || '.' || f.funcname as function
from pg_catalog.pg_stat_user_functions as f
where f.calls > 0
order by f.self_time desc
limit 20;

-- name: posting
with introduction as materialized (
    select set_config(
        'request.jwt.claims', '{"role": "tekana_customer", "sub": "3"}', true
    )
)

select t.id
from introduction
cross join tekana.wallets as debited
cross join tekana.wallets as credited
cross join
    lateral api.post_transaction(
        debited_wallet_id => debited.wallet_id, credited_wallet_id => credited.wallet_id,
        amount => 1, channel_type => 'APP', transaction_type => 'TRANSFER',
        idempotency_key => clock_timestamp()::text
    ) as t
where debited.customer_id = 3 and credited.customer_id = 4;

-- name: explaining
load 'auto_explain';
select
    set_config('auto_explain.log_min_duration', '0', false) as of_all,
    set_config('auto_explain.log_analyze', 'on', false) as with_times,
    set_config('auto_explain.log_buffers', 'on', false) as with_pages,
    set_config('auto_explain.log_parameter_max_length', '0', false) as without_values,
    set_config('auto_explain.log_nested_statements', 'on', false) as within_functions,
    set_config('auto_explain.log_level', 'notice', false) as to_whoever_asks;
