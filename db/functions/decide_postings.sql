create or replace function tekana.refuse_by_wallets(
    posting tekana.prepared_posting, debited tekana.wallets, credited tekana.wallets
) returns tekana.posting_outcome
language sql immutable
-- Without settings of its own, so that it is inlined: it is asked for every posting.
return case
    -- One answer for another's wallet and for none: a stranger learns nothing from it.
    when (posting).customer_id is not null and (
            (debited).wallet_id is distinct from (posting).debited_wallet_id
            or (debited).customer_id is distinct from (posting).customer_id
        )
    then tekana.refused(
            'DENYD', 'you can debit only your own wallets', null, 'Choose one of your own wallets.'
        )
    when (debited).wallet_id is distinct from (posting).debited_wallet_id
    then tekana.refused(
            'NFIND', 'there is no such wallet to debit', 'debited_wallet_id: does not exist'
        )
    when (credited).wallet_id is distinct from (posting).credited_wallet_id
    then tekana.refused(
            'NFIND', 'there is no such wallet to credit', 'credited_wallet_id: does not exist'
        )
    when scale(trim_scale((posting).amount)) > (debited).minor_units
    then tekana.refused(
            'INVAL', 'some fields are not valid', 'amount: has more decimals than '
            || (debited).currency_code || ' allows: ' || (debited).minor_units::text
        )
end;
comment on function tekana.refuse_by_wallets(
    tekana.prepared_posting, tekana.wallets, tekana.wallets
) is
'Returns the refusal of a posting between these wallets (nothing is recorded), or null. If a '
'wallet is not the one that the posting names, no wallet with that key exists.';

create or replace function tekana.repeated_references(postings tekana.prepared_posting[])
returns integer[]
language plpgsql immutable
set search_path = ''
as $$
begin
    return array(
        select r.first_place
        from (
            select
                p.place,
                min(p.place) over alike as first_place,
                count(*) over alike as times
            from unnest(repeated_references.postings) as p
            where p.external_reference_number is not null
            window alike as (partition by p.transaction_type_id, p.external_reference_number)
        ) as r
        right join generate_series(
            1, (select max(p.place) from unnest(repeated_references.postings) as p)
        ) as n (place) on r.place = n.place and r.times > 1
        order by n.place
    );
end
$$;
comment on function tekana.repeated_references(tekana.prepared_posting[]) is
'For each place, returns the first place with the same transaction type and '
'external_reference_number; null if no other posting has them.';

create or replace function tekana.reference_is_used(posting tekana.prepared_posting)
returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
    return exists (
        select from tekana.transactions as t
        where t.has_unique_reference
            and t.transaction_type_id = posting.transaction_type_id
            and t.external_reference_number = posting.external_reference_number
            and t.status in ('PENDING', 'COMPLETED', 'REVERSED')
    );
end
$$;
comment on function tekana.reference_is_used(tekana.prepared_posting) is
'Returns whether another transaction of the type already uses the external_reference_number of a '
'posting that needs a unique one.';

create or replace function tekana.count_holds(wallet tekana.wallets) returns integer
language plpgsql stable
set search_path = ''
as $$
begin
    if wallet.held_amount = 0 then
        return 0;
    end if;
    return (
        select count(*)
        from tekana.transactions as t
        where t.debited_wallet_id = wallet.wallet_id and t.status = 'PENDING'
    );
end
$$;
comment on function tekana.count_holds(tekana.wallets) is
'Returns the number of PENDING transactions that hold money of a wallet.';

