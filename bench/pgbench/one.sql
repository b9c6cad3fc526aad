-- One call for each transaction, by customers, each with a key of its own.
\set payer random(1, 10000)
\set apart random(1, 9999)
\set payee (:payer + :apart - 1) % 10000 + 1
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
    credited_wallet_id => :payee::bigint + :offset::bigint,
    amount => 1, channel_type => 'APP', transaction_type => 'TRANSFER',
    idempotency_key => :key::text
) as t;
