create or replace function tekana.check_histories(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with chained as (
        select
            e.wallet_id,
            e.posting_id,
            e.transaction_id,
            e.amount,
            e.balance_after,
            e.customer_id,
            e.currency_code,
            lag(e.balance_after) over in_order as balance_before,
            (e.customer_id, e.currency_code)
            is distinct from (lag(e.customer_id) over in_order, lag(e.currency_code) over in_order)
                as is_another,
            row_number() over in_order = 1 as is_first
        from tekana.ledger_entries as e
        where
            -- The first condition is what the indexes know.
            (e.transaction_id > check_histories.since or e.ending_id > check_histories.since)
            and e.posting_id > check_histories.since
        window in_order as (partition by e.wallet_id order by e.posting_id)
    ),

    judged as (
        select
            c.*,
            not c.is_first and c.balance_after is distinct from c.balance_before + c.amount
                as is_broken
        from chained as c
    ),

    histories as (
        select
            j.wallet_id,
            sum(j.amount) as moved,
            max(j.balance_after - j.amount) filter (where j.is_first) as opening,
            max(j.transaction_id) filter (where j.is_first) as opened_by,
            max(j.customer_id) filter (where j.is_first) as customer_id,
            max(j.currency_code) filter (where j.is_first) as currency_code,
            min(j.transaction_id) filter (where j.is_another and not j.is_first) as changed_by,
            count(*) filter (where j.is_broken) as breaks,
            min(array[
                j.posting_id, j.transaction_id, j.balance_before + j.amount, j.balance_after
            ]) filter (where j.is_broken) as first_break
        from judged as j
        group by j.wallet_id
    ),

    wrong as (
        select
            i.wallet_id,
            w.current_balance,
            i.proven,
            i.proven + coalesce(h.moved, 0) as expected,
            h.opening,
            h.opened_by,
            a.another_by,
            h.breaks,
            h.first_break
        from tekana.wallets as w
        full join histories as h on w.wallet_id = h.wallet_id
        -- Of a wallet that is gone, and moved nothing since, only the last proof still knows.
        full join tekana.proven_balances as p on coalesce(w.wallet_id, h.wallet_id) = p.wallet_id
        cross join
            lateral (
                select
                    coalesce(w.wallet_id, h.wallet_id, p.wallet_id) as wallet_id,
                    case
                        when check_histories.since > 0 then coalesce(p.balance, 0)
                        else 0
                    end as proven
            ) as i
        cross join
            lateral (
                select
                    case
                        when h.changed_by is not null then 'transaction ' || h.changed_by
                        when
                            h.wallet_id is not null and (h.customer_id, h.currency_code)
                            is distinct from (w.customer_id, w.currency_code)
                        then 'transaction ' || h.opened_by
                        when
                            p.wallet_id is not null and w.wallet_id is not null
                            and (p.customer_id, p.currency_code)
                            is distinct from (w.customer_id, w.currency_code)
                        then 'its last proof'
                    end as another_by
            ) as a
        where
            w.current_balance is distinct from i.proven + coalesce(h.moved, 0)
            or (h.wallet_id is not null and h.opening is distinct from i.proven)
            or a.another_by is not null
            or h.breaks > 0
    ),

    found as (
        select
            v.rule,
            w.wallet_id,
            v.finding,
            row_number() over (partition by v.rule order by w.wallet_id) as place
        from wrong as w
        cross join lateral (
            values
            (
                'balance_equals_history',
                w.current_balance is distinct from w.expected,
                format(
                    'its history comes to %s, its current balance is %s',
                    w.expected, coalesce(w.current_balance::text, 'not there')
                )
            ),
            (
                'balances_chain',
                w.opened_by is not null and w.opening is distinct from w.proven,
                format(
                    'transaction %s is its first and starts from %s instead of %s',
                    w.opened_by, w.opening, w.proven
                )
            ),
            (
                'wallet_is_whose_it_was',
                w.another_by is not null,
                format('it has another owner or currency than by %s', w.another_by)
            ),
            (
                'balances_chain',
                w.breaks > 0,
                format(
                    'the balance after transaction %s should be %s and is %s; such gaps: %s',
                    w.first_break[2], w.first_break[3], w.first_break[4], w.breaks
                )
            )
        ) as v (rule, is_broken, finding)
        where v.is_broken
    )

    select f.rule, 'wallet ' || f.wallet_id, f.finding
    from found as f
    where f.place <= check_histories.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_histories(bigint, integer) is
'Lists wallets whose balance differs from the sum of their entries, whose entries do not each '
'start from the balance that the entry before left, or whose owner or currency differs from that '
'in their entries or in the last proof. since: only entries after this place are read, starting '
'from the proven balances. Which wallets exist, and who owns them, is always compared with the '
'last proof.';

revoke all on function tekana.check_histories(bigint, integer) from public;