create or replace function tekana.draft_transaction(
    posting tekana.prepared_posting, terms tekana.posting_terms,
    debited tekana.wallets, credited tekana.wallets, decline tekana.decline, at timestamptz
) returns tekana.transactions
language sql volatile
-- Without settings of its own, so that it is inlined: it is asked for every posting.
-- In the order of the table's columns.
return row(
    nextval('tekana.transactions_transaction_id_seq'),
    (posting).transaction_type_id,
    (debited).wallet_id,
    (credited).wallet_id,
    (debited).customer_id,
    (credited).customer_id,
    (posting).actor_id,
    null, -- reverses_transaction_id
    at, -- created_at
    null, null, null, -- of an ending
    case when (decline).code is null and (posting).is_hold then (posting).expires_at end,
    (posting).idempotency_key,
    (posting).request_hash,
    (posting).amount,
    case when (decline).code is null and (posting).is_hold then (posting).amount end,
    case
        when (decline).code is null and not (posting).is_hold
        then (debited).current_balance - (posting).amount
    end,
    case
        when (decline).code is null and not (posting).is_hold
        then (credited).current_balance + (posting).amount
    end,
    (debited).currency_code,
    (posting).channel_type,
    case
        when (decline).code is not null then 'FAILED'
        when (posting).is_hold then 'PENDING'
        else 'COMPLETED'
    end,
    (decline).code,
    (decline).message,
    (posting).external_reference_number,
    nullif(
        (terms).has_unique_references and (posting).external_reference_number is not null, false
    )
)::tekana.transactions;
comment on function tekana.draft_transaction(
    tekana.prepared_posting, tekana.posting_terms, tekana.wallets, tekana.wallets, tekana.decline,
    timestamptz
) is
'Returns the transaction to record for a posting: FAILED if it is declined, else with the balances '
'after it unless it is a hold. at: when it was decided.';

create or replace function tekana.decide_postings(
    prepared tekana.prepared_posting[], locked tekana.locked_wallets, atomic boolean,
    out drafts tekana.transactions[], out places integer[], out full_places integer[],
    inout outcomes tekana.posting_outcome[], out wallets tekana.wallets[]
)
language plpgsql volatile
set search_path = ''
as $$
declare
    -- All of them may expire at once, and whoever needs the wallet next releases them.
    v_most_holds constant integer := 10000;
    -- Taken after the locks: a wallet's transactions are in the order of their times.
    v_now timestamptz := clock_timestamp();
    v_wallet_ids bigint[] := locked.wallet_ids;
    v_replayed integer[];
    v_replays tekana.posting_outcome[];
    v_posting tekana.prepared_posting;
    v_debited_place integer;
    v_credited_place integer;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_terms tekana.posting_terms;
    v_refusal tekana.posting_outcome;
    v_decline tekana.decline;
    v_draft tekana.transactions;
    -- For places, the first with the same reference; and of these, those that a draft has used.
    v_repeated integer[];
    v_used integer[] := '{}';
    v_holds integer[];
