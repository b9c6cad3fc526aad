create or replace function tekana.decline_by_rules(
    transaction_type_id bigint, debited tekana.wallets, credited tekana.wallets, amount numeric
) returns table (code text, message text)
language sql stable
-- Without settings of its own, so that it is inlined into the statement that decides a whole batch.
as $$
    select
        case reasons.place
            when 1 then 'INACT'
            when 2 then 'INACT'
            when 3 then 'INACT'
            when 4 then 'CURNC'
            when 5 then 'NRULE'
            when 6 then 'NRULE'
            else 'LIMIT'
        end,
        case reasons.place
            when 1 then 'this type of transaction is not in use'
            when 2 then 'the debited wallet is not active'
            when 3 then 'the credited wallet is not active'
            when 4 then 'the wallets are in two currencies'
            when 5 then 'no rule lets a ' || reasons.debited_code || ' wallet pay by '
                || reasons.type_code
            when 6 then 'no rule lets a ' || reasons.credited_code || ' wallet be paid by '
                || reasons.type_code
            when 7 then 'the amount is under the least one allowed'
            else 'the amount is over the largest one allowed'
        end
    from (
        select
            t.code as type_code,
            dt.code as debited_code,
            ct.code as credited_code,
            case
                when t.status <> 'ACTIVE' then 1
                when (decline_by_rules.debited).status <> 'ACTIVE' then 2
                when (decline_by_rules.credited).status <> 'ACTIVE' then 3
                when (decline_by_rules.debited).currency_code
                    <> (decline_by_rules.credited).currency_code then 4
                when dr.debit_allowed is not true then 5
                when cr.credit_allowed is not true then 6
                when decline_by_rules.amount < greatest(
                    t.minimum_amount, dt.minimum_transaction_amount, ct.minimum_transaction_amount
                ) then 7
                when decline_by_rules.amount > least(
                    t.maximum_amount, dt.maximum_transaction_amount, ct.maximum_transaction_amount
                ) then 8
            end as place
        from tekana.transaction_types as t
        inner join tekana.wallet_types as dt
            on dt.wallet_type_id = (decline_by_rules.debited).wallet_type_id
        inner join tekana.wallet_types as ct
            on ct.wallet_type_id = (decline_by_rules.credited).wallet_type_id
        left join tekana.transaction_rules as dr
            on dr.transaction_type_id = t.transaction_type_id
            and dr.wallet_type_id = dt.wallet_type_id
        left join tekana.transaction_rules as cr
            on cr.transaction_type_id = t.transaction_type_id
            and cr.wallet_type_id = ct.wallet_type_id
        where t.transaction_type_id = decline_by_rules.transaction_type_id
    ) as reasons
    where reasons.place is not null
$$;
comment on function tekana.decline_by_rules(
    bigint, tekana.wallets, tekana.wallets, numeric
) is
'Why this movement of money must be declined whatever the wallets hold, the weightiest reason '
'first; no row when nothing is against it.';

create or replace function tekana.decline_by_balance(
    available numeric, floor numeric, credited_balance numeric, ceiling numeric, amount numeric
) returns text
language sql immutable parallel safe
return case
    when available - amount < floor then 'NFUND'
    when credited_balance + amount > ceiling then 'LIMIT'
end;
comment on function tekana.decline_by_balance(numeric, numeric, numeric, numeric, numeric) is
'Why money cannot move by what the wallets hold: NFUND, the debited wallet''s available balance '
'would fall under its floor; LIMIT, the credited wallet would hold more than it may; null when it '
'can. A floor or ceiling of null: none.';

create or replace function tekana.decline_message(code text) returns text
language sql immutable parallel safe
return case decline_message.code
    when 'NFUND' then 'the available balance is not enough'
    when 'LIMIT' then 'the credited wallet would hold more than it may'
    when 'GROUP' then 'another transaction of its group was declined'
end;
comment on function tekana.decline_message(text) is
'A decline by balance or by group, in words.';

create or replace function tekana.decline_reason(
    transaction_type_id bigint, debited tekana.wallets, credited tekana.wallets, amount numeric,
    out code text, out message text
)
language sql stable
set search_path = ''
as $$
    with by_rules as (
        select r.code, r.message
        from tekana.decline_by_rules(
            decline_reason.transaction_type_id, decline_reason.debited, decline_reason.credited,
            decline_reason.amount
        ) as r
    ),

    by_balance as (
        select b.code, tekana.decline_message(b.code) as message
        from tekana.wallet_types as t
        cross join lateral tekana.decline_by_balance(
            (decline_reason.debited).current_balance - (decline_reason.debited).held_amount,
            (decline_reason.debited).minimum_balance,
            (decline_reason.credited).current_balance,
            t.maximum_balance,
            decline_reason.amount
        ) as b (code)
        where t.wallet_type_id = (decline_reason.credited).wallet_type_id and b.code is not null
    )

    select by_rules.code, by_rules.message from by_rules
    union all
    select by_balance.code, by_balance.message from by_balance
    where not exists (select from by_rules)
$$;
comment on function tekana.decline_reason(bigint, tekana.wallets, tekana.wallets, numeric) is
'Why this movement of money between two locked wallets must be declined now, the weightiest reason '
'first; nulls when it may go ahead.';

revoke all on function
tekana.decline_by_rules(bigint, tekana.wallets, tekana.wallets, numeric),
tekana.decline_by_balance(numeric, numeric, numeric, numeric, numeric),
tekana.decline_message(text),
tekana.decline_reason(bigint, tekana.wallets, tekana.wallets, numeric)
from public;
