create or replace function tekana.reversal_decline(
    payer tekana.wallets, amount numeric, out code text, out message text
)
language sql immutable
set search_path = ''
as $$
    select 'NFUND', 'the wallet that was paid no longer has the money'
    where
        payer.current_balance - payer.held_amount - reversal_decline.amount
        < payer.minimum_balance
$$;
comment on function tekana.reversal_decline(tekana.wallets, numeric) is
'Why money cannot be given back; nulls when it can. '
'Rules and limits do not stand in the way of undoing.';

create or replace function api.reverse_transaction(
    transaction_id bigint, channel_type text default 'WEB', status_message text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_original tekana.transactions;
    v_reversal tekana.transactions;
    v_sides record;
    v_payer tekana.wallets;
    v_paid tekana.wallets;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['channel_type', 'status_message'],
        array[
            tekana.choice_problem(reverse_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when length(reverse_transaction.status_message) > 500
                then 'is longer than 500 characters'
            end
        ]
    );
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction', 'transaction_id: does not exist'
        );
    end if;

    -- The sides change places: who was paid pays.
    select * into v_sides
    from tekana.lock_wallets(v_original.credited_wallet_id, v_original.debited_wallet_id);
    v_payer := v_sides.debited;
    v_paid := v_sides.credited;
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if v_original.status <> 'COMPLETED' or v_original.reverses_transaction_id is not null then
        perform tekana.raise_problem(
            'STATE', 'only a COMPLETED transaction that is not itself a reversal can be reversed',
            'status: is ' || v_original.status
        );
    end if;

    v_reversal.transaction_type_id := v_original.transaction_type_id;
    v_reversal.debited_wallet_id := v_payer.wallet_id;
    v_reversal.credited_wallet_id := v_paid.wallet_id;
    v_reversal.debited_customer_id := v_payer.customer_id;
    v_reversal.credited_customer_id := v_paid.customer_id;
    v_reversal.currency_code := v_original.currency_code;
    v_reversal.actor_id := tekana.current_user_id();
    v_reversal.reverses_transaction_id := v_original.transaction_id;
    v_reversal.amount := v_original.amount;
    v_reversal.channel_type := reverse_transaction.channel_type;

    select r.code, r.message into v_reversal.decline_code, v_reversal.status_message
    from tekana.reversal_decline(v_payer, v_original.amount) as r;
    if v_reversal.decline_code is not null then
        v_reversal.status := 'FAILED';
    else
        v_reversal.status := 'COMPLETED';
        v_reversal.status_message := reverse_transaction.status_message;
        v_reversal.debited_balance_after := v_payer.current_balance - v_original.amount;
        v_reversal.credited_balance_after := v_paid.current_balance + v_original.amount;
        update tekana.transactions as t set status = 'REVERSED'
        where t.transaction_id = v_original.transaction_id;
    end if;
    return tekana.respond_transaction(tekana.record_transaction(v_reversal));
end
$$;
comment on function api.reverse_transaction(bigint, text, text) is
'Gives the money of a COMPLETED transaction back, once, by a transaction of its own that names it '
'in reverses_transaction_id; declined (FAILED) when the money is gone. For staff.';

revoke all on function tekana.reversal_decline(tekana.wallets, numeric),
api.reverse_transaction(bigint, text, text) from public;
grant execute on function api.reverse_transaction(bigint, text, text) to tekana_staff;
