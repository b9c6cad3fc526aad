create or replace function tekana.respond_transaction(transaction_id bigint, is_replay boolean)
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

    if respond_transaction.is_replay then
        perform set_config('response.headers', '[{"Idempotency-Replayed": "true"}]', true);
    end if;
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
comment on function tekana.respond_transaction(bigint, boolean) is
'A transaction as its actor may see it, with what the response must say besides (status, error, '
'headers: PostgREST''s settings response.status and response.headers, and response.error, the body '
'of an error whose transaction commits all the same).';
revoke all on function tekana.respond_transaction(bigint, boolean) from public;
