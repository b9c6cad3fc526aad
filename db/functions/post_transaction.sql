create or replace function api.post_transaction(
    debited_wallet_id bigint,
    amount numeric,
    channel_type text,
    credited_wallet_id bigint default null,
    credited_account_number text default null,
    transaction_type_id bigint default null,
    transaction_type text default null,
    external_reference_number text default null,
    status text default null,
    expires_at timestamptz default null,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_outcomes tekana.posting_outcome[];
begin
    v_outcomes := tekana.post_batch(array[row(
        tekana.current_user_id(), tekana.acting_customer_id(),
        post_transaction.debited_wallet_id, post_transaction.credited_wallet_id,
        post_transaction.credited_account_number, post_transaction.transaction_type_id,
        post_transaction.transaction_type, post_transaction.amount,
        post_transaction.channel_type, post_transaction.external_reference_number,
        post_transaction.status, post_transaction.expires_at, post_transaction.idempotency_key
    )::tekana.posting], false);
    return tekana.respond(v_outcomes[1]);
end
$$;
comment on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) is
'Moves money from one wallet to another, or, with status PENDING, holds it until the hold is '
'completed, is cancelled or expires. For the owner of the debited wallet and staff. amount is in '
'major units. Give the transaction type by key or code, and the credited wallet by key or account '
'number. expires_at is only for holds; the default is the hold_duration of the transaction type. A '
'decline (funds, limits, rules, currencies, inactive wallet or type) is recorded with status '
'FAILED. If the same user repeats the request with the same idempotency_key, the first answer is '
'returned.';

revoke all on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) from public;
grant execute on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, timestamptz, text
) to tekana_customer, tekana_staff;
