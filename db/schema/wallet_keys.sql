create table tekana.wallet_keys (
    actor_id bigint not null,
    idempotency_key uuid not null,
    wallet_id bigint not null,

    constraint wallet_keys_pkey primary key (actor_id, idempotency_key),
    constraint wallet_keys_are_a_users foreign key (actor_id)
    references tekana.users (user_id),
    constraint wallet_keys_stand_for_a_wallet foreign key (wallet_id)
    references tekana.wallets (wallet_id)
);

comment on table tekana.wallet_keys is
'Idempotency keys of requests that opened a wallet. What was asked for is in the wallet and never '
'changes, so no hash of the request is needed.';
comment on column tekana.wallet_keys.actor_id is 'The user who sent the request.';
comment on column tekana.wallet_keys.idempotency_key is
'Hash of the key; unique for each actor.';
comment on column tekana.wallet_keys.wallet_id is 'The wallet that was opened.';
