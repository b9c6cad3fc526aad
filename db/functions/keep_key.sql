create or replace function tekana.claim_key(asked tekana.idempotency_keys)
returns tekana.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_earlier tekana.transactions;
    v_refusal tekana.posting_outcome;
begin
    -- Whatever records something for this actor waits from here on, or was waited for.
    perform from tekana.users as u where u.user_id = asked.actor_id for update;
    select k.* into v_earlier
    from tekana.find_by_key(asked.actor_id, asked.idempotency_key) as k;
    if v_earlier.transaction_id is not null and not exists (
        select from tekana.idempotency_keys as k
        where k.actor_id = asked.actor_id and k.idempotency_key = asked.idempotency_key
            and k.request_hash = asked.request_hash
    ) then
        v_refusal := tekana.key_was_used(
            'reference_number: ' || tekana.reference_number(v_earlier.transaction_id)
        );
        perform tekana.raise_problem(
            v_refusal.code, v_refusal.message, v_refusal.detail, v_refusal.hint
        );
    end if;
    return v_earlier;
end
$$;
comment on function tekana.claim_key(tekana.idempotency_keys) is
'Returns the transaction that the key of an ending or a group was already used for; null if the '
'key is new. Raises KEYRE if it was used for another request. The caller locks the wallets first. '
'Until the database transaction ends, everything else that records something for the same user '
'waits.';

create or replace function tekana.keep_key(asked tekana.idempotency_keys) returns void
language sql volatile
set search_path = ''
as $$
    insert into tekana.idempotency_keys (actor_id, idempotency_key, request_hash, transaction_id)
    select
        keep_key.asked.actor_id,
        keep_key.asked.idempotency_key,
        keep_key.asked.request_hash,
        keep_key.asked.transaction_id
    on conflict (actor_id, idempotency_key) do nothing
$$;
comment on function tekana.keep_key(tekana.idempotency_keys) is
'Records the key of a request; its actor is already locked. A key that is already recorded does '
'not change.';

revoke all on function tekana.claim_key(tekana.idempotency_keys),
tekana.keep_key(tekana.idempotency_keys) from public;
