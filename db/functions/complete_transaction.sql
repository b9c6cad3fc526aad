create or replace function tekana.lock_held_transaction(
    transaction_id bigint,
    out held tekana.transactions, out debited tekana.wallets, out credited tekana.wallets
)
language plpgsql volatile
set search_path = ''
as $$
declare
    v_sides record;
begin
    -- Judged before anything is locked, by what never changes: strangers make nobody wait.
    select * into held from tekana.transactions as t
    where t.transaction_id = lock_held_transaction.transaction_id;
    if held.transaction_id is null
        or (
            tekana.claim('role') is distinct from 'tekana_staff'
            and tekana.current_customer_id() is distinct from held.debited_customer_id
        ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction of yours', 'transaction_id: does not exist'
        );
    end if;

    select * into v_sides
    from tekana.lock_wallets(held.debited_wallet_id, held.credited_wallet_id);
    debited := v_sides.debited;
    credited := v_sides.credited;
    -- Read again under the lock of its wallets, which every ending of it takes first.
    select * into held from tekana.transactions as t
    where t.transaction_id = lock_held_transaction.transaction_id;
    if held.status <> 'PENDING' then
        perform tekana.raise_problem(
            'STATE', 'only a PENDING transaction can be completed or cancelled',
            'status: is ' || held.status
        );
    end if;
end
$$;
comment on function tekana.lock_held_transaction(bigint) is
'A PENDING transaction that the asker may end, with both its wallets locked.';

create or replace function api.complete_transaction(transaction_id bigint) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_locked record;
    v_held tekana.transactions;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_decline record;
begin
    select * into v_locked from tekana.lock_held_transaction(complete_transaction.transaction_id);
    v_held := v_locked.held;
    v_debited := v_locked.debited;
    v_credited := v_locked.credited;

    -- Judged as if posted now, with what it holds itself given back first.
    v_debited.held_amount := v_debited.held_amount - v_held.amount;
    select * into v_decline
    from tekana.decline_reason(
        v_held.transaction_type_id, v_debited, v_credited, v_held.amount, false
    );
    if v_decline.code is not null then
        perform tekana.raise_problem(
            v_decline.code, v_decline.message, null,
            'The transaction stays PENDING; it can be cancelled.'
        );
    end if;

    update tekana.wallets as w
    set
        current_balance = w.current_balance
        + case
            when w.wallet_id = v_held.debited_wallet_id then -v_held.amount
            else v_held.amount
        end,
        held_amount = w.held_amount
        - case when w.wallet_id = v_held.debited_wallet_id then v_held.amount else 0 end
    where w.wallet_id in (v_held.debited_wallet_id, v_held.credited_wallet_id);

    update tekana.transactions as t
    set
        status = 'COMPLETED',
        debited_balance_after = v_debited.current_balance - v_held.amount,
        credited_balance_after = v_credited.current_balance + v_held.amount
    where t.transaction_id = v_held.transaction_id;
    return tekana.respond_transaction(v_held.transaction_id);
end
$$;
comment on function api.complete_transaction(bigint) is
'Posts a PENDING transaction: the money it holds '
'moves. For the owner of the debited wallet and staff.';

revoke all on function tekana.lock_held_transaction(bigint), api.complete_transaction(bigint)
from public;
grant execute on function api.complete_transaction(bigint) to tekana_customer, tekana_staff;
