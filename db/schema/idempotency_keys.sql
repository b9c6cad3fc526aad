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
'Idempotency keys of requests that end a hold, and of groups that recorded anything. A request '
'that posts a single transaction keeps its key in that transaction.';
comment on column tekana.idempotency_keys.actor_id is 'The user who asked.';
comment on column tekana.idempotency_keys.idempotency_key is
'Hash of the key, good for no other request of its actor.';
comment on column tekana.idempotency_keys.request_hash is
'Hash of the request: the same key with another request is refused.';
comment on column tekana.idempotency_keys.transaction_id is
'What was ended; of a group the first that was recorded.';
