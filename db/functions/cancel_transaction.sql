create or replace function api.cancel_transaction(
    transaction_id bigint, idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    return tekana.respond(tekana.end_hold(
        cancel_transaction.transaction_id, 'CANCELLED', null, cancel_transaction.idempotency_key
    ));
end
$$;
comment on function api.cancel_transaction(bigint, text) is
'Cancels a PENDING transaction: releases the held money; no money moves. For the owner of the '
'debited wallet and staff. Raises NFIND if the caller has no such transaction, and STATE if it is '
'not PENDING. Repeating the request with the same idempotency_key returns the first answer.';
revoke all on function api.cancel_transaction(bigint, text) from public;
grant execute on function api.cancel_transaction(bigint, text) to tekana_customer, tekana_staff;
