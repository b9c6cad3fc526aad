create or replace function api.cancel_transaction(transaction_id bigint) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_locked record;
    v_held tekana.transactions;
begin
    select l.held into v_locked
    from tekana.lock_held_transaction(cancel_transaction.transaction_id) as l;
    v_held := v_locked.held;

    update tekana.wallets as w set held_amount = w.held_amount - v_held.amount
    where w.wallet_id = v_held.debited_wallet_id;

    update tekana.transactions as t set status = 'CANCELLED'
    where t.transaction_id = v_held.transaction_id;
    return tekana.respond_transaction(v_held.transaction_id);
end
$$;
comment on function api.cancel_transaction(bigint) is
'Releases what a PENDING transaction holds; no money '
'moves. For the owner of the debited wallet and staff.';
revoke all on function api.cancel_transaction(bigint) from public;
grant execute on function api.cancel_transaction(bigint) to tekana_customer, tekana_staff;
