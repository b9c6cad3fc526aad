create or replace function tekana.proven_horizon() returns bigint
language sql stable
set search_path = ''
as $$
    select coalesce(max(p.horizon), 0) from tekana.ledger_proofs as p
$$;
comment on function tekana.proven_horizon() is
'Returns the place in the ledger up to which everything is proved; 0 if nothing is proved yet.';

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
'Lists everything that is wrong with the ledger, at most this many findings for each rule; no rows '
'if the ledger is right. Unless full is true, what the last proof covers is not checked again.';

revoke all on function tekana.proven_horizon(), tekana.check_ledger(boolean, integer) from public;
