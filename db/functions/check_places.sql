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
            t.transaction_id,
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
            t.transaction_id,
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
    )

    select 'places_were_drawn', 'transaction ' || f.transaction_id, f.finding
    from found as f
    order by f.transaction_id
    limit check_places.most;
end
$$;
comment on function tekana.check_places(bigint, integer) is
'Transactions whose place in the ledger nobody drew or somebody will draw again, or that ended '
'where they or another began. since: of endings, those after it.';

revoke all on function tekana.check_places(bigint, integer) from public;
