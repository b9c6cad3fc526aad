create or replace function tekana.prove_ledger(
    full boolean default false, most integer default 100
) returns setof tekana.ledger_violation
language plpgsql volatile
set search_path = ''
-- A whole ledger is sorted, and each part of it is planned for how much there is to read.
set work_mem = '256MB'
set plan_cache_mode = 'force_custom_plan'
as $$
declare
    v_since bigint := case when prove_ledger.full then 0 else tekana.proven_horizon() end;
    v_horizon bigint;
begin
    if current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then
        raise exception 'a proof needs a single snapshot'
            using errcode = 'invalid_transaction_state', hint = 'Use repeatable read.';
    end if;

    return query select * from tekana.check_ledger(prove_ledger.full, prove_ledger.most);
    if found then
        return;
    end if;

    -- Who proves at the same moment changes the last proof too, and one of the two fails: else the
    -- later one would write down balances from before the horizon of the other.
    update tekana.ledger_proofs as p set proven_at = p.proven_at
    where p.proof_id = (select max(l.proof_id) from tekana.ledger_proofs as l);

    select greatest(tekana.proven_horizon(), max(h.safe_place)) into v_horizon
    from tekana.ledger_horizons as h;

    -- What is right now is what was there at the horizon and what came after it.
    insert into tekana.proven_balances as b (wallet_id, balance, customer_id, currency_code)
    select
        w.wallet_id, w.current_balance - coalesce(l.amount, 0), w.customer_id, w.currency_code
    from tekana.wallets as w
    left join (
        select e.wallet_id, sum(e.amount) as amount
        from tekana.ledger_entries as e
        where (e.transaction_id > v_horizon or e.ending_id > v_horizon) and e.posting_id > v_horizon
        group by e.wallet_id
    ) as l on w.wallet_id = l.wallet_id
    left join tekana.proven_balances as p on w.wallet_id = p.wallet_id
    -- Also one that no money went through yet: that it is there, and whose it is, is proved.
    where p.wallet_id is null or p.balance <> w.current_balance - coalesce(l.amount, 0)
    on conflict (wallet_id) do update set balance = excluded.balance;

    insert into tekana.ledger_proofs (
        started_at, proven_at, since, horizon, wallets, transactions
    )
    values (
        now(), clock_timestamp(), v_since, v_horizon, (select count(*) from tekana.wallets),
        (select count(*) from tekana.transactions as t where t.transaction_id > v_since)
    );
end
$$;
comment on function tekana.prove_ledger(boolean, integer) is
'Checks the ledger. If nothing is wrong, records what is proved, up to the horizon '
'(tekana.advance_horizon), so that the next check reads only what came later. Returns the findings '
'of tekana.check_ledger. Needs a transaction of its own at isolation level repeatable read. Of two '
'at once, the second raises 40001.';

revoke all on function tekana.prove_ledger(boolean, integer) from public;
