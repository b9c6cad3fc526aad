-- The same, all paying one merchant.
\set seed random(1, 1000000000)
\set key random(1, 9000000000000000000)
with introduction as materialized (
    select set_config(
        'request.jwt.claims',
        '{"role": "tekana_staff", "sub": "' || (:desk::bigint + :client_id::bigint)::text || '"}', true
    )
), asked as materialized (
    select jsonb_agg(jsonb_build_object(
        'debited_wallet_id', 2 + (:seed::bigint + n * 7919) % 9999 + :offset::bigint,
        'credited_wallet_id', 1 + :offset::bigint,
        'amount', 1, 'channel_type', 'APP', 'transaction_type', 'TRANSFER',
        'idempotency_key', :key::text || '/' || n
    )) as transactions
    from generate_series(1, 100) as n
)
select jsonb_array_length(t.answers)
from introduction cross join asked
cross join lateral api.post_transactions(asked.transactions, atomic => false) as t (answers);
