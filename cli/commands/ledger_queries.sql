-- Statements of `tekana ledger`.

-- name: last_place
select tekana.last_place() as place;

-- name: advance_horizon
select tekana.advance_horizon() as place;

-- name: wait_for_other_proofs
lock table tekana.proven_balances in share row exclusive mode;

-- name: prove_ledger
select
    v.rule,
    v.subject,
    v.finding
from tekana.prove_ledger(%(is_full)s) as v;

-- name: last_proof
select
    p.since,
    p.horizon,
    p.wallets,
    p.transactions
from tekana.ledger_proofs as p
order by p.proof_id desc
limit 1;

-- name: verify_ledger
select
    v.kind, v.block_number, v.transaction_id, v.problem, v.block_count, v.record_count,
    v.unsealed_count, v.last_hash
from tekana.verify_ledger(%(expected_hash)s::text) as v;
