create or replace function tekana.outcome_json(
    outcome tekana.posting_outcome, customer_id bigint
) returns json
language sql stable
return json_build_object(
    'transaction', case
        when outcome.code is null
        then to_json(tekana.as_seen((outcome).recorded, outcome_json.customer_id))
    end,
    'error', case
        when outcome.code is not null then json_build_object(
                'code', outcome.code, 'message', outcome.message,
                'details', outcome.detail, 'hint', outcome.hint
            )
        when ((outcome).recorded).status = 'FAILED'
        then tekana.decline_error((outcome).recorded)::json
    end,
    'replayed', outcome.is_replayed
);
comment on function tekana.outcome_json(tekana.posting_outcome, bigint) is
'Returns the outcome of one posting of a group as JSON, as the customer with this key may see it; '
'null for staff.';

create or replace function tekana.post_group(postings tekana.posting[])
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_outcomes tekana.posting_outcome[];
    v_error jsonb;
begin
    if (
        select count(distinct p.idempotency_key) < count(p.idempotency_key)
        from unnest(postings) as p
    ) then
        perform tekana.raise_field_problems(
            array['transactions'], array['two of them have the same idempotency_key']
        );
    end if;
    v_outcomes := tekana.post_batch(postings, true);
    -- All asked for before, but not together: as a group they have no outcome.
    if (
        select
            count(*) filter (where r.status = 'FAILED') not in (0, count(*))
            or bool_and(r.decline_code is not distinct from 'GROUP')
        from unnest(v_outcomes) as o
        cross join lateral (select (o.recorded).*) as r
    ) then
        perform tekana.raise_problem(
            'KEYRE', 'these transactions were already requested, but not as this group',
            null, 'Repeat the group unchanged, or use new keys.'
        );
    end if;
    select
        tekana.decline_error(o.recorded) || jsonb_build_object(
            'details', format(
                'transactions[%s].reference_number: %s', o.ordinality - 1,
                tekana.reference_number((o.recorded).transaction_id)
            ),
            'hint', 'All transactions of the group are recorded as FAILED; no money moved.'
        )
    into v_error
    from unnest(v_outcomes) with ordinality as o
    where (o.recorded).decline_code <> 'GROUP'
    order by o.ordinality
    limit 1;
    if v_error is not null then
        perform set_config('response.status', '422', true);
        perform set_config('response.error', v_error::text, true);
    end if;
    return v_outcomes;
end
$$;
comment on function tekana.post_group(tekana.posting[]) is
'Posts all or none. If one is declined, all are recorded as FAILED, and the response names the '
'declined one.';

create or replace function api.post_transactions(
    transactions jsonb, atomic boolean default true, idempotency_key text default null
) returns json
language plpgsql volatile security definer
set search_path = ''
-- Here and in what it calls: planning for the arrays of each call takes longer than executing.
set plan_cache_mode = 'force_generic_plan'
as $$
declare
    v_postings tekana.posting[] := tekana.read_postings(
        post_transactions.transactions, post_transactions.idempotency_key
    );
    v_outcomes tekana.posting_outcome[];
    v_customer_id bigint := tekana.current_customer_id();
    v_asked tekana.idempotency_keys;
begin
    v_asked.actor_id := tekana.current_user_id();
    v_asked.idempotency_key := tekana.short_hash(post_transactions.idempotency_key);
    if v_asked.idempotency_key is not null then
        select
            tekana.short_hash(jsonb_build_array(
                'post_transactions',
                post_transactions.atomic is not false,
                -- 5 and 5.00 are one amount, and a time is the same in every zone.
                jsonb_agg(to_jsonb(p) || jsonb_build_object(
                    'amount', trim_scale(p.amount), 'expires_at', extract(epoch from p.expires_at)
                ))
            )::text)
        into v_asked.request_hash
        from unnest(v_postings) as p;
    end if;
    for v_tries_left in reverse 4..0 loop
        begin
            if v_asked.idempotency_key is not null then
                perform tekana.lock_wallets_of(v_postings);
                perform tekana.claim_key(v_asked);
            end if;
            v_outcomes := case
                when post_transactions.atomic is not false then tekana.post_group(v_postings)
                else tekana.post_each(v_postings)
            end;
            v_asked.transaction_id := (
                select min((o.recorded).transaction_id) from unnest(v_outcomes) as o
            );
            if v_asked.idempotency_key is not null and v_asked.transaction_id is not null then
                perform tekana.keep_key(v_asked);
            end if;
            exit;
        exception when serialization_failure or unique_violation or deadlock_detected then
            -- Another request used one of the keys or references meanwhile, perhaps in another
            -- order: now its outcome is there to be told.
            if v_tries_left = 0 then
                raise;
            end if;
        end;
    end loop;
    if not exists (select from unnest(v_outcomes) as o where o.is_replayed is not true) then
        perform tekana.mark_replayed();
    end if;
    return (
        select json_agg(
            tekana.outcome_json(
                row(o.recorded, o.is_replayed, o.code, o.message, o.detail, o.hint),
                v_customer_id
            )
            order by o.ordinality
        )
        from unnest(v_outcomes) with ordinality as o
    );
end
$$;
comment on function api.post_transactions(jsonb, boolean, text) is
'Posts many transactions in one call. transactions is a list of 1 to 10000 objects with the '
'arguments of post_transaction. If atomic is true (default), all or none are posted: if one is '
'declined, all are recorded as FAILED, and the error names the declined one. If atomic is false, '
'each is posted by itself. Returns a list in the same order, of objects with transaction, error '
'(or null) and replayed. Each transaction may have its own idempotency_key; one without gets a key '
'derived from the key of the group and its position. As soon as any part of the group is recorded, '
'by this call or an earlier one, the key of the group is valid only for this group.';

revoke all on function tekana.outcome_json(tekana.posting_outcome, bigint),
tekana.post_group(tekana.posting[]), api.post_transactions(jsonb, boolean, text) from public;
grant execute on function api.post_transactions(jsonb, boolean, text)
to tekana_customer, tekana_staff;
