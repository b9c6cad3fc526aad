create or replace function tekana.decide_postings(
    postings tekana.posting[], prepared tekana.prepared_posting[], locked tekana.wallets[],
    out drafts tekana.transactions[], out places integer[], out outcomes tekana.posting_outcome[],
    out wallet_ids bigint[], out balances numeric[], out held numeric[]
)
language plpgsql volatile
set search_path = ''
as $$
declare
    -- Taken after the locks: a wallet's transactions are in the order of their times.
    v_now timestamptz := clock_timestamp();
    v_item record;
    v_draft tekana.transactions;
begin
    select array_agg(l.wallet_id), array_agg(l.current_balance), array_agg(l.held_amount)
    into wallet_ids, balances, held
    from unnest(locked) as l;
    -- All places at once: an array that begins where the first is assigned would be read wrongly.
    outcomes := array_fill(
        null::tekana.posting_outcome, array[cardinality(decide_postings.postings)]
    );

    for v_item in
        with known as materialized (
            -- Joined to nothing, so that it is flat: searching an array that PL/pgSQL holds copies
            -- it each time.
            select decide_postings.wallet_ids || '{}'::bigint[] as wallet_ids
        )

        select
            p.ordinality::integer as place,
            q.actor_id,
            q.channel_type,
            q.external_reference_number,
            q.status is not null as is_hold,
            coalesce(q.expires_at, v_now + t.hold_duration) as expires_at,
            p.transaction_type_id,
            p.amount,
            p.idempotency_key,
            p.request_hash,
            d.wallet_id as debited_wallet_id,
            d.customer_id as debited_customer_id,
            d.currency_code,
            d.minimum_balance,
            c.wallet_id as credited_wallet_id,
            c.customer_id as credited_customer_id,
            ct.maximum_balance,
            -- The keys are in order: this is where each of them is.
            width_bucket(d.wallet_id, known.wallet_ids) as debited_place,
            width_bucket(c.wallet_id, known.wallet_ids) as credited_place,
            r.code,
            r.message,
            e as earlier,
            u.is_used,
            case
                when t.has_unique_references and q.external_reference_number is not null
                then true
            end as has_unique_reference,
            row_number() over (
                partition by
                    t.transaction_type_id,
                    case when t.has_unique_references then q.external_reference_number end
                order by p.ordinality
            ) as nth_of_reference
        from unnest(decide_postings.prepared) with ordinality as p
        inner join unnest(decide_postings.postings) with ordinality as q
            on p.ordinality = q.ordinality
        inner join tekana.wallets as d on q.debited_wallet_id = d.wallet_id
        inner join tekana.wallets as c on p.credited_wallet_id = c.wallet_id
        inner join tekana.wallet_types as ct on c.wallet_type_id = ct.wallet_type_id
        inner join tekana.transaction_types as t on p.transaction_type_id = t.transaction_type_id
        cross join known
        left join lateral tekana.decline_by_rules(p.transaction_type_id, d, c, p.amount) as r
            on true
        left join lateral (
            select true as is_used
            from tekana.transactions as o
            where t.has_unique_references and o.has_unique_reference
                and o.transaction_type_id = p.transaction_type_id
                and o.external_reference_number = q.external_reference_number
                and o.status in ('PENDING', 'COMPLETED', 'REVERSED')
        ) as u on true
        left join lateral tekana.find_by_key(q.actor_id, p.idempotency_key) as e on true
        where p.code is null
        order by p.ordinality
    loop
        if (v_item.earlier).transaction_id is not null then
            outcomes[v_item.place] := tekana.replay_posting(
                v_item.earlier, v_item.idempotency_key, v_item.request_hash
            );
            continue;
        elsif v_item.is_hold and v_item.expires_at <= v_now then
            -- Not before the key was looked up: whoever asks again may be late.
            outcomes[v_item.place] := tekana.refused(
                'INVAL', 'some fields are not as they must be', 'expires_at: is not in the future'
            );
            continue;
        elsif v_item.is_used or v_item.has_unique_reference and v_item.nth_of_reference > 1
            and exists (
                select from unnest(drafts) as n
                where n.transaction_type_id = v_item.transaction_type_id
                    and n.external_reference_number = v_item.external_reference_number
                    and n.status <> 'FAILED'
            )
        then
            outcomes[v_item.place] := tekana.refused(
                'TAKEN', 'a field has a value that is in use already',
                'external_reference_number: is already in use'
            );
            continue;
        end if;

        v_draft.held_amount := null;
        v_draft.expires_at := null;
        v_draft.debited_balance_after := null;
        v_draft.credited_balance_after := null;
        v_draft.decline_code := coalesce(v_item.code, tekana.decline_by_balance(
            balances[v_item.debited_place] - held[v_item.debited_place],
            v_item.minimum_balance,
            balances[v_item.credited_place],
            -- Not of a hold, which costs nothing: trying some would tell a stranger the balance.
            case when not v_item.is_hold then v_item.maximum_balance end,
            v_item.amount
        ));
        v_draft.status_message := coalesce(
            v_item.message, tekana.decline_message(v_draft.decline_code)
        );
        if v_draft.decline_code is not null then
            v_draft.status := 'FAILED';
        elsif v_item.is_hold then
            v_draft.status := 'PENDING';
            v_draft.held_amount := v_item.amount;
            v_draft.expires_at := v_item.expires_at;
            held[v_item.debited_place] := held[v_item.debited_place] + v_item.amount;
        else
            v_draft.status := 'COMPLETED';
            v_draft.debited_balance_after := balances[v_item.debited_place] - v_item.amount;
            v_draft.credited_balance_after := balances[v_item.credited_place] + v_item.amount;
            balances[v_item.debited_place] := v_draft.debited_balance_after;
            balances[v_item.credited_place] := v_draft.credited_balance_after;
        end if;
        v_draft.created_at := v_now;
        v_draft.transaction_type_id := v_item.transaction_type_id;
        v_draft.debited_wallet_id := v_item.debited_wallet_id;
        v_draft.credited_wallet_id := v_item.credited_wallet_id;
        v_draft.debited_customer_id := v_item.debited_customer_id;
        v_draft.credited_customer_id := v_item.credited_customer_id;
        v_draft.actor_id := v_item.actor_id;
        v_draft.idempotency_key := v_item.idempotency_key;
        v_draft.request_hash := v_item.request_hash;
        v_draft.amount := v_item.amount;
        v_draft.currency_code := v_item.currency_code;
        v_draft.channel_type := v_item.channel_type;
        v_draft.external_reference_number := v_item.external_reference_number;
        v_draft.has_unique_reference := v_item.has_unique_reference;
        drafts := array_append(drafts, v_draft);
        places := array_append(places, v_item.place);
    end loop;
end
$$;
comment on function tekana.decide_postings(
    tekana.posting[], tekana.prepared_posting[], tekana.wallets[]
) is
'What becomes of postings between locked wallets, one after the other. drafts: transactions to '
'record, with the balances after them, FAILED with the reason where they must be declined; places: '
'which postings they are of. outcomes: the answers to those that were asked before, at their '
'places. wallet_ids, balances, held: what the wallets have when all is recorded.';
revoke all on function tekana.decide_postings(
    tekana.posting[], tekana.prepared_posting[], tekana.wallets[]
) from public;
