create or replace function api.balance_at(
    wallet_id bigint, at timestamptz default clock_timestamp()
)
returns numeric
language plpgsql stable security definer
set search_path = ''
as $$
declare
    v_line record;
    -- The last line up to one place is not younger than the moment, that up to the other is.
    v_before bigint := 0;
    v_after bigint;
    v_middle bigint;
    v_balance numeric := 0;
begin
    perform tekana.raise_field_problems(
        array['at'], array[case when balance_at.at is null then 'is required' end]
    );
    if not exists (
        select from tekana.wallets as w
        where w.wallet_id = balance_at.wallet_id
            and (
                tekana.acting_customer_id() is null
                or w.customer_id = tekana.acting_customer_id()
            )
    ) then
        perform tekana.raise_problem(
            'NFIND', 'you have no such wallet', 'wallet_id: does not exist'
        );
    end if;
    select l.posting_id, l.posted_at, l.balance_after into v_line
    from api.statement_lines as l
    where l.wallet_id = balance_at.wallet_id
    order by l.posting_id desc
    limit 1;
    if v_line.posting_id is null or v_line.posted_at <= balance_at.at then
        return coalesce(v_line.balance_after, 0);
    end if;

    -- A wallet's times go up with its places, and the index knows the places: halving the distance
    -- some thirty times reads thirty lines, however long the history.
    v_after := v_line.posting_id;
    while v_after - v_before > 1 loop
        v_middle := v_before + (v_after - v_before) / 2;
        select l.posting_id, l.posted_at, l.balance_after into v_line
        from api.statement_lines as l
        where l.wallet_id = balance_at.wallet_id and l.posting_id <= v_middle
        order by l.posting_id desc
        limit 1;
        if v_line.posting_id is null then
            v_before := v_middle;
        elsif v_line.posted_at <= balance_at.at then
            v_before := v_middle;
            v_balance := v_line.balance_after;
        else
            v_after := v_line.posting_id;
        end if;
    end loop;
    return v_balance;
end
$$;
comment on function api.balance_at(bigint, timestamptz) is
'Returns the balance of a wallet at a moment (default: now) in major units, including held money: '
'the balance after the last posting up to that moment, or 0 if there was none. For the owner of '
'the wallet and staff. Raises NFIND if the caller has no such wallet.';
revoke all on function api.balance_at(bigint, timestamptz) from public;
grant execute on function api.balance_at(bigint, timestamptz) to tekana_customer, tekana_staff;
