create or replace function tekana.expire_holds(transaction_ids bigint[]) returns void
language sql volatile
set search_path = ''
as $$
    with expired as (
        update tekana.transactions as t
        set
            status = 'CANCELLED',
            status_message = 'the hold expired',
            ending_id = nextval('tekana.transactions_transaction_id_seq'),
            ended_at = clock_timestamp()
        where t.transaction_id = any(expire_holds.transaction_ids)
            and t.status = 'PENDING' and t.expires_at <= clock_timestamp()
        returning t.debited_wallet_id, t.amount
    )

    update tekana.wallets as w
    set
        held_amount = w.held_amount - e.amount,
        is_under_floor = w.is_under_floor
        and w.current_balance - w.held_amount + e.amount < w.minimum_balance
    from (
        select expired.debited_wallet_id, sum(expired.amount) as amount
        from expired
        group by expired.debited_wallet_id
    ) as e
    where w.wallet_id = e.debited_wallet_id
$$;
comment on function tekana.expire_holds(bigint[]) is
'Releases those of the given holds that have expired. The caller has locked their wallets.';

create or replace function tekana.lock_wallets(variadic wallet_ids bigint[])
returns tekana.locked_wallets
language plpgsql volatile
set search_path = ''
as $$
declare
    v_locked tekana.locked_wallets;
    v_holding bigint[];
    v_now timestamptz;
    v_expired bigint[];
begin
    -- Whether a key was used is asked again once the wallets are locked. Who sees the ledger as it
    -- was before that would move money a second time; serializable, PostgreSQL notices.
    if current_setting('transaction_isolation') = 'repeatable read' then
        perform tekana.raise_problem(
            'STATE', 'money cannot be moved at isolation level repeatable read', null,
            'Use read committed or serializable.'
        );
    end if;
    -- One statement, one order: two transactions over the same wallets never wait for each other.
    select
        array_agg((l.wallet).wallet_id),
        array_agg(l.wallet),
        array_agg((l.wallet).wallet_id) filter (where (l.wallet).held_amount > 0)
    into v_locked.wallet_ids, v_locked.wallets, v_holding
    from (
        select w as wallet
        from tekana.wallets as w
        where w.wallet_id = any(lock_wallets.wallet_ids)
        order by w.wallet_id
        for no key update
    ) as l;

    -- Whoever draws a place in the ledger is seen to write to it from before on: by that
    -- tekana.advance_horizon knows which places may still be filled.
    lock table tekana.transactions in row exclusive mode;
    if v_holding is null then
        return v_locked;
    end if;
    -- Whatever is decided now, nothing that has expired is in its way. The index is asked for a
    -- time that is known, and not for one that may change within the statement.
    v_now := clock_timestamp();
    v_expired := array(
        select t.transaction_id
        from tekana.transactions as t
        where t.debited_wallet_id = any(v_holding)
            and t.status = 'PENDING' and t.expires_at <= v_now
    );
    if cardinality(v_expired) > 0 then
        perform tekana.expire_holds(v_expired);
        select array_agg(w order by w.wallet_id) into v_locked.wallets
        from tekana.wallets as w
        where w.wallet_id = any(lock_wallets.wallet_ids);
    end if;
    return v_locked;
end
$$;
comment on function tekana.lock_wallets(bigint[]) is
'Locks wallets until the transaction ends, releases their expired holds, and returns their current '
'state in order of their keys, without those that do not exist. Afterwards the caller may draw '
'places in the ledger. Raises STATE at isolation level repeatable read.';

create or replace function tekana.locked_wallet(locked tekana.locked_wallets, wallet_id bigint)
returns tekana.wallets
language sql immutable
return ((locked).wallets)[array_position((locked).wallet_ids, wallet_id)];
comment on function tekana.locked_wallet(tekana.locked_wallets, bigint) is
'Returns one of some locked wallets by its key; null if it is not among them.';

create or replace function tekana.sweep_expired_holds(most integer) returns integer
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    -- As in tekana.lock_wallets.
    v_now timestamptz := clock_timestamp();
    v_transaction_ids bigint[];
begin
    -- tekana.lock_wallets would release all that has expired on these wallets: of one that has
    -- very much of it that would never come to an end, nor that of any other. A wallet that
    -- somebody holds is left to the next sweep: who waited for it would keep all the others from
    -- paying meanwhile. What waits for none may take them in any order.
    select array_agg(d.transaction_id) into v_transaction_ids
    from (
        select t.transaction_id
        from tekana.transactions as t
        inner join tekana.wallets as w on t.debited_wallet_id = w.wallet_id
        where t.status = 'PENDING' and t.expires_at <= v_now
        order by t.expires_at
        limit sweep_expired_holds.most
        for no key update of w skip locked
    ) as d;
    lock table tekana.transactions in row exclusive mode;
    perform tekana.expire_holds(v_transaction_ids);
    return coalesce(cardinality(v_transaction_ids), 0);
end
$$;
comment on function tekana.sweep_expired_holds(integer) is
'Releases expired holds, the oldest first, at most this many; returns how many. Skips locked '
'wallets. Balances do not depend on it: it only brings the stored rows up to date.';

revoke all on function tekana.expire_holds(bigint[]), tekana.lock_wallets(bigint[]),
tekana.locked_wallet(tekana.locked_wallets, bigint),
tekana.sweep_expired_holds(integer) from public;
grant execute on function tekana.sweep_expired_holds(integer) to tekana_worker;
