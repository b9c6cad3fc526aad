create or replace function tekana.recorded(
    recorded tekana.transactions, is_replayed boolean default false
) returns tekana.posting_outcome
language sql immutable parallel safe
return row(recorded, is_replayed, null, null, null, null)::tekana.posting_outcome;
comment on function tekana.recorded(tekana.transactions, boolean) is
'Returns the outcome of a posting that was recorded, by this request or an earlier one.';

create or replace function tekana.refused(
    code text, message text, detail text, hint text default null
) returns tekana.posting_outcome
language sql immutable parallel safe
return row(
    null::tekana.transactions, false, code, message, detail, hint
)::tekana.posting_outcome;
comment on function tekana.refused(text, text, text, text) is
'Returns the outcome of a posting that is refused: nothing is recorded.';

create or replace function tekana.find_by_key(actor_id bigint, idempotency_key uuid)
returns setof tekana.transactions
language sql stable
as $$
    select t.*
    from tekana.transactions as t
    where t.actor_id = find_by_key.actor_id and t.idempotency_key = find_by_key.idempotency_key
    union all
    select t.*
    from tekana.idempotency_keys as k
    inner join tekana.transactions as t on k.transaction_id = t.transaction_id
    where k.actor_id = find_by_key.actor_id and k.idempotency_key = find_by_key.idempotency_key
$$;
comment on function tekana.find_by_key(bigint, uuid) is
'Returns the transaction that the key of an actor was used for: to post it, to end it, or, for a '
'group, its first one. No row if the key was not used yet.';

create or replace function tekana.key_was_used(detail text) returns tekana.posting_outcome
language sql immutable parallel safe
return tekana.refused(
    'KEYRE', 'this Idempotency-Key was used for another request', detail,
    'Use a new key for a new request.'
);
comment on function tekana.key_was_used(text) is
'Returns the refusal (KEYRE) of a request whose key was used for another request. detail: what '
'that one made.';

create or replace function tekana.mark_replayed() returns void
language sql volatile
set search_path = ''
as $$
    select set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true)
$$;
comment on function tekana.mark_replayed() is
'Tells the client, by a header of the response, that this is the answer to an earlier request with '
'the same key.';

create or replace function tekana.replay_posting(
    earlier tekana.transactions, actor_id bigint, idempotency_key uuid, request_hash uuid
) returns tekana.posting_outcome
language plpgsql stable
set search_path = ''
as $$
begin
    if earlier.actor_id <> replay_posting.actor_id
        or earlier.idempotency_key is distinct from replay_posting.idempotency_key
        or earlier.request_hash <> replay_posting.request_hash then
        return tekana.key_was_used(
            'reference_number: ' || tekana.reference_number(earlier.transaction_id)
        );
    end if;
    -- Completed, cancelled, expired or reversed since: the first answer did not know that yet.
    if earlier.held_amount is not null then
        earlier.status := 'PENDING';
        earlier.status_message := null;
        earlier.amount := earlier.held_amount;
        earlier.debited_balance_after := null;
        earlier.credited_balance_after := null;
        earlier.ended_at := null;
    elsif earlier.status = 'REVERSED' then
        earlier.status := 'COMPLETED';
    end if;
    return tekana.recorded(earlier, is_replayed => true);
end
$$;
comment on function tekana.replay_posting(tekana.transactions, bigint, uuid, uuid) is
'Returns the first answer to a posting that is repeated with its key, or the refusal (KEYRE) of '
'another request with that key.';

create or replace function tekana.replay_ending(earlier tekana.transactions)
returns tekana.posting_outcome
language plpgsql stable
set search_path = ''
as $$
begin
    if earlier.status = 'REVERSED' then
        earlier.status := 'COMPLETED';
    end if;
    return tekana.recorded(earlier, is_replayed => true);
end
$$;
comment on function tekana.replay_ending(tekana.transactions) is
'Returns the first answer to an ending that is repeated with its key.';

create or replace function tekana.amount_to_move(
    asked numeric, most numeric, minor_units integer, problem text
) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
    if asked is null then
        return most;
    end if;
    perform tekana.raise_field_problems(
        array['amount'],
        array[coalesce(
            tekana.amount_problem(asked),
            case
                when scale(trim_scale(asked)) > amount_to_move.minor_units
                then 'has more decimals than the currency allows: ' || amount_to_move.minor_units
                when asked > most then amount_to_move.problem || ': ' || most
            end
        )]
    );
    return round(asked, amount_to_move.minor_units);
end
$$;
comment on function tekana.amount_to_move(numeric, numeric, integer, text) is
'Returns the requested part of an amount, or all of it if asked is null. Raises INVAL if the part '
'is invalid. problem: the message if it is more than most.';

revoke all on function tekana.replay_ending(tekana.transactions),
tekana.amount_to_move(numeric, numeric, integer, text) from public;
revoke all on function tekana.recorded(tekana.transactions, boolean),
tekana.refused(text, text, text, text),
tekana.find_by_key(bigint, uuid),
tekana.key_was_used(text),
tekana.mark_replayed(),
tekana.replay_posting(tekana.transactions, bigint, uuid, uuid) from public;
