create or replace function api.reverse_transaction(
    transaction_id bigint,
    channel_type text default 'WEB',
    status_message text default null,
    amount numeric default null,
    force boolean default false,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_original tekana.transactions;
    v_draft tekana.transactions;
    v_earlier tekana.transactions;
    v_locked tekana.locked_wallets;
    v_payer tekana.wallets;
    v_paid tekana.wallets;
    v_left numeric;
    v_may_be_forced boolean;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['channel_type', 'status_message', 'Idempotency-Key'],
        array[
            tekana.choice_problem(reverse_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when length(reverse_transaction.status_message) > 500
                then 'is longer than 500 characters'
            end,
            tekana.idempotency_key_problem(reverse_transaction.idempotency_key)
        ]
    );
    v_original := tekana.find_transaction_to_end(reverse_transaction.transaction_id);
    v_draft.actor_id := tekana.current_user_id();
    v_draft.idempotency_key := tekana.short_hash(reverse_transaction.idempotency_key);
    if v_draft.idempotency_key is not null then
        v_draft.request_hash := tekana.short_hash(row(
            'reverse_transaction', v_original.transaction_id, reverse_transaction.channel_type,
            reverse_transaction.status_message, trim_scale(reverse_transaction.amount),
            reverse_transaction.force
        )::text);
    end if;

    v_locked := tekana.lock_wallets(v_original.debited_wallet_id, v_original.credited_wallet_id);
    select k.* into v_earlier
    from tekana.find_by_key(v_draft.actor_id, v_draft.idempotency_key) as k;
    if v_earlier.transaction_id is not null then
        return tekana.respond(tekana.replay_posting(
            v_earlier, v_draft.actor_id, v_draft.idempotency_key, v_draft.request_hash
        ));
    end if;
    select * into v_original from tekana.transactions as t
    where t.transaction_id = reverse_transaction.transaction_id;
    if v_original.status <> 'COMPLETED' or v_original.reverses_transaction_id is not null then
        perform tekana.raise_problem(
            'STATE', 'only a COMPLETED transaction that is not itself a reversal can be reversed',
            case
                when v_original.reverses_transaction_id is null
                then 'status: is ' || v_original.status
                else 'reverses_transaction_id: is ' || v_original.reverses_transaction_id
            end
        );
    end if;
    -- The sides change places: who was paid pays.
    v_payer := tekana.locked_wallet(v_locked, v_original.credited_wallet_id);
    v_paid := tekana.locked_wallet(v_locked, v_original.debited_wallet_id);
    select v_original.amount - coalesce(sum(t.amount), 0) into v_left
    from tekana.transactions as t
    where t.reverses_transaction_id = v_original.transaction_id and t.status = 'COMPLETED';
    select t.can_be_forced_under into v_may_be_forced
    from tekana.wallet_types as t
    where t.wallet_type_id = v_payer.wallet_type_id;

    v_draft.transaction_id := nextval('tekana.transactions_transaction_id_seq');
    v_draft.created_at := clock_timestamp();
    v_draft.transaction_type_id := v_original.transaction_type_id;
    v_draft.debited_wallet_id := v_payer.wallet_id;
    v_draft.credited_wallet_id := v_paid.wallet_id;
    v_draft.debited_customer_id := v_payer.customer_id;
    v_draft.credited_customer_id := v_paid.customer_id;
    v_draft.currency_code := v_original.currency_code;
    v_draft.reverses_transaction_id := v_original.transaction_id;
    v_draft.channel_type := reverse_transaction.channel_type;
    v_draft.amount := tekana.amount_to_move(
        reverse_transaction.amount, v_left, v_payer.minor_units, 'is more than is left to reverse'
    );
    -- Rules and limits do not stand in the way of undoing; only the money must still be there.
    if v_payer.current_balance - v_payer.held_amount - v_draft.amount < v_payer.minimum_balance
        and (reverse_transaction.force and v_may_be_forced) is not true
    then
        v_draft.status := 'FAILED';
        v_draft.decline_code := 'NFUND';
        v_draft.status_message := 'the credited wallet no longer has enough money';
    else
        v_draft.status := 'COMPLETED';
        v_draft.status_message := reverse_transaction.status_message;
        v_draft.debited_balance_after := v_payer.current_balance - v_draft.amount;
        v_draft.credited_balance_after := v_paid.current_balance + v_draft.amount;
    end if;

    if tekana.record_transactions(v_draft) = 0 then
        perform tekana.raise_faster_request();
    end if;
    if v_draft.status = 'COMPLETED' then
        v_payer.current_balance := v_draft.debited_balance_after;
        v_paid.current_balance := v_draft.credited_balance_after;
        perform tekana.set_balances(
            array[v_payer, v_paid], forced => coalesce(reverse_transaction.force, false)
        );
        update tekana.transactions as t set status = 'REVERSED'
        where t.transaction_id = v_original.transaction_id and v_draft.amount = v_left;
    end if;
    return tekana.respond(tekana.recorded(v_draft));
end
$$;
comment on function api.reverse_transaction(bigint, text, text, numeric, boolean, text) is
'Reverses a COMPLETED transaction by a new transaction that refers to it in '
'reverses_transaction_id. If amount is given, in major units, only this part is given back, '
'otherwise all that is left. All reversals together never exceed the original. For staff. The '
'reversal is declined (FAILED) if the wallet that the original credited no longer has enough '
'money. With force, it may take that wallet below its minimum balance if the wallet type allows it '
'(can_be_forced_under). Raises STATE if the transaction is not COMPLETED, or is a reversal itself. '
'Repeating the request with the same idempotency_key returns the first answer.';

revoke all on function api.reverse_transaction(bigint, text, text, numeric, boolean, text)
from public;
grant execute on function api.reverse_transaction(bigint, text, text, numeric, boolean, text)
to tekana_staff;
