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
            s.session_id is not null as is_open
        from jsonb_array_elements(post_gathered.postings) with ordinality as i (item, place)
        -- One by one: `offset 0` keeps all open sessions from being looked at for a few.
        left join lateral (
            select o.session_id
            from tekana.open_sessions as o
            where o.session_id = (i.item ->> 'session_id')::bigint
            offset 0
        ) as s on true
        order by i.place
    loop
        v_are_open := array_append(v_are_open, v_item.is_open);
        if v_item.is_open then
            v_postings := array_append(v_postings, v_item.posting);
        end if;
    end loop;
    if v_postings is not null then
        v_outcomes := tekana.post_each(v_postings);
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
'Posts what several people asked for at the same time, each by itself; the caller says who they '
'are: session_id, actor_id and customer_id (null for staff) beside the arguments of '
'post_transaction. A row for each in order: the transaction as its actor may see it, or why it was '
'declined or refused. lock_milliseconds: how long to wait for a wallet that another holds, 0 for '
'as long as it takes; then 55P03.';
revoke all on function tekana.post_gathered(jsonb, integer) from public;
grant execute on function tekana.post_gathered(jsonb, integer) to tekana_gatekeeper;