begin
    wallets := locked.wallets;
    select
        array_agg(p.place),
        array_agg(tekana.replay_posting(e, p.actor_id, p.idempotency_key, p.request_hash))
    into v_replayed, v_replays
    from unnest(decide_postings.prepared) as p
    cross join lateral tekana.find_by_key(p.actor_id, p.idempotency_key) as e;

    foreach v_posting in array coalesce(decide_postings.prepared, '{}') loop
        -- Their keys are in order: this is where each of them is, if it is there.
        v_debited_place := width_bucket(v_posting.debited_wallet_id, v_wallet_ids);
        v_credited_place := width_bucket(v_posting.credited_wallet_id, v_wallet_ids);
        v_debited := wallets[v_debited_place];
        v_credited := wallets[v_credited_place];
        v_refusal := tekana.refuse_by_wallets(v_posting, v_debited, v_credited);
        if v_refusal.code is not null then
            outcomes[v_posting.place] := v_refusal;
            continue;
        elsif v_posting.place = any(v_replayed) then
            outcomes[v_posting.place] := v_replays[array_position(v_replayed, v_posting.place)];
            continue;
        end if;

        -- Of postings that stand together most have the same.
        if v_terms.transaction_type_id is distinct from v_posting.transaction_type_id
            or v_terms.debited_wallet_type_id <> v_debited.wallet_type_id
            or v_terms.credited_wallet_type_id <> v_credited.wallet_type_id
        then
            v_terms := tekana.posting_terms(
                v_posting.transaction_type_id, v_debited.wallet_type_id, v_credited.wallet_type_id
            );
        end if;
        if v_posting.is_hold then
            v_posting.expires_at := coalesce(v_posting.expires_at, v_now + v_terms.hold_duration);
            -- Not before the key was looked up: whoever asks again may be late.
            if v_posting.expires_at <= v_now then
                outcomes[v_posting.place] := tekana.refused(
                    'INVAL', 'some fields are not valid',
                    'expires_at: is not in the future'
                );
                continue;
            end if;
        end if;
        if v_terms.has_unique_references and v_posting.external_reference_number is not null then
            v_repeated := coalesce(v_repeated, tekana.repeated_references(prepared));
            if v_repeated[v_posting.place] = any(v_used)
                or tekana.reference_is_used(v_posting)
            then
                outcomes[v_posting.place] := tekana.refused(
                    'TAKEN', 'the value of a field is already in use',
                    'external_reference_number: is already in use'
                );
                continue;
            end if;
        end if;

        -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
        v_posting.amount := round(v_posting.amount, v_debited.minor_units);
        v_decline := tekana.decline_reason(
            v_terms, v_debited, v_credited, v_posting.amount, v_posting.is_hold
        );
        if v_posting.is_hold and not v_debited.is_operator and v_decline.code is null then
            v_holds[v_debited_place] := 1
                + coalesce(v_holds[v_debited_place], tekana.count_holds(v_debited));
            if v_holds[v_debited_place] > v_most_holds then
                v_holds[v_debited_place] := v_most_holds;
                v_decline := row('LIMIT', 'the debited wallet has the maximum number of holds');
            end if;
        end if;
        -- The others of a group are judged as if this one were posted: what is told of them must
        -- not depend on somebody else's balance.
        if atomic and v_decline = tekana.full_wallet() then
            full_places := array_append(full_places, coalesce(cardinality(drafts), 0) + 1);
            v_decline := null;
        end if;
        v_draft := tekana.draft_transaction(
            v_posting, v_terms, v_debited, v_credited, v_decline, v_now
        );
        if v_draft.has_unique_reference and v_draft.status <> 'FAILED'
            and v_repeated[v_posting.place] is not null
        then
            v_used := array_append(v_used, v_repeated[v_posting.place]);
        end if;
        if v_draft.status = 'PENDING' then
            v_debited.held_amount := v_debited.held_amount + v_draft.amount;
            wallets[v_debited_place] := v_debited;
        elsif v_draft.status = 'COMPLETED' then
            v_debited.current_balance := v_draft.debited_balance_after;
            v_credited.current_balance := v_draft.credited_balance_after;
            wallets[v_debited_place] := v_debited;
            wallets[v_credited_place] := v_credited;
        end if;
        drafts := array_append(drafts, v_draft);
        places := array_append(places, v_posting.place);
    end loop;
end
$$;
comment on function tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, boolean, tekana.posting_outcome[]
) is
'Decides postings between locked wallets, in order. drafts: the transactions to record, with the '
'balances after them, or FAILED with the reason. places: the posting of each draft. full_places: '
'drafts of a group whose credited wallet is full, drafted as if it were not. outcomes: as given, '
'with the refusals and replayed answers. wallets: their state after all drafts.';

revoke all on function
tekana.refuse_by_wallets(tekana.prepared_posting, tekana.wallets, tekana.wallets),
tekana.draft_transaction(
    tekana.prepared_posting, tekana.posting_terms, tekana.wallets, tekana.wallets, tekana.decline,
    timestamptz
),
tekana.repeated_references(tekana.prepared_posting[]),
tekana.reference_is_used(tekana.prepared_posting), tekana.count_holds(tekana.wallets),
tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, boolean, tekana.posting_outcome[]
) from public;
