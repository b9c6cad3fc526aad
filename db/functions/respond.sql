-- RLS does not hold for the owner of these functions: what a customer may not see is left out here
-- as in api.transactions.
create or replace function tekana.as_seen(recorded tekana.transactions, customer_id bigint)
returns api.transactions
language sql stable
return row(
    (recorded).transaction_id,
    tekana.reference_number((recorded).transaction_id),
    (recorded).external_reference_number,
    (recorded).transaction_type_id,
    (recorded).channel_type,
    (recorded).debited_wallet_id,
    (recorded).credited_wallet_id,
    (recorded).amount,
    (recorded).currency_code,
    case
        when as_seen.customer_id is null
            or as_seen.customer_id = (recorded).debited_customer_id
        then (recorded).debited_balance_after
    end,
    case
        when as_seen.customer_id is null
            or as_seen.customer_id = (recorded).credited_customer_id
        then (recorded).credited_balance_after
    end,
    (recorded).status,
    (recorded).status_message,
    (recorded).decline_code,
    (recorded).reverses_transaction_id,
    (recorded).held_amount,
    (recorded).expires_at,
    (recorded).ended_at,
    (recorded).created_at
)::api.transactions;
comment on function tekana.as_seen(tekana.transactions, bigint) is
'Returns a transaction as a customer who owns one of its wallets may see it; as staff see it if '
'customer_id is null.';

create or replace function tekana.decline_error(recorded tekana.transactions) returns jsonb
language sql stable
return jsonb_build_object(
    'code', (recorded).decline_code,
    'message', (recorded).status_message,
    'details', 'reference_number: ' || tekana.reference_number((recorded).transaction_id),
    'hint', 'The transaction is recorded as FAILED; no money moved.'
);
comment on function tekana.decline_error(tekana.transactions) is
'Returns the error that reports a declined transaction to its actor.';

create or replace function tekana.respond(outcome tekana.posting_outcome) returns api.transactions
language plpgsql volatile
set search_path = ''
as $$
declare
    v_recorded tekana.transactions := outcome.recorded;
    -- Known first, so that what follows is inlined.
    v_customer_id bigint := tekana.current_customer_id();
begin
    if outcome.code is not null then
        perform tekana.raise_problem(
            outcome.code, outcome.message, outcome.detail, outcome.hint
        );
    end if;
    if outcome.is_replayed then
        perform tekana.mark_replayed();
    end if;
    -- A decline is an error to whoever asked and a fact to keep: raising would undo its record.
    if v_recorded.status = 'FAILED' then
        perform set_config('response.status', '422', true);
        perform set_config(
            'response.error', tekana.decline_error(v_recorded)::text, true
        );
    end if;
    return tekana.as_seen(v_recorded, v_customer_id);
end
$$;
comment on function tekana.respond(tekana.posting_outcome) is
'Returns a transaction as its actor may see it, and sets what else the response needs: '
'response.status and response.headers as in PostgREST, and response.error, the body of an error '
'whose database transaction commits nevertheless. Raises the error of a refusal.';

revoke all on function tekana.as_seen(tekana.transactions, bigint),
tekana.decline_error(tekana.transactions), tekana.respond(tekana.posting_outcome) from public;
