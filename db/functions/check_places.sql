create or replace function tekana.check_places(since bigint, most integer)
returns setof tekana.ledger_violation
language plpgsql stable
set search_path = ''
as $$
declare
    v_last_place bigint := tekana.last_place();
begin
    return query
    with found as (
        -- Nothing else reads before the first place, and what is beyond the last one is in the way
        -- of whoever draws it.
        select
            t.transaction_id as place,
            'transaction ' || t.transaction_id as subject,
            format(
                'it is at place %s, and those from 1 to %s were drawn',
                case
                    when t.transaction_id between 1 and v_last_place then t.ending_id
                    else t.transaction_id
                end,
                v_last_place
            ) as finding
        from tekana.transactions as t
        where t.transaction_id < 1 or t.transaction_id > v_last_place
            or t.ending_id < 1 or t.ending_id > v_last_place
        union all
        select
            t.transaction_id as place,
            'transaction ' || t.transaction_id as subject,
            format('it ended at place %s, which is not a later one of its own', t.ending_id)
        from tekana.transactions as t
        where t.ending_id > check_places.since
            and (
                t.ending_id <= t.transaction_id
                or exists (
                    select from tekana.transactions as o
                    where o.transaction_id = t.ending_id
                )
            )
        union all
        -- What is settled beforehand nobody reads or seals when it comes.
        select
            r.place,
            r.subject,
            format(
                'it reaches to place %s, and those from 1 to %s were drawn', r.place, v_last_place
            )
        from (
            select p.horizon as place, 'proof ' || p.proof_id as subject
            from tekana.ledger_proofs as p
            union all
            select greatest(h.safe_place, h.next_place), 'the horizon'
            from tekana.ledger_horizons as h
            union all
            (
                select b.last_place, 'block ' || b.block_number
                from tekana.ledger_blocks as b
                order by b.block_number desc
                limit 1
            )
        ) as r
        where r.place > v_last_place
    )

    select 'places_were_drawn', f.subject, f.finding
    from found as f
    order by f.place
    limit check_places.most;
end
$$;
comment on function tekana.check_places(bigint, integer) is
'Lists transactions whose place in the ledger was not drawn from the sequence, ended holds whose '
'ending is not at a later place of its own, and proofs, the horizon and blocks that reach beyond '
'the drawn places. since: of endings, only those after this place.';

revoke all on function tekana.check_places(bigint, integer) from public;
