create or replace function tekana.check_reversals(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with originals as (
        select t.reverses_transaction_id as transaction_id
        from tekana.transactions as t
        where t.reverses_transaction_id is not null and t.transaction_id > check_reversals.since
        union
        select t.transaction_id
        from tekana.transactions as t
        where t.status = 'REVERSED'
            and (t.transaction_id > check_reversals.since or t.ending_id > check_reversals.since)
    ),

    compared as (
        select
            o.transaction_id,
            coalesce(t.status, 'not there') as status,
            coalesce(t.amount, 0) as amount,
            t.reverses_transaction_id,
            coalesce(r.amount, 0) as given_back,
            r.elsewhere
        from originals as o
        left join tekana.transactions as t on o.transaction_id = t.transaction_id
        cross join lateral (
            select
                sum(r.amount) as amount,
                min(r.transaction_id) filter (
                    where (r.debited_wallet_id, r.credited_wallet_id)
                        is distinct from (t.credited_wallet_id, t.debited_wallet_id)
                ) as elsewhere
            from tekana.transactions as r
            -- A reversal that is itself marked REVERSED moved money too.
            where r.reverses_transaction_id = o.transaction_id
                and r.status in ('COMPLETED', 'REVERSED')
        ) as r
    ),

    found as (
        select
            v.rule,
            c.transaction_id,
            v.finding,
            row_number() over (partition by v.rule order by c.transaction_id) as place
        from compared as c
        cross join lateral (
            values
            (
                'reversals_are_within_original',
                c.given_back > c.amount,
                format('its amount is %s, its reversals come to %s', c.amount, c.given_back)
            ),
            (
                'reversals_give_back',
                c.elsewhere is not null,
                format(
                    'transaction %s reverses it, but not from the wallet that it credited to the '
                    'one that it debited', c.elsewhere
                )
            ),
            (
                'reversals_give_back',
                c.reverses_transaction_id is not null and c.given_back > 0,
                format(
                    'it is reversed, and is itself the reversal of transaction %s',
                    c.reverses_transaction_id
                )
            ),
            (
                'reversed_is_wholly_reversed',
                (c.status = 'REVERSED') <> (c.given_back = c.amount)
                or c.given_back > 0 and c.status not in ('COMPLETED', 'REVERSED'),
                format(
                    'its status is %s, and of its amount of %s reversals gave back %s',
                    c.status, c.amount, c.given_back
                )
            )
        ) as v (rule, is_broken, finding)
        where v.is_broken
    )

    select f.rule, 'transaction ' || f.transaction_id, f.finding
    from found as f
    where f.place <= check_reversals.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_reversals(bigint, integer) is
'Lists transactions whose reversals exceed the original or go to other wallets, reversals that are '
'reversed themselves, and transactions whose status REVERSED disagrees with their reversals. '
'since: only those that changed after this place.';

create or replace function tekana.check_unposted(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    with found as (
        select distinct on (v.rule, v.kind, v.key)
            v.rule,
            v.kind || ' ' || v.key as subject,
            v.finding,
            t.transaction_id
        from tekana.transactions as t
        left join tekana.wallets as d on t.debited_wallet_id = d.wallet_id
        left join tekana.wallets as c on t.credited_wallet_id = c.wallet_id
        cross join lateral (
            values
            (
                'only_posted_moved',
                'transaction',
                t.transaction_id,
                case
                    when num_nonnulls(t.debited_balance_after, t.credited_balance_after) > 0
                    then format(
                            'it is %s, and has %s and %s as the balances after it',
                            t.status, coalesce(t.debited_balance_after::text, 'none'),
                            coalesce(t.credited_balance_after::text, 'none')
                        )
                end
            ),
            (
                'pending_is_what_was_held',
                'transaction',
                t.transaction_id,
                case
                    when t.status = 'PENDING' and t.amount is distinct from t.held_amount
                    then format('its amount is %s, held were %s', t.amount, t.held_amount)
                end
            ),
            (
                'wallet_is_whose_it_was',
                'wallet',
                t.debited_wallet_id,
                case
                    when (t.debited_customer_id, t.currency_code)
                        is distinct from (d.customer_id, d.currency_code)
                    then format(
                            'it has another owner or currency than by transaction %s',
                            t.transaction_id
                        )
                end
            ),
            (
                'wallet_is_whose_it_was',
                'wallet',
                t.credited_wallet_id,
                case
                    -- Declined, the wallets may be in two currencies.
                    when t.credited_customer_id is distinct from c.customer_id
                        or t.status <> 'FAILED'
                        and t.currency_code is distinct from c.currency_code
                    then format(
                            'it has another owner or currency than by transaction %s',
                            t.transaction_id
                        )
                end
            )
        ) as v (rule, kind, key, finding)
        where
            (
                t.transaction_id > check_unposted.since or t.ending_id > check_unposted.since
                or t.status = 'PENDING'
            )
            and t.status in ('PENDING', 'FAILED', 'CANCELLED')
            and v.finding is not null
        order by v.rule, v.kind, v.key, t.transaction_id
    )

    select f.rule, f.subject, f.finding
    from (
        select
            found.*,
            row_number() over (partition by found.rule order by found.transaction_id) as place
        from found
    ) as f
    where f.place <= check_unposted.most
    order by f.rule, f.place;
end
$$;
comment on function tekana.check_unposted(bigint, integer) is
'Lists PENDING, FAILED and CANCELLED transactions that have balances after them, or whose wallets '
'have another owner or currency now (the named payer may complete a hold and can see it); and '
'PENDING ones whose amount is not the amount first held. since: of FAILED and CANCELLED ones, only '
'those recorded or ended after this place.';

revoke all on function tekana.check_reversals(bigint, integer),
tekana.check_unposted(bigint, integer) from public;
