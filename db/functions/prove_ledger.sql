create or replace function tekana.begin_proof() returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_is_first constant boolean := pg_current_xact_id_if_assigned() is null;
    v_marked_id bigint;
    v_proof_id bigint;
begin
    select case when s.is_called then s.last_value else s.last_value - 1 end
    into v_marked_id
    from tekana.transactions_transaction_id_seq as s;

    -- Who draws a place in the ledger has locked wallets, and by that has a transaction number
    -- already. A number that is given out only now is higher than all of theirs; one that we have
    -- had for longer says nothing.
    insert into tekana.ledger_proofs (marked_id, marked_by)
    values (v_marked_id, case when v_is_first then pg_current_xact_id() end)
    returning ledger_proofs.proof_id into v_proof_id;
    return v_proof_id;
end
$$;
comment on function tekana.begin_proof() is
'Begins a proof of the ledger by marking how far it goes now, and returns its key. Has to be '
'committed before prove_ledger, and be all that its transaction does.';

create or replace function tekana.is_settled(proof_id bigint) returns boolean
language sql stable
set search_path = ''
as $$
    select coalesce(p.marked_by < pg_snapshot_xmin(pg_current_snapshot()), false)
    from tekana.ledger_proofs as p
    where p.proof_id = is_settled.proof_id
$$;
comment on function tekana.is_settled(bigint) is
'Whether all that was being posted when a proof began is over, so that it can prove up to its '
'mark. Before, it checks as much, but the next proof has to read some of it again.';

create or replace function tekana.prove_ledger(
    proof_id bigint, full boolean default false, most integer default 100
) returns setof tekana.ledger_violation
language plpgsql volatile
set search_path = ''
as $$
declare
    v_since bigint := case when prove_ledger.full then 0 else tekana.proven_horizon() end;
    v_horizon bigint;
begin
    if current_setting('transaction_isolation') in ('read committed', 'read uncommitted') then
        raise exception 'a proof needs one snapshot'
            using errcode = 'invalid_transaction_state', hint = 'Use repeatable read.';
    end if;

    return query select * from tekana.check_ledger(prove_ledger.full, prove_ledger.most);
    if found then
        return;
    end if;

    select greatest(tekana.proven_horizon(), max(p.marked_id)) into v_horizon
    from tekana.ledger_proofs as p
    where p.marked_by < pg_snapshot_xmin(pg_current_snapshot());

    -- What is right now is what was there at the horizon and what came after it.
    insert into tekana.proven_balances as b (wallet_id, balance)
    select w.wallet_id, w.current_balance - coalesce(l.amount, 0)
    from tekana.wallets as w
    left join (
        select e.wallet_id, sum(e.amount) as amount
        from tekana.ledger_entries as e
        where (e.transaction_id > v_horizon or e.ending_id > v_horizon) and e.posting_id > v_horizon
        group by e.wallet_id
    ) as l on w.wallet_id = l.wallet_id
    where
        v_since = 0
        or w.wallet_id in (
            select e.wallet_id from tekana.ledger_entries as e
            where (e.transaction_id > v_since or e.ending_id > v_since)
                and e.posting_id > v_since and e.posting_id <= v_horizon
        )
    on conflict (wallet_id) do update set balance = excluded.balance
    where b.balance <> excluded.balance;

    update tekana.ledger_proofs as p
    set
        proven_at = clock_timestamp(),
        since = v_since,
        horizon = v_horizon,
        wallets = (select count(*) from tekana.wallets),
        transactions = (
            select count(*) from tekana.transactions as t where t.transaction_id > v_since
        )
    where p.proof_id = prove_ledger.proof_id;
end
$$;
comment on function tekana.prove_ledger(bigint, boolean, integer) is
'Checks the ledger and, when nothing is wrong, writes down what is proved, so that the next proof '
'reads only what came since. Returns what check_ledger does. In a transaction of its own, of '
'isolation repeatable read; two at once: the second raises 40001.';

revoke all on function tekana.begin_proof(), tekana.is_settled(bigint),
tekana.prove_ledger(bigint, boolean, integer) from public;
