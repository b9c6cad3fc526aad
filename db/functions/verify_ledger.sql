create or replace function tekana.find_first_difference(
    block tekana.ledger_blocks, first_place bigint,
    out kind text, out transaction_id bigint, out problem text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_is_ending boolean;
    v_is_sealed boolean;
    v_is_found boolean;
    v_record text;
    v_other_block bigint;
    v_repeated bigint;
begin
    -- Whoever rewrote the block may have put any ranges into it: not to be counted out blindly.
    if (
        select sum(upper(r)::numeric - lower(r))
        from (values (block.transaction_ids), (block.ended_ids)) as k (ids)
        cross join lateral unnest(k.ids) as r
    ) is distinct from block.record_count then
        kind := 'block changed';
        problem := format('block %s does not name as many records as it holds', block.block_number);
        return;
    end if;

    select i.transaction_id, i.is_ending, s.digest is not null, f.digest is not null
    into transaction_id, v_is_ending, v_is_sealed, v_is_found
    from tekana.list_records(block.transaction_ids, block.ended_ids, block.digests) as s
    full join (
        select r.transaction_id, r.is_ending, r.digest
        from tekana.digest_records(first_place, block.last_place) as c
        cross join lateral tekana.list_records(c.transaction_ids, c.ended_ids, c.digests) as r
    ) as f on s.transaction_id = f.transaction_id and s.is_ending = f.is_ending
    cross join lateral (
        select
            coalesce(s.transaction_id, f.transaction_id) as transaction_id,
            coalesce(s.is_ending, f.is_ending) as is_ending
    ) as i
    where s.digest is distinct from f.digest
    order by i.is_ending, i.transaction_id
    limit 1;
    v_record := case when v_is_ending then 'the ending of ' else '' end
        || 'transaction ' || transaction_id;

    -- Behind one that is there twice no digest stands where it did.
    select t.transaction_id into v_repeated
    from tekana.transactions as t
    where t.transaction_id between first_place and block.last_place
    group by t.transaction_id
    having count(*) > 1
    order by t.transaction_id
    limit 1;

    if v_repeated is not null
        and (v_is_ending is distinct from false or v_repeated <= transaction_id)
    then
        kind := 'inserted';
        transaction_id := v_repeated;
        problem := format(
            'transaction %s is there more than once where block %s was sealed',
            transaction_id, block.block_number
        );
    elsif transaction_id is null then
        kind := 'block changed';
        problem := format(
            'block %s does not say what its transactions say, and no single one of them differs',
            block.block_number
        );
    elsif v_is_sealed and v_is_found then
        kind := 'changed';
        problem := format(
            '%s is not what it was when block %s was sealed', v_record, block.block_number
        );
    elsif v_is_sealed then
        kind := 'missing';
        problem := format('%s, sealed in block %s, is missing', v_record, block.block_number);
        if exists (
            select from tekana.transactions as t
            where t.transaction_id = find_first_difference.transaction_id
        ) then
            kind := 'changed';
            problem := format(
                '%s has left its place in the ledger, where block %s was sealed',
                v_record, block.block_number
            );
        end if;
    else
        select min(b.block_number) into v_other_block
        from tekana.ledger_blocks as b
        where case when v_is_ending then b.ended_ids else b.transaction_ids end
            @> find_first_difference.transaction_id;
        if v_other_block is null then
            -- Of a sealed transaction, which had not ended there.
            kind := case when v_is_ending then 'changed' else 'inserted' end;
            problem := format(
                '%s was inserted: block %s was sealed over its place without it',
                v_record, block.block_number
            );
        else
            kind := 'changed';
            problem := format(
                '%s, sealed in block %s, now stands where block %s was sealed',
                v_record, v_other_block, block.block_number
            );
        end if;
    end if;
end
$$;
comment on function tekana.find_first_difference(tekana.ledger_blocks, bigint) is
'Returns the first transaction that differs from a block, in the order of its records, or what is '
'wrong with the block itself, if the two are known to differ. first_place: where the block begins.';

create or replace function tekana.find_wrong_mark(
    before_place bigint, out transaction_id bigint, out problem text
)
language sql stable
set search_path = ''
as $$
    select
        t.transaction_id,
        format(
            'transaction %s is marked %s, and its reversals say otherwise',
            t.transaction_id, t.status
        )
    from tekana.transactions as t
    left join (
        select r.reverses_transaction_id, sum(r.amount) as amount
        from tekana.transactions as r
        where r.reverses_transaction_id is not null and r.status in ('COMPLETED', 'REVERSED')
        group by r.reverses_transaction_id
    ) as r on t.transaction_id = r.reverses_transaction_id
    where t.status in ('COMPLETED', 'REVERSED')
        and coalesce(t.ending_id, t.transaction_id) < find_wrong_mark.before_place
        and (t.status = 'REVERSED') <> (
            t.reverses_transaction_id is null and coalesce(r.amount >= t.amount, false)
        )
    order by t.transaction_id
    limit 1
$$;
comment on function tekana.find_wrong_mark(bigint) is
'Returns the first sealed transaction whose mark REVERSED disagrees with its reversals. The mark '
'is added after the seal; the reversals, which are sealed themselves, prove it.';

create or replace function tekana.verify_ledger(
    expected_hash text default null,
    out kind text, out block_number bigint, out transaction_id bigint, out problem text,
    out block_count bigint, out record_count bigint, out unsealed_count bigint,
    out last_hash text
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_first_place bigint := '-9223372036854775808';
    v_previous_hash bytea := decode(repeat('00', 32), 'hex');
    v_block tekana.ledger_blocks;
    v_contents record;
    v_is_expected boolean := expected_hash is null;
    v_last_place bigint := tekana.last_place();
begin
    block_count := 0;
    record_count := 0;
    for v_block in select b.* from tekana.ledger_blocks as b order by b.block_number loop
        -- A superuser can leave anything out of a block: what is null differs.
        if v_block.block_number is distinct from block_count + 1 then
            kind := 'chain broken';
            problem := case v_block.block_number
                when block_count then format('block %s is there more than once', block_count)
                else format('block %s is missing', block_count + 1)
            end;
        elsif v_block.hash is distinct from tekana.block_hash(v_block) then
            kind := 'block changed';
            problem := format(
                'block %s was changed: its hash is not of what it says', v_block.block_number
            );
        elsif v_block.previous_hash is distinct from v_previous_hash then
            kind := 'chain broken';
            problem := format(
                'block %s does not follow from the block before it: one of them was written anew',
                v_block.block_number
            );
        elsif v_block.last_place > v_last_place then
            kind := 'block changed';
            problem := format(
                'block %s reaches to place %s, beyond the last that was drawn, %s',
                v_block.block_number, v_block.last_place, v_last_place
            );
        else
            select c.* into v_contents
            from tekana.digest_records(v_first_place, v_block.last_place) as c;
            if
                (v_contents.record_count, v_contents.contents_hash, v_contents.digests)
                is distinct from (v_block.record_count, v_block.contents_hash, v_block.digests)
                or (v_contents.transaction_ids, v_contents.ended_ids)
                is distinct from (v_block.transaction_ids, v_block.ended_ids)
            then
                select d.kind, d.transaction_id, d.problem into kind, transaction_id, problem
                from tekana.find_first_difference(v_block, v_first_place) as d;
            end if;
        end if;
        if kind is not null then
            block_number := v_block.block_number;
            return;
        end if;
        block_count := block_count + 1;
        record_count := record_count + v_block.record_count;
        v_first_place := v_block.last_place + 1;
        v_previous_hash := v_block.hash;
        last_hash := encode(v_block.hash, 'hex');
        v_is_expected := v_is_expected or last_hash = lower(expected_hash);
    end loop;

    if not v_is_expected then
        kind := 'chain broken';
        problem := 'no block has the expected hash: the chain was cut short or written anew';
        -- From where on, nothing here tells: a chain that was written anew agrees with itself.
        block_count := 0;
        record_count := 0;
        last_hash := null;
        return;
    end if;
    select 'changed', m.transaction_id, m.problem into kind, transaction_id, problem
    from tekana.find_wrong_mark(v_first_place) as m
    where m.transaction_id is not null;
    select count(*) into unsealed_count
    from (
        select from tekana.transactions as t
        where t.transaction_id >= v_first_place
        union all
        select from tekana.transactions as t
        where t.ending_id >= v_first_place
    ) as u;
end
$$;
comment on function tekana.verify_ledger(text) is
'Recomputes the chain of blocks from the transactions as they are now. kind is null if everything '
'is as it was sealed; otherwise it says what is wrong with the first block that differs (a '
'transaction is changed, missing or inserted; block changed or chain broken: the seals), problem '
'says it in a sentence, and transaction_id is the key of the transaction, if there is one. The '
'counts cover what was found right until there (nothing, if no block has the expected hash), and '
'what is not sealed yet (as records: a hold that has ended is two). last_hash is the hash '
'of the last block that was right, in hexadecimal. Keep it elsewhere and pass it as expected_hash '
'later: the chain must still contain it.';

revoke all on function tekana.find_first_difference(tekana.ledger_blocks, bigint),
tekana.find_wrong_mark(bigint), tekana.verify_ledger(text) from public;
