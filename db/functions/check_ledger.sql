create or replace function tekana.proven_horizon() returns bigint
language sql stable
set search_path = ''
as $$
    select coalesce(max(p.horizon), 0) from tekana.ledger_proofs as p
$$;
comment on function tekana.proven_horizon() is
'The place in the ledger (posting_id) up to which everything is proved; 0: nothing is yet.';

-- Stable, so that all of it reads in the snapshot of the statement that calls it: money may move
-- meanwhile.
create or replace function tekana.check_ledger(full boolean default false, most integer default 100)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
declare
    v_since bigint := case when check_ledger.full then 0 else tekana.proven_horizon() end;
begin
    return query select * from tekana.check_wallets(check_ledger.most);
    return query select * from tekana.check_histories(v_since, check_ledger.most);
    return query select * from tekana.check_reversals(v_since, check_ledger.most);
    return query select * from tekana.check_unposted(v_since, check_ledger.most);
    return query select * from tekana.check_places(v_since, check_ledger.most);
end
$$;
comment on function tekana.check_ledger(boolean, integer) is
'Everything that is wrong with the ledger, at most so many findings of each rule; no row when it '
'is right. What the last proof covers is taken for granted, unless full.';

revoke all on function tekana.proven_horizon(), tekana.check_ledger(boolean, integer) from public;
