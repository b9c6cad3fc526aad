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
    v_postings tekana.posting[];
    -- For each, which of those whose session is open it is; null: its session has ended.
    v_places bigint[];
    v_outcomes tekana.posting_outcome[];
begin
    perform set_config('lock_timeout', post_gathered.lock_milliseconds::text, true);
    select
        array_agg(a.posting order by a.place) filter (where a.is_open),
        array_agg(case when a.is_open then a.open_until_here end order by a.place)
    into v_postings, v_places
    from (
        select
            i.place,
            s.session_id is not null as is_open,
            count(s.session_id) over (order by i.place) as open_until_here,
            jsonb_populate_record(null::tekana.posting, i.item) as posting
        from jsonb_array_elements(post_gathered.postings) with ordinality as i (item, place)
        left join tekana.open_sessions as s on (i.item ->> 'session_id')::bigint = s.session_id
    ) as a;
    if v_postings is not null then
        v_outcomes := tekana.post_each(v_postings);
    end if;

    return query
    select
        case
            when o.code is null
            then to_json(tekana.as_seen(o.recorded, (v_postings[p.nth]).customer_id))
        end,
        o.is_replayed,
        case when p.nth is null then 'NAUTH' else coalesce(o.code, e.error ->> 'code') end,
        case
            when p.nth is null then 'the session has ended'
            else coalesce(o.message, e.error ->> 'message')
        end,
        coalesce(o.detail, e.error ->> 'details'),
        case when p.nth is null then 'Sign in again.' else coalesce(o.hint, e.error ->> 'hint') end
    from unnest(v_places) with ordinality as p (nth, place)
    left join unnest(v_outcomes) with ordinality as o on p.nth = o.ordinality
    left join lateral (
        select tekana.decline_error(o.recorded) as error where (o.recorded).status = 'FAILED'
    ) as e on true
    order by p.place;
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
