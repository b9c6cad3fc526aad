create or replace function tekana.refuse_changes() returns trigger
language plpgsql volatile
set search_path = ''
as $$
begin
    raise exception '% cannot be changed or deleted', tg_argv[0]
        using errcode = 'IMMUT', hint = tg_argv[1];
end
$$;
comment on function tekana.refuse_changes() is
'Refuses (IMMUT) every change of the rows of a table. Arguments: what the rows are, and a hint.';
revoke all on function tekana.refuse_changes() from public;

create or replace trigger guard_ledger_blocks before update or delete on tekana.ledger_blocks
for each row execute function tekana.refuse_changes(
    'the blocks of the ledger', 'Run tekana ledger verify to find what does not match them.'
);
comment on trigger guard_ledger_blocks on tekana.ledger_blocks is
'Nobody can change or delete a seal.';

create or replace trigger guard_ledger_blocks_truncate before truncate on tekana.ledger_blocks
for each statement execute function tekana.refuse_changes(
    'the blocks of the ledger', 'Run tekana ledger verify to find what does not match them.'
);
comment on trigger guard_ledger_blocks_truncate on tekana.ledger_blocks is
'Nobody can truncate the chain of seals.';

create or replace trigger guard_idempotency_keys before update or delete
on tekana.idempotency_keys
for each row execute function tekana.refuse_changes(
    'idempotency keys', 'Without its key, a request could take effect again.'
);
comment on trigger guard_idempotency_keys on tekana.idempotency_keys is
'Nobody can change or delete an idempotency key.';

create or replace trigger guard_idempotency_keys_truncate before truncate
on tekana.idempotency_keys
for each statement execute function tekana.refuse_changes(
    'idempotency keys', 'Without its key, a request could take effect again.'
);
comment on trigger guard_idempotency_keys_truncate on tekana.idempotency_keys is
'Nobody can truncate the idempotency keys.';
