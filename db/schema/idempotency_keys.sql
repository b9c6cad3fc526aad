create table tekana.idempotency_keys (
    actor_id bigint not null,
    idempotency_key uuid not null,
    request_hash uuid not null,
    transaction_id bigint not null,

    constraint idempotency_keys_pkey primary key (actor_id, idempotency_key),
    constraint idempotency_keys_are_a_users foreign key (actor_id)
    references tekana.users (user_id),
    constraint idempotency_keys_stand_for_a_transaction foreign key (transaction_id)
    references tekana.transactions (transaction_id)
);

comment on table tekana.idempotency_keys is
'Idempotency keys of requests that end a hold, and of groups of which any part was recorded. The '
'key of a request that posts a single transaction is in that transaction.';
comment on column tekana.idempotency_keys.actor_id is 'The user who sent the request.';
comment on column tekana.idempotency_keys.idempotency_key is
'Hash of the key; unique for each actor.';
comment on column tekana.idempotency_keys.request_hash is
'Hash of the request. Another request with the same key is refused (KEYRE).';
comment on column tekana.idempotency_keys.transaction_id is
'The transaction whose hold was ended; for a group, its first transaction that was recorded.';
