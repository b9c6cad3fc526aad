create or replace function api.complete_transaction(
    transaction_id bigint, amount numeric default null, idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
begin
    return tekana.respond(tekana.end_hold(
        complete_transaction.transaction_id, 'COMPLETED', complete_transaction.amount,
        complete_transaction.idempotency_key
    ));
end
$$;
comment on function api.complete_transaction(bigint, numeric, text) is
'Completes a PENDING transaction: the held money moves. If amount is given, in major units, only '
'this part moves and the rest is released. For the owner of the debited wallet and staff. If the '
'completion is declined, the transaction stays PENDING. Raises NFIND if the caller has no such '
'transaction, and STATE if it is not PENDING. Repeating the request with the same idempotency_key '
'returns the first answer.';
revoke all on function api.complete_transaction(bigint, numeric, text) from public;
grant execute on function api.complete_transaction(bigint, numeric, text)
to tekana_customer, tekana_staff;
