create or replace function tekana.raise_unreadable(transactions jsonb) returns void
language plpgsql stable
set search_path = ''
as $$
declare
    v_field record;
begin
    for v_field in
        select format('transactions[%s].%s', i.place - 1, f.key) as name, f.key, f.value
        from jsonb_array_elements(transactions) with ordinality as i (item, place)
        cross join lateral jsonb_each(i.item) as f
        order by i.place
    loop
        begin
            perform jsonb_populate_record(
                null::tekana.posting, jsonb_build_object(v_field.key, v_field.value)
            );
        exception when data_exception then
            perform tekana.raise_field_problems(
                array[v_field.name], array['cannot be read: ' || left(sqlerrm, 200)]
            );
        end;
    end loop;
end
$$;
comment on function tekana.raise_unreadable(jsonb) is
'Refuses a list of transactions because of the first field whose value cannot be converted to its '
'type, and names the field.';

create or replace function tekana.read_postings(transactions jsonb, group_key text)
returns tekana.posting[]
language plpgsql stable
set search_path = ''
as $$
declare
    v_known constant text[] := array[
        'debited_wallet_id', 'credited_wallet_id', 'credited_account_number',
        'transaction_type_id', 'transaction_type', 'amount', 'channel_type',
        'external_reference_number', 'status', 'expires_at', 'idempotency_key'
    ];
    v_fields text[];
    v_problems text[];
    v_mine tekana.posting;
begin
    if jsonb_typeof(transactions) is distinct from 'array' then
        v_fields := array['transactions'];
        v_problems := array['is not a list'];
    elsif jsonb_array_length(transactions) not between 1 and 10000 then
        v_fields := array['transactions'];
        v_problems := array['does not have 1 to 10000 elements'];
    elsif exists (
        select from jsonb_array_elements(transactions) as i (item)
        where i.item ->> 'idempotency_key' = group_key
            or starts_with(i.item ->> 'idempotency_key', group_key || e'\n')
    ) then
        v_fields := array['transactions'];
        v_problems := array[
            'one has the idempotency_key of the group, or one that begins with it'
        ];
    else
        select
            array_agg(
                format('transactions[%s]', i.place - 1) || coalesce('.' || k.name, '')
                order by i.place
            ),
            array_agg(
                case when k.name is null then 'is not an object' else 'is not known' end
                order by i.place
            )
        into v_fields, v_problems
        from jsonb_array_elements(transactions) with ordinality as i (item, place)
        left join lateral jsonb_object_keys(
            case jsonb_typeof(i.item) when 'object' then i.item else '{}' end
        ) as k (name) on k.name <> all(v_known)
        where jsonb_typeof(i.item) <> 'object' or k.name is not null;
    end if;
    perform tekana.raise_field_problems(
        v_fields || array['Idempotency-Key'],
        v_problems || array[tekana.idempotency_key_problem(group_key, 240)]
    );

    v_mine.actor_id := tekana.current_user_id();
    v_mine.customer_id := tekana.acting_customer_id();
    begin
        return (
            select array_agg(
                jsonb_populate_record(
                    v_mine,
                    jsonb_build_object('idempotency_key', group_key || e'\n' || i.place)
                    || jsonb_strip_nulls(i.item)
                )
                order by i.place
            )
            from jsonb_array_elements(transactions) with ordinality as i (item, place)
        );
    exception when data_exception then
        -- One of them: which, and what of it, is looked for only now.
        perform tekana.raise_unreadable(transactions);
        raise;
    end;
end
$$;
comment on function tekana.read_postings(jsonb, text) is
'Reads the postings of a group, requested by the signed-in user. A posting without a key of its '
'own gets one derived from the key of the group and its position.';

revoke all on function tekana.raise_unreadable(jsonb),
tekana.read_postings(jsonb, text) from public;
