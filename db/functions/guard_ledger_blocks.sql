create or replace function tekana.guard_ledger_blocks() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
    raise exception 'the blocks of the ledger are never changed or deleted'
        using errcode = 'IMMUT', hint = 'tekana ledger verify says what does not match them.';
end
$$;
comment on function tekana.guard_ledger_blocks() is 'Refuses every change to a sealed block.';
revoke all on function tekana.guard_ledger_blocks() from public;

create or replace trigger guard_ledger_blocks before update or delete on tekana.ledger_blocks
for each row execute function tekana.guard_ledger_blocks();
comment on trigger guard_ledger_blocks on tekana.ledger_blocks is
'A seal never changes, whoever asks.';

create or replace trigger guard_ledger_blocks_truncate before truncate on tekana.ledger_blocks
for each statement execute function tekana.guard_ledger_blocks();
comment on trigger guard_ledger_blocks_truncate on tekana.ledger_blocks is
'The chain is never emptied, whoever asks.';
