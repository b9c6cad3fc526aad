create or replace function tekana.posting_terms(
    transaction_type_id bigint, debited_wallet_type_id bigint, credited_wallet_type_id bigint
) returns tekana.posting_terms
language plpgsql stable
set search_path = ''
as $$
declare
    v_terms tekana.posting_terms;
begin
    select
        t.transaction_type_id,
        d.wallet_type_id,
        c.wallet_type_id,
        t.status = 'ACTIVE',
        case
            when dr.debit_allowed is not true
            then 'no rule allows ' || t.code || ' to debit a ' || d.code || ' wallet'
            when cr.credit_allowed is not true
            then 'no rule allows ' || t.code || ' to credit a ' || c.code || ' wallet'
        end,
        greatest(
            t.minimum_amount, d.minimum_transaction_amount, c.minimum_transaction_amount
        ),
        least(t.maximum_amount, d.maximum_transaction_amount, c.maximum_transaction_amount),
        c.maximum_balance,
        t.hold_duration,
        t.has_unique_references
    into v_terms
    from tekana.transaction_types as t
    cross join tekana.wallet_types as d
    cross join tekana.wallet_types as c
    left join tekana.transaction_rules as dr
        on dr.transaction_type_id = t.transaction_type_id and dr.wallet_type_id = d.wallet_type_id
    left join tekana.transaction_rules as cr
        on cr.transaction_type_id = t.transaction_type_id and cr.wallet_type_id = c.wallet_type_id
    where t.transaction_type_id = posting_terms.transaction_type_id
        and d.wallet_type_id = posting_terms.debited_wallet_type_id
        and c.wallet_type_id = posting_terms.credited_wallet_type_id;
    return v_terms;
end
$$;
comment on function tekana.posting_terms(bigint, bigint, bigint) is
'Returns the terms of transactions of a type from a wallet of one type to a wallet of another.';

create or replace function tekana.full_wallet() returns tekana.decline
language sql immutable parallel safe
return row('LIMIT', 'the credited wallet would exceed its maximum balance')::tekana.decline;
comment on function tekana.full_wallet() is
'Returns the one decline that reveals something about the balance of another customer: the '
'credited wallet is full.';

create or replace function tekana.decline_reason(
    terms tekana.posting_terms, debited tekana.wallets, credited tekana.wallets, amount numeric,
    is_hold boolean default false
) returns tekana.decline
language sql immutable
-- Without settings of its own, so that it is inlined: it is asked for every posting.
return case
    when not (terms).is_active
    then row('INACT', 'this type of transaction is not active')::tekana.decline
    when (debited).status <> 'ACTIVE'
    then row('INACT', 'the debited wallet is not active')::tekana.decline
    when (credited).status <> 'ACTIVE'
    then row('INACT', 'the credited wallet is not active')::tekana.decline
    when (debited).currency_code <> (credited).currency_code
    then row('CURNC', 'the wallets have different currencies')::tekana.decline
    when (terms).missing_rule is not null
    then row('NRULE', (terms).missing_rule)::tekana.decline
    when amount < (terms).minimum_amount
    then row('LIMIT', 'the amount is below the minimum')::tekana.decline
    when amount > (terms).maximum_amount
    then row('LIMIT', 'the amount is above the maximum')::tekana.decline
    when (debited).current_balance - (debited).held_amount - amount < (debited).minimum_balance
        or (debited).current_balance - amount <= -1e18
        or (is_hold and (debited).held_amount + amount >= 1e18)
    then row('NFUND', 'the available balance is too low')::tekana.decline
    -- Not of a hold, which costs nothing: trying some would tell a stranger the balance.
    when not is_hold and (
            (credited).current_balance + amount > (terms).maximum_balance
            or (credited).current_balance + amount >= 1e18
        )
    then tekana.full_wallet()
end;
comment on function tekana.decline_reason(
    tekana.posting_terms, tekana.wallets, tekana.wallets, numeric, boolean
) is
'Returns why a movement of money between two locked wallets must be declined now, the most '
'important reason first; null if nothing stands in its way.';

revoke all on function tekana.posting_terms(bigint, bigint, bigint), tekana.full_wallet(),
tekana.decline_reason(
    tekana.posting_terms, tekana.wallets, tekana.wallets, numeric, boolean
) from public;
