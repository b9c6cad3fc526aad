-- Statements of `tekana ledger`.

-- name: begin_proof
select tekana.begin_proof() as proof_id;

-- name: is_settled
select tekana.is_settled(%(proof_id)s) as settled;

-- name: wait_for_other_proofs
lock table tekana.proven_balances in share row exclusive mode;

-- name: use_memory
-- A whole ledger is sorted, and each part of it is planned for how much there is to read.
select
    set_config('work_mem', '256MB', true) as work_mem,
    set_config('plan_cache_mode', 'force_custom_plan', true) as plan_cache_mode;

-- name: prove_ledger
select
    v.rule,
    v.subject,
    v.finding
from tekana.prove_ledger(%(proof_id)s, %(is_full)s) as v;

-- name: find_proof
select
    p.since,
    p.horizon,
    p.wallets,
    p.transactions
from tekana.ledger_proofs as p
where p.proof_id = %(proof_id)s;

-- name: verify_ledger
select
    v.kind, v.block_number, v.transaction_id, v.problem, v.block_count, v.transaction_count,
    v.unsealed_count, v.last_hash
from tekana.verify_ledger(%(expected_hash)s::text) as v;
