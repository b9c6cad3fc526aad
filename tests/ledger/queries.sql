-- What the state machine asks of the database besides what it asks of the API's functions.

-- name: problems
-- What is true of a ledger at any moment, of the transactions after a mark and of some wallets: no
-- rows, or what is wrong. Small, since it is asked after every step; `tekana ledger check` is not.
with lines as (
    select
        l.wallet_id,
        l.transaction_id,
        l.amount,
        l.balance_after,
        l.posted_at,
        coalesce(
            lag(l.balance_after) over of_wallet,
            l.balance_after - l.amount
        ) as balance_before,
        lag(l.posted_at) over of_wallet as posted_before,
        lead(l.posting_id) over of_wallet is null as is_last
    from api.statement_lines as l
    where l.transaction_id > %(mark)s
    window of_wallet as (partition by l.wallet_id order by l.posting_id)
),

originals as (
    select
        t.transaction_id,
        t.amount,
        t.status = 'REVERSED' as is_reversed,
        (
            select coalesce(sum(r.amount), 0)
            from tekana.transactions as r
            where r.reverses_transaction_id = t.transaction_id and r.status = 'COMPLETED'
        ) as reversed_amount
    from tekana.transactions as t
    where t.transaction_id > %(mark)s
)

select 'the ' || w.currency_code || ' add up to ' || sum(w.current_balance) as problem
from tekana.wallets as w
group by w.currency_code
having sum(w.current_balance) <> 0
union all
select 'the balances of wallet ' || l.wallet_id || ' do not chain at ' || l.transaction_id
from lines as l
where l.balance_before + l.amount <> l.balance_after
union all
select 'the times of wallet ' || l.wallet_id || ' go back at ' || l.transaction_id
from lines as l
where l.posted_at < l.posted_before
union all
select 'wallet ' || w.wallet_id || ' is not where its statement ends'
from tekana.wallets as w
inner join lines as l on w.wallet_id = l.wallet_id
where l.is_last and w.current_balance <> l.balance_after
union all
select 'wallet ' || w.wallet_id || ' does not hold what is held of it'
from tekana.wallets as w
where
    w.wallet_id = any(%(wallet_ids)s::bigint[])
    and w.held_amount <> (
        select coalesce(sum(t.amount), 0)
        from tekana.transactions as t
        where t.debited_wallet_id = w.wallet_id and t.status = 'PENDING'
    )
union all
select 'wallet ' || w.wallet_id || ' is under its floor'
from tekana.wallets as w
where
    w.wallet_id = any(%(wallet_ids)s::bigint[])
    and w.current_balance - w.held_amount < w.minimum_balance and not w.is_under_floor
union all
select 'transaction ' || o.transaction_id || ' was reversed by ' || o.reversed_amount
from originals as o
where o.reversed_amount > o.amount or o.is_reversed <> (o.reversed_amount = o.amount);

-- name: wallets
-- As everybody is shown them.
select
    w.id,
    w.current_balance,
    w.available_balance
from api.wallets as w
where w.id = any(%(wallet_ids)s::bigint[])
order by w.id;

-- name: transactions
select
    t.transaction_id,
    case
        when t.status = 'PENDING' and t.expires_at <= clock_timestamp() then 'CANCELLED'
        else t.status
    end as status,
    t.decline_code,
    t.amount,
    t.held_amount,
    t.reverses_transaction_id,
    t.debited_wallet_id,
    t.credited_wallet_id,
    t.debited_balance_after,
    t.credited_balance_after
from tekana.transactions as t
where t.transaction_id > %(mark)s
order by t.transaction_id;

-- name: let_expire
update tekana.transactions as t set expires_at = clock_timestamp() + %(after)s::interval
where t.transaction_id = %(transaction_id)s and t.status = 'PENDING'
returning t.expires_at;

-- name: rules
-- For types that the seeds have none of.
insert into tekana.transaction_rules (
    wallet_type_id, transaction_type_id, debit_allowed, credit_allowed
)
select
    w.wallet_type_id,
    t.transaction_type_id,
    true as debit_allowed,
    true as credit_allowed
from tekana.wallet_types as w
cross join tekana.transaction_types as t
where
    (w.code in ('DEBT', 'JAR') and t.code in ('TRANSFER', 'BILL', 'CASH_IN'))
    or (w.code = 'PERSONAL' and t.code = 'BILL');

-- name: find_kinds
select
    w.wallet_type_id,
    w.code,
    w.minimum_transaction_amount,
    w.maximum_transaction_amount,
    w.maximum_balance,
    w.can_be_forced_under
from tekana.wallet_types as w;

-- name: find_types
select
    t.code,
    t.has_unique_references
from tekana.transaction_types as t;

-- name: find_rules
select
    w.code as wallet_type,
    t.code as transaction_type,
    r.debit_allowed,
    r.credit_allowed
from tekana.transaction_rules as r
inner join tekana.wallet_types as w on r.wallet_type_id = w.wallet_type_id
inner join tekana.transaction_types as t on r.transaction_type_id = t.transaction_type_id;

-- name: find_wallet
select
    w.wallet_id,
    w.customer_id,
    w.wallet_type_id,
    w.currency_code,
    w.minor_units,
    w.minimum_balance,
    w.current_balance,
    w.current_balance - (
        select v.available_balance from api.wallets as v
        where v.id = w.wallet_id
    ) as held_elsewhere
from tekana.wallets as w
where w.wallet_id = %(wallet_id)s;
