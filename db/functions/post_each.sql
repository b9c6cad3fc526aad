create or replace function tekana.lock_wallets_of(postings tekana.posting[]) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record := tekana.prepare_postings(postings);
begin
    perform tekana.lock_wallets(variadic v_prepared.wallet_ids);
end
$$;
comment on function tekana.lock_wallets_of(tekana.posting[]) is
'Locks all wallets of some postings, for callers that do something before they post them or that '
'post them in parts.';

create or replace function tekana.post_each(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_first integer[];
    v_again integer[];
    v_outcomes tekana.posting_outcome[];
    v_some tekana.posting_outcome[];
begin
    if cardinality(postings) > 1 then
        select
            array_agg(p.place order by p.place) filter (where not p.is_again),
            array_agg(p.place order by p.place) filter (where p.is_again)
        into v_first, v_again
        from (
            select
                q.ordinality::integer as place,
                q.idempotency_key is not null and row_number() over (
                    partition by q.actor_id, q.idempotency_key order by q.ordinality
                ) > 1 as is_again
            from unnest(post_each.postings) with ordinality as q
        ) as p;
    end if;
    if v_again is null then
        return tekana.post_batch(postings, false);
    end if;
    -- A key that comes twice: the second one is answered as the first was. It may be over other
    -- wallets, which are locked now: later would be out of order.
    perform tekana.lock_wallets_of(postings);
    v_some := tekana.post_batch(
        array(select postings[f] from unnest(v_first) with ordinality as u (f, n) order by n), false
    );
    for v_n in 1..cardinality(v_first) loop
        v_outcomes[v_first[v_n]] := v_some[v_n];
    end loop;
    for v_n in 1..cardinality(v_again) loop
        v_some := tekana.post_batch(array[postings[v_again[v_n]]], false);
        v_outcomes[v_again[v_n]] := v_some[1];
    end loop;
    return v_outcomes;
end
$$;
comment on function tekana.post_each(tekana.posting[]) is
'Posts each posting by itself, in their order, all at once: a decline or refusal of one does not '
'affect the others.';

revoke all on function tekana.lock_wallets_of(tekana.posting[]),
tekana.post_each(tekana.posting[]) from public;
