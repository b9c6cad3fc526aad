create or replace function tekana.post_unhindered(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record;
    v_free bigint[];
    v_free_actors bigint[];
    v_hindered integer[];
    v_places integer[];
    v_outcomes tekana.posting_outcome[];
    v_some tekana.posting_outcome[];
begin
    begin
        return tekana.post_each(postings);
    exception when lock_not_available then
        v_prepared := tekana.prepare_postings(postings);
    end;
    v_free := array(
        select w.wallet_id
        from tekana.wallets as w
        where w.wallet_id = any(v_prepared.wallet_ids)
        order by w.wallet_id
        for no key update skip locked
    );
    -- Who has a group or an ending under way is held (tekana.claim_key).
    v_free_actors := array(
        select u.user_id
        from tekana.users as u
        where u.user_id in (select p.actor_id from unnest(postings) as p)
        for key share skip locked
    );
    v_hindered := array(
        select p.place
        from unnest(v_prepared.prepared) as p
        where p.actor_id <> all(v_free_actors)
            or exists (
                select from tekana.wallets as w
                where w.wallet_id in (p.debited_wallet_id, p.credited_wallet_id)
                    and w.wallet_id <> all(v_free)
            )
    );
    v_places := array(
        select n from generate_subscripts(postings, 1) as n where n <> all(v_hindered)
    );
    v_outcomes := array_fill(
        tekana.refused('55P03', 'what it needs is locked for too long', null),
        array[cardinality(postings)]
    );
    if cardinality(v_places) > 0 then
        v_some := tekana.post_each(
            array(select postings[p] from unnest(v_places) with ordinality as u (p, n) order by n)
        );
        for v_n in 1..cardinality(v_places) loop
            v_outcomes[v_places[v_n]] := v_some[v_n];
        end loop;
    end if;
    return v_outcomes;
end
$$;
comment on function tekana.post_unhindered(tekana.posting[]) is
'Posts each posting by itself, except those whose wallets or actor another transaction locks for '
'longer than lock_timeout: of these nothing is recorded, and their outcome is 55P03. Raises 55P03 '
'if something else is locked, such as a key.';

create or replace function tekana.post_gathered(postings jsonb, lock_milliseconds integer)
returns table (
    transaction json, is_replayed boolean,
    code text, message text, details text, hint text
)
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_item record;
    v_are_open boolean[];
    v_postings tekana.posting[];
    v_posting tekana.posting;
    v_outcomes tekana.posting_outcome[];
    v_outcome tekana.posting_outcome;
    v_error jsonb;
    v_place integer := 0;
begin
    perform set_config('lock_timeout', post_gathered.lock_milliseconds::text, true);
    for v_item in
        select
            jsonb_populate_record(null::tekana.posting, i.item) as posting,
            s.user_id,
            s.role
        from jsonb_array_elements(post_gathered.postings) with ordinality as i (item, place)
        -- One by one: `offset 0` keeps all open sessions from being looked at for a few.
        left join lateral (
            select o.user_id, o.role
            from tekana.open_sessions as o
            where o.session_id = (i.item ->> 'session_id')::bigint
            offset 0
        ) as s on true
        order by i.place
    loop
        v_are_open := array_append(v_are_open, v_item.user_id is not null);
        if v_item.user_id is not null then
            v_posting := v_item.posting;
            v_posting.actor_id := v_item.user_id;
            v_posting.customer_id := case when v_item.role = 'CUSTOMER' then v_item.user_id end;
            v_postings := array_append(v_postings, v_posting);
        end if;
    end loop;
    if v_postings is not null then
        v_outcomes := tekana.post_unhindered(v_postings);
    end if;

    for v_n in 1..coalesce(cardinality(v_are_open), 0) loop
        if v_are_open[v_n] then
            v_place := v_place + 1;
            v_posting := v_postings[v_place];
            v_outcome := v_outcomes[v_place];
        else
            v_outcome := tekana.refused('NAUTH', 'the session has ended', null, 'Sign in again.');
        end if;
        v_error := case
            when (v_outcome.recorded).status = 'FAILED'
            then tekana.decline_error(v_outcome.recorded)
        end;
        transaction := case
            when v_outcome.code is null
            then to_json(tekana.as_seen(v_outcome.recorded, v_posting.customer_id))
        end;
        is_replayed := v_outcome.is_replayed;
        code := coalesce(v_outcome.code, v_error ->> 'code');
        message := coalesce(v_outcome.message, v_error ->> 'message');
        details := coalesce(v_outcome.detail, v_error ->> 'details');
        hint := coalesce(v_outcome.hint, v_error ->> 'hint');
        return next;
    end loop;
end
$$;
comment on function tekana.post_gathered(jsonb, integer) is
'Posts concurrent requests of several users, each by itself. postings: a list of objects with the '
'arguments of post_transaction and the session_id of the user. Returns one row for each, in order: '
'the transaction as its actor may see it, or why it was declined or refused. lock_milliseconds: '
'how long to wait for locks; then the outcome of those that need them is 55P03.';
revoke all on function tekana.post_unhindered(tekana.posting[]),
tekana.post_gathered(jsonb, integer) from public;
grant execute on function tekana.post_gathered(jsonb, integer) to tekana_gatekeeper;
