create or replace function tekana.respond_transaction(transaction_id bigint)
returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_result api.transactions;
begin
    select t.* into strict v_result
    from api.transactions as t
    where t.id = respond_transaction.transaction_id;

    -- A decline is an error to whoever asked and a fact to keep: raising would undo its record.
    if v_result.status = 'FAILED' then
        perform set_config('response.status', '422', true);
        perform set_config('response.error', jsonb_build_object(
            'code', v_result.decline_code,
            'message', v_result.status_message,
            'details', 'reference_number: ' || v_result.reference_number,
            'hint', 'The transaction is recorded as FAILED; no money moved.'
        )::text, true);
    end if;
    return v_result;
end
$$;
comment on function tekana.respond_transaction(bigint) is
'A transaction as its actor may see it, with what the response must say besides (status, error, '
'headers: PostgREST''s settings response.status and response.headers, and response.error, the body '
'of an error whose transaction commits all the same).';

create or replace function tekana.replay_transaction(transaction_id bigint, first_status text)
returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_result api.transactions := tekana.respond_transaction(replay_transaction.transaction_id);
begin
    perform set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true);
    -- Completed, cancelled or reversed since: the first answer did not know that yet.
    if v_result.status <> 'FAILED' then
        v_result.status := replay_transaction.first_status;
    end if;
    if v_result.status = 'PENDING' then
        v_result.debited_balance_after := null;
        v_result.credited_balance_after := null;
    end if;
    return v_result;
end
$$;
comment on function tekana.replay_transaction(bigint, text) is
'The first answer to a request that came again: the transaction as it was then. first_status: what '
'was asked for, which it got unless it FAILED.';

revoke all on function tekana.respond_transaction(bigint),
tekana.replay_transaction(bigint, text) from public;
