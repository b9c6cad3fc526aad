-- Transactions are not committed in the order of their places: who drew a place earlier may commit
-- later. What is sealed or proved must not reach to where somebody could still commit. Whoever
-- draws a place holds ROW EXCLUSIVE on the table, by lock_wallets or a statement that writes to it,
-- from before until their transaction has ended and can be seen. So, when all that held this lock
-- after a place was seen to be the last that was drawn have ended, all that there will ever be up
-- to that place can be seen. Nobody waits for this, and of whoever posts nothing is asked.
create or replace function tekana.find_writers(among text[] default null) returns text[]
language sql volatile
set search_path = ''
as $$
    select coalesce(array_agg(distinct l.virtualtransaction), '{}')
    from pg_catalog.pg_locks as l
    where l.locktype = 'relation'
        and l.relation = 'tekana.transactions'::regclass
        and l.database = (
            select d.oid from pg_catalog.pg_database as d where d.datname = current_database()
        )
        and l.mode = 'RowExclusiveLock' and l.granted
        -- What the caller wrote itself it sees and commits along with the horizon.
        and l.pid is distinct from pg_backend_pid()
        and (
            find_writers.among is null
            or l.virtualtransaction = any(find_writers.among)
            -- What was prepared for a two-phase commit has lost the name it had.
            or l.pid is null
        )
$$;
comment on function tekana.find_writers(text[]) is
'Returns the database transactions, except the caller''s own, that are writing to '
'tekana.transactions now. among: only these are considered; null for all.';

create or replace function tekana.last_place() returns bigint
language sql volatile
set search_path = ''
as $$
    select case when s.is_called then s.last_value else s.last_value - 1 end
    from tekana.transactions_transaction_id_seq as s
$$;
comment on function tekana.last_place() is
'Returns the last place in the ledger that was drawn from the sequence.';

-- Not by an advisory lock: whoever may sign in may take any of those, and keep it.
create or replace function tekana.lock_horizon() returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
    if not exists (select from tekana.ledger_horizons) then
        insert into tekana.ledger_horizons (safe_place, next_place, awaited) values (0, 0, '{}')
        on conflict do nothing;
    end if;
    perform from tekana.ledger_horizons for update skip locked;
    return found;
end
$$;
comment on function tekana.lock_horizon() is
'Locks the horizon until the transaction ends; returns false if another transaction has locked it. '
'Waits only for the very first sealing.';

create or replace function tekana.advance_horizon() returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_before tekana.ledger_horizons;
    v_now tekana.ledger_horizons;
    v_is_mine boolean := tekana.lock_horizon();
begin
    select * into v_before from tekana.ledger_horizons as h;
    -- Another who moves it holds it until that is committed: what was so before is still so.
    if not v_is_mine then
        return coalesce(v_before.safe_place, 0);
    end if;
    v_now := v_before;
    v_now.awaited := tekana.find_writers(v_before.awaited);
    if cardinality(v_now.awaited) = 0 then
        v_now.safe_place := v_before.next_place;
        -- The place first and the writers after it, in statements of their own: see above.
        v_now.next_place := tekana.last_place();
        v_now.awaited := tekana.find_writers();
        if cardinality(v_now.awaited) = 0 then
            v_now.safe_place := v_now.next_place;
        end if;
    end if;

    if v_now is distinct from v_before then
        update tekana.ledger_horizons
        set
            safe_place = v_now.safe_place,
            next_place = v_now.next_place,
            awaited = v_now.awaited;
    end if;
    return v_now.safe_place;
end
$$;
comment on function tekana.advance_horizon() is
'Moves the horizon as far as is possible without waiting, and returns it: a place in the ledger up '
'to which nothing more will be committed.';

revoke all on function tekana.find_writers(text[]), tekana.last_place(), tekana.lock_horizon(),
tekana.advance_horizon() from public;
