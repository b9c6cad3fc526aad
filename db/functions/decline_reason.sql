create or replace function tekana.decline_reason(
    transaction_type_id bigint, debited tekana.wallets, credited tekana.wallets, amount numeric,
    is_hold boolean, out code text, out message text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_type tekana.transaction_types;
    v_debited_type tekana.wallet_types;
    v_credited_type tekana.wallet_types;
    v_debit_allowed boolean;
    v_credit_allowed boolean;
begin
    select * into v_type from tekana.transaction_types as t
    where t.transaction_type_id = decline_reason.transaction_type_id;
    select * into v_debited_type from tekana.wallet_types as t
    where t.wallet_type_id = debited.wallet_type_id;
    select * into v_credited_type from tekana.wallet_types as t
    where t.wallet_type_id = credited.wallet_type_id;
    select r.debit_allowed into v_debit_allowed from tekana.transaction_rules as r
    where r.wallet_type_id = debited.wallet_type_id
        and r.transaction_type_id = decline_reason.transaction_type_id;
    select r.credit_allowed into v_credit_allowed from tekana.transaction_rules as r
    where r.wallet_type_id = credited.wallet_type_id
        and r.transaction_type_id = decline_reason.transaction_type_id;

    select reasons.code, reasons.message
    into decline_reason.code, decline_reason.message
    from (
        values
        (1, v_type.status <> 'ACTIVE', 'INACT', 'this type of transaction is not in use'),
        (2, debited.status <> 'ACTIVE', 'INACT', 'the debited wallet is not active'),
        (3, credited.status <> 'ACTIVE', 'INACT', 'the credited wallet is not active'),
        (
            4, debited.currency_code <> credited.currency_code, 'CURNC',
            'the wallets are in two currencies'
        ),
        (
            5, v_debit_allowed is not true, 'NRULE',
            'no rule lets a ' || v_debited_type.code || ' wallet pay by ' || v_type.code
        ),
        (
            6, v_credit_allowed is not true, 'NRULE',
            'no rule lets a ' || v_credited_type.code || ' wallet be paid by ' || v_type.code
        ),
        (
            7, amount < greatest(
                v_type.minimum_amount, v_debited_type.minimum_transaction_amount,
                v_credited_type.minimum_transaction_amount
            ), 'LIMIT', 'the amount is under the least one allowed'
        ),
        (
            8, amount > least(
                v_type.maximum_amount, v_debited_type.maximum_transaction_amount,
                v_credited_type.maximum_transaction_amount
            ), 'LIMIT', 'the amount is over the largest one allowed'
        ),
        (
            9, debited.current_balance - debited.held_amount - amount < debited.minimum_balance,
            'NFUND', 'the available balance is not enough'
        ),
        (
            -- Not of a hold, which costs nothing: trying some would tell a stranger the balance.
            10,
            not is_hold and credited.current_balance + amount > v_credited_type.maximum_balance,
            'LIMIT', 'the credited wallet would hold more than it may'
        )
    ) as reasons (place, holds, code, message)
    where reasons.holds
    order by reasons.place
    limit 1;
end
$$;
comment on function tekana.decline_reason(
    bigint, tekana.wallets, tekana.wallets, numeric, boolean
) is
'Why this movement of money must be declined, the '
'weightiest reason first; nulls when it may go ahead. is_hold: nothing is posted yet.';
revoke all on function tekana.decline_reason(
    bigint, tekana.wallets, tekana.wallets, numeric, boolean
) from public;
