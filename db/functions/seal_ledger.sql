create or replace function tekana.find_next_record(first_place bigint) returns bigint
language sql stable
set search_path = ''
as $$
    select least(
        (
            select min(t.transaction_id) from tekana.transactions as t
            where t.transaction_id >= find_next_record.first_place
        ),
        (
            select min(t.ending_id) from tekana.transactions as t
            where t.ending_id >= find_next_record.first_place
        )
    )
$$;
comment on function tekana.find_next_record(bigint) is
'Returns the first place in the ledger, from first_place on, that has a record. Some places were '
'drawn but not used.';

create or replace function tekana.seal_transactions(
    most integer,
    out record_count integer, out block_number bigint, out last_place bigint, out hash text
)
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_most_in_a_block constant integer := 5000;
    v_lowest_place constant bigint := '-9223372036854775808';
    v_no_hash constant bytea := decode(repeat('00', 32), 'hex');
    v_limit integer;
    v_safe_place bigint;
    v_first_place bigint;
    v_next_record bigint;
    v_contents record;
    v_block tekana.ledger_blocks;
begin
    record_count := 0;
    -- Every statement here must see what was committed until then.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'transactions can be sealed only at isolation level read committed'
            using errcode = 'invalid_transaction_state';
    end if;
    -- Released when the seals are committed, or their writer is gone.
    if not tekana.lock_horizon() then
        return;
    end if;

    v_safe_place := tekana.advance_horizon();
    select b.* into v_block
    from tekana.ledger_blocks as b
    order by b.block_number desc
    limit 1;
    loop
        v_limit := least(v_most_in_a_block, most - record_count);
        v_first_place := coalesce(v_block.last_place + 1, v_lowest_place);
        v_next_record := tekana.find_next_record(v_first_place);
        -- Nothing is there (null), or nothing yet that is safe.
        exit when v_limit <= 0 or v_next_record is null or v_next_record > v_safe_place;
        -- As many places have at most as many records.
        v_block.last_place := least(v_next_record + v_limit - 1, v_safe_place);
        select c.* into v_contents
        from tekana.digest_records(v_first_place, v_block.last_place) as c;

        v_block.block_number := coalesce(v_block.block_number, 0) + 1;
        v_block.sealed_at := clock_timestamp();
        v_block.record_count := v_contents.record_count;
        v_block.transaction_ids := v_contents.transaction_ids;
        v_block.ended_ids := v_contents.ended_ids;
        v_block.digests := v_contents.digests;
        v_block.contents_hash := v_contents.contents_hash;
        v_block.previous_hash := coalesce(v_block.hash, v_no_hash);
        v_block.hash := tekana.block_hash(v_block);
        insert into tekana.ledger_blocks select v_block.*;
        record_count := record_count + v_block.record_count;
    end loop;
    if record_count > 0 then
        block_number := v_block.block_number;
        last_place := v_block.last_place;
        hash := encode(v_block.hash, 'hex');
    end if;
end
$$;
comment on function tekana.seal_transactions(integer) is
'Seals what was committed to the ledger since the last seal in blocks, in order, at most this many '
'records. Returns how many it sealed; if any, also the number, last place and hash of the '
'last block. Does nothing while another process seals or moves the horizon. Needs isolation level '
'read committed.';

revoke all on function tekana.find_next_record(bigint), tekana.seal_transactions(integer)
from public;
grant execute on function tekana.seal_transactions(integer) to tekana_worker;
