-- What `tekana ledger verify` asks, as a role that may act as the owner.

-- name: verify_ledger
select
    v.kind, v.block_number, v.transaction_id, v.problem, v.block_count, v.transaction_count,
    v.unsealed_count, v.last_hash
from tekana.verify_ledger(%(expected_hash)s::text) as v;
