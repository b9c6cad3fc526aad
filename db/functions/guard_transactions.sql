create or replace function tekana.guard_transactions() returns trigger
language plpgsql volatile
set search_path = ''
as $$
declare
    v_of_an_ending constant text[] := array[
        'status', 'status_message', 'amount', 'debited_balance_after', 'credited_balance_after',
        'ending_id', 'ended_at', 'ended_by'
    ];
begin
    -- The one change a posted transaction may see: it was undone by another.
    if tg_op = 'UPDATE' and old.status = 'COMPLETED' and new.status = 'REVERSED' then
        if to_jsonb(new) - 'status' = to_jsonb(old) - 'status' then
            return new;
        end if;
    -- What is only held may end, once, as posted or released.
    elsif
        tg_op = 'UPDATE' and old.status = 'PENDING' and new.status in ('COMPLETED', 'CANCELLED')
    then
        if to_jsonb(new) - v_of_an_ending = to_jsonb(old) - v_of_an_ending then
            return new;
        end if;
    end if;
    raise exception 'transactions cannot be changed or deleted'
        using errcode = 'IMMUT', hint = 'To undo a transaction, reverse it.';
end
$$;
comment on function tekana.guard_transactions() is
'Refuses (IMMUT) every change of a transaction except the ending of a hold and the mark REVERSED.';
revoke all on function tekana.guard_transactions() from public;

create or replace trigger guard_transactions before update or delete on tekana.transactions
for each row execute function tekana.guard_transactions();
comment on trigger guard_transactions on tekana.transactions is
'Nobody can change a posted amount or delete a transaction.';

create or replace trigger guard_transactions_truncate before truncate on tekana.transactions
for each statement execute function tekana.guard_transactions();
comment on trigger guard_transactions_truncate on tekana.transactions is
'Nobody can truncate the history.';
