create or replace function tekana.check_wallets(most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
begin
    return query
    select
        'currency_sums_to_zero',
        'currency ' || w.currency_code,
        format('its wallets come to %s instead of 0', sum(w.current_balance))
    from tekana.wallets as w
    group by w.currency_code
    having sum(w.current_balance) <> 0
    order by w.currency_code
    limit check_wallets.most;

    return query
    select
        'available_balance_is_over_floor',
        'wallet ' || w.wallet_id,
        format(
            case
                when w.current_balance - w.held_amount < w.minimum_balance
                then 'its available balance is %s, its floor %s, and no forced reversal took it '
                    'there'
                else 'its available balance is %s, its floor %s, and it is marked as under it'
            end,
            w.current_balance - w.held_amount, coalesce(w.minimum_balance::text, 'none')
        )
    from tekana.wallets as w
    where w.is_under_floor
        is distinct from coalesce(w.current_balance - w.held_amount < w.minimum_balance, false)
        or w.is_under_floor
        and not exists (
            select from tekana.transactions as t
            where t.debited_wallet_id = w.wallet_id and t.status = 'COMPLETED'
                and t.reverses_transaction_id is not null
        )
    order by w.wallet_id
    limit check_wallets.most;

    return query
    select
        'held_amount_equals_pending',
        'wallet ' || coalesce(w.wallet_id, h.wallet_id),
        format(
            'what is PENDING comes to %s, its held amount is %s',
            coalesce(h.amount, 0), coalesce(w.held_amount::text, 'not there')
        )
    from tekana.wallets as w
    full join (
        select t.debited_wallet_id as wallet_id, sum(t.amount) as amount
        from tekana.transactions as t
        where t.status = 'PENDING'
        group by t.debited_wallet_id
    ) as h on w.wallet_id = h.wallet_id
    where w.held_amount is distinct from coalesce(h.amount, 0)
    order by coalesce(w.wallet_id, h.wallet_id)
    limit check_wallets.most;
end
$$;
comment on function tekana.check_wallets(integer) is
'Lists currencies whose wallets do not sum to zero, wallets whose available balance is below their '
'floor although no forced reversal took it there, wallets that are marked as under their floor and '
'are not, and wallets whose held amount is not the sum of their PENDING transactions.';

revoke all on function tekana.check_wallets(integer) from public;
