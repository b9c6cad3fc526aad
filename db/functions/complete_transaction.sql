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
'Posts a PENDING transaction: the money it holds moves; or amount of it, in major units, and the '
'rest is released. For the owner of the debited wallet and staff. The same idempotency_key gets '
'the first answer again.';
revoke all on function api.complete_transaction(bigint, numeric, text) from public;
grant execute on function api.complete_transaction(bigint, numeric, text)
to tekana_customer, tekana_staff;
