create or replace function tekana.find_transaction_to_end(transaction_id bigint)
returns tekana.transactions
language plpgsql stable
set search_path = ''
as $$
declare
    v_found tekana.transactions;
begin
    select * into v_found from tekana.transactions as t
    where t.transaction_id = find_transaction_to_end.transaction_id
        and (
            tekana.acting_customer_id() is null
            or t.debited_customer_id = tekana.acting_customer_id()
        );
    if v_found.transaction_id is null then
        perform tekana.raise_problem(
            'NFIND', 'you have no such transaction', 'transaction_id: does not exist'
        );
    end if;
    return v_found;
end
$$;
comment on function tekana.find_transaction_to_end(bigint) is
'Returns a transaction if the caller owns the debited wallet or is staff; otherwise raises NFIND. '
'This is decided before anything is locked, by columns that never change, so strangers make nobody '
'wait.';

create or replace function tekana.end_hold(
    transaction_id bigint, status text, amount numeric, idempotency_key text
) returns tekana.posting_outcome
language plpgsql volatile
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_held tekana.transactions := tekana.find_transaction_to_end(end_hold.transaction_id);
    v_asked tekana.idempotency_keys := row(
        tekana.current_user_id(), tekana.short_hash(end_hold.idempotency_key),
        tekana.short_hash(
            row(end_hold.status, end_hold.transaction_id, trim_scale(end_hold.amount))::text
        ),
        end_hold.transaction_id
    );
    v_locked tekana.locked_wallets;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_earlier tekana.transactions;
    v_decline tekana.decline;
begin
    perform tekana.raise_field_problems(
        array['Idempotency-Key'],
        array[tekana.idempotency_key_problem(end_hold.idempotency_key)]
    );
    v_locked := tekana.lock_wallets(v_held.debited_wallet_id, v_held.credited_wallet_id);
    if v_asked.idempotency_key is not null then
        v_earlier := tekana.claim_key(v_asked);
        if v_earlier.transaction_id is not null then
            return tekana.replay_ending(v_earlier);
        end if;
    end if;

    -- Read again under the lock of its wallets, which every ending of it takes first.
    select * into v_held from tekana.transactions as t
    where t.transaction_id = end_hold.transaction_id;
    if v_held.status <> 'PENDING' then
        perform tekana.raise_problem(
            'STATE', 'only a PENDING transaction can be completed or cancelled',
            'status: is ' || v_held.status
        );
    end if;
    v_debited := tekana.locked_wallet(v_locked, v_held.debited_wallet_id);
    v_credited := tekana.locked_wallet(v_locked, v_held.credited_wallet_id);
    v_debited.held_amount := v_debited.held_amount - v_held.amount;

    if end_hold.status = 'COMPLETED' then
        v_held.amount := tekana.amount_to_move(
            end_hold.amount, v_held.amount, v_debited.minor_units, 'is more than is held'
        );
        -- Judged as if posted now, with what it holds itself given back first.
        v_decline := tekana.decline_reason(
            tekana.posting_terms(
                v_held.transaction_type_id, v_debited.wallet_type_id, v_credited.wallet_type_id
            ),
            v_debited, v_credited, v_held.amount
        );
        if v_decline.code is not null then
            perform tekana.raise_problem(
                v_decline.code, v_decline.message, null,
                'The transaction stays PENDING; it can be cancelled.'
            );
        end if;
        v_debited.current_balance := v_debited.current_balance - v_held.amount;
        v_credited.current_balance := v_credited.current_balance + v_held.amount;
        v_held.debited_balance_after := v_debited.current_balance;
        v_held.credited_balance_after := v_credited.current_balance;
    end if;
    perform tekana.set_balances(array[v_debited, v_credited]);
    update tekana.transactions as t
    set
        status = end_hold.status,
        amount = v_held.amount,
        debited_balance_after = v_held.debited_balance_after,
        credited_balance_after = v_held.credited_balance_after,
        ending_id = nextval('tekana.transactions_transaction_id_seq'),
        ended_at = clock_timestamp(),
        ended_by = v_asked.actor_id
    where t.transaction_id = end_hold.transaction_id
    returning t.* into v_held;
    if v_asked.idempotency_key is not null then
        perform tekana.keep_key(v_asked);
    end if;
    return tekana.recorded(v_held);
end
$$;
comment on function tekana.end_hold(bigint, text, numeric, text) is
'Ends a PENDING transaction, exactly once. COMPLETED: its amount, or a part of it, moves and the '
'rest is released. CANCELLED: all of it is released.';

revoke all on function tekana.find_transaction_to_end(bigint),
tekana.end_hold(bigint, text, numeric, text) from public;
