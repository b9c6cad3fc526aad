-- Deploy functions_for_views. Written from db/ by 'tekana migrate baseline': edit there.
begin;
set local search_path = '';
set local quote_all_identifiers = off;

set client_min_messages = warning;
set role tekana_owner;

-- frozen: db/functions/claims.sql
-- Who is asking: the claims of the request's token, which the API sets for the transaction under
-- PostgREST's name for them. Unset reads '' after an earlier transaction set it, hence the nullif.
-- Without a setting of their own these are inlined into the policies and views that ask them:
-- called they would cost a page more than its rows do. `return` binds names when it is made.

create or replace function tekana.claim(name text) returns text
language sql stable parallel safe
return nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> claim.name;
comment on function tekana.claim(text) is
'Returns one claim of the token of the request; null if there is no token or no such claim.';

create or replace function tekana.current_user_id() returns bigint
language sql stable parallel safe
return tekana.claim('sub')::bigint;
comment on function tekana.current_user_id() is
'Returns the key of the signed-in user; null without a token.';

create or replace function tekana.current_customer_id() returns bigint
language sql stable parallel safe
return case when tekana.claim('role') = 'tekana_customer' then tekana.claim('sub')::bigint end;
comment on function tekana.current_customer_id() is
'Returns the key of the signed-in customer; null for staff and without a token.';

create or replace function tekana.acting_customer_id() returns bigint
language sql stable parallel safe
return case
    when tekana.claim('role') = 'tekana_staff' then null
    else coalesce(tekana.current_customer_id(), 0)
end;
comment on function tekana.acting_customer_id() is
'Returns the customer whose money the caller may move: the signed-in customer; null (any customer) '
'for staff; 0 (no customer) without a token.';

create or replace function tekana.require_staff() returns void
language plpgsql stable
set search_path = ''
as $$
begin
    if tekana.claim('role') is distinct from 'tekana_staff' then
        raise exception 'only staff may do this'
            using errcode = 'DENYD', hint = 'Sign in as a member of staff.';
    end if;
end
$$;
comment on function tekana.require_staff() is
'Raises DENYD unless the signed-in user is a member of staff.';

revoke all on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id(),
tekana.acting_customer_id(), tekana.require_staff() from public;
grant execute on function tekana.claim(text), tekana.current_user_id(), tekana.current_customer_id()
to tekana_customer, tekana_staff;
-- end frozen

-- frozen: db/functions/raise_problem.sql
create or replace function tekana.raise_problem(
    code text, message text, detail text default null, hint text default null
) returns void
language plpgsql immutable
set search_path = ''
as $$
begin
    raise exception using
        errcode = raise_problem.code,
        message = raise_problem.message,
        detail = coalesce(raise_problem.detail, ''),
        hint = coalesce(raise_problem.hint, '');
end
$$;
comment on function tekana.raise_problem(text, text, text, text) is
'Raises an error with a code of docs/errors.md: the request is refused, and everything it did is '
'rolled back.';

create or replace function tekana.raise_field_problems(
    fields text[], problems text[], known jsonb default '{}'
) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
    v_details text;
begin
    select string_agg(field || ': ' || problem, e'\n' order by place, field)
    into v_details
    from (
        select f.field, coalesce(known ->> f.field, f.problem) as problem, f.place
        from unnest(fields, problems) with ordinality as f (field, problem, place)
        union all
        select k.key, k.value, null
        from jsonb_each_text(known) as k
        where k.key <> all(fields)
    ) as p
    where problem is not null;

    if v_details is not null then
        perform tekana.raise_problem('INVAL', 'some fields are not valid', v_details);
    end if;
end
$$;
comment on function tekana.raise_field_problems(text[], text[], jsonb) is
'Refuses a request (INVAL) if any field is invalid; the details have one line for each: `field: '
'problem`. known: problems that the caller has already found, by field; they replace those found '
'here.';

revoke all on function tekana.raise_problem(text, text, text, text),
tekana.raise_field_problems(text[], text[], jsonb) from public;
-- end frozen

-- frozen: db/functions/deployed_changes.sql
create or replace function tekana.deployed_changes() returns setof text
language plpgsql stable security definer
set search_path = ''
as $$
begin
    -- The registry is sqitch's own; a database built without migrations has none.
    if to_regclass('sqitch.changes') is not null then
        return query execute 'select c.change from sqitch.changes as c';
    end if;
end
$$;
comment on function tekana.deployed_changes() is
'Returns the names of the changes of the migration plan that are deployed in this database. The '
'readiness check compares them with the plan.';
revoke all on function tekana.deployed_changes() from public;
grant execute on function tekana.deployed_changes() to tekana_gatekeeper;
-- end frozen

-- frozen: db/functions/guard_transactions.sql
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
-- end frozen

-- frozen: db/functions/refuse_changes.sql
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
-- end frozen

commit;
