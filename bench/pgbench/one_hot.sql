-- The same, all paying one merchant.
\set payer random(2, 10000)
\set key random(1, 9000000000000000000)
with introduction as materialized (
    select set_config(
        'request.jwt.claims',
        '{"role": "tekana_customer", "sub": "' || :payer::text || '"}', true
    )
)
select t.*
from introduction cross join lateral api.post_transaction(
    debited_wallet_id => :payer::bigint + :offset::bigint,
    credited_wallet_id => 1 + :offset::bigint,
    amount => 1, channel_type => 'APP', transaction_type => 'TRANSFER',
    idempotency_key => :key::text
) as t;
