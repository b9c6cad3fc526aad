create or replace function tekana.refuse_by_wallets(
    customer_id bigint, debited tekana.wallets, credited tekana.wallets, amount numeric
) returns tekana.posting_outcome
language sql immutable
-- Without settings of its own, so that it is inlined: it is asked for every posting.
return case
    -- One answer for another's wallet and for none: a stranger learns nothing from it.
    when customer_id is not null and (debited).customer_id is distinct from customer_id
    then tekana.refused(
            'DENYD', 'this wallet is not yours to debit', null, 'Debit a wallet of your own.'
        )
    when (debited).wallet_id is null
    then tekana.refused(
            'NFIND', 'there is no such wallet to debit', 'debited_wallet_id: does not exist'
        )
    when (credited).wallet_id is null
    then tekana.refused(
            'NFIND', 'there is no such wallet to credit', 'credited_wallet_id: does not exist'
        )
    when scale(trim_scale(amount)) > (debited).minor_units
    then tekana.refused(
            'INVAL', 'some fields are not as they must be', 'amount: has more decimals than '
            || (debited).currency_code || ' has: ' || (debited).minor_units::text
        )
end;
comment on function tekana.refuse_by_wallets(bigint, tekana.wallets, tekana.wallets, numeric) is
'Why nothing is recorded of a posting between these wallets; null when nothing is in its way. '
'customer_id: who asks, null for staff; a wallet of nulls: there is none.';

create or replace function tekana.repeated_references(postings tekana.prepared_posting[])
returns integer[]
language plpgsql immutable
set search_path = ''
as $$
begin
    return array(
        select n.place
        from (
            select p.place, row_number() over (
                partition by p.transaction_type_id, p.external_reference_number order by p.place
            ) as nth
            from unnest(repeated_references.postings) as p
            where p.external_reference_number is not null
        ) as n
        where n.nth > 1
    );
end
$$;
comment on function tekana.repeated_references(tekana.prepared_posting[]) is
'Places of the postings whose external_reference_number one before them has too.';

create or replace function tekana.reference_is_used(
    posting tekana.prepared_posting, repeated integer[], drafts tekana.transactions[]
) returns boolean
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
    ) or (
        posting.place = any(repeated) and exists (
            select from unnest(drafts) as d
            where d.transaction_type_id = posting.transaction_type_id
                and d.external_reference_number = posting.external_reference_number
                and d.status <> 'FAILED'
        )
    );
end
$$;
comment on function tekana.reference_is_used(
    tekana.prepared_posting, integer[], tekana.transactions[]
) is
'Whether the external_reference_number of a posting, which must be unique, stands in the ledger or '
'among the drafts before it. repeated: places of those of which a draft may have it.';

create or replace function tekana.decide_postings(
    prepared tekana.prepared_posting[], locked tekana.locked_wallets,
    out drafts tekana.transactions[], out places integer[],
    inout outcomes tekana.posting_outcome[], out balances numeric[], out held numeric[]
)
language plpgsql volatile
set search_path = ''
as $$
declare
    -- Taken after the locks: a wallet's transactions are in the order of their times.
    v_now timestamptz := clock_timestamp();
    v_item record;
    v_posting tekana.prepared_posting;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_debited_place integer;
    v_credited_place integer;
    v_terms tekana.posting_terms;
    v_refusal tekana.posting_outcome;
    v_decline tekana.decline;
    v_draft tekana.transactions;
    v_repeated integer[];
begin
    balances := locked.balances;
    held := locked.held;
    for v_item in
        select p as posting, d as debited, c as credited, e as earlier
        from unnest(decide_postings.prepared) as p
        left join tekana.wallets as d on p.debited_wallet_id = d.wallet_id
        left join tekana.wallets as c on p.credited_wallet_id = c.wallet_id
        left join lateral tekana.find_by_key(p.actor_id, p.idempotency_key) as e on true
        order by p.place
    loop
        v_posting := v_item.posting;
        v_debited := v_item.debited;
        v_credited := v_item.credited;
        v_refusal := tekana.refuse_by_wallets(
            v_posting.customer_id, v_debited, v_credited, v_posting.amount
        );
        if v_refusal.code is not null then
            outcomes[v_posting.place] := v_refusal;
            continue;
        elsif (v_item.earlier).transaction_id is not null then
            outcomes[v_posting.place] := tekana.replay_posting(
                v_item.earlier, v_posting.idempotency_key, v_posting.request_hash
            );
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
                    'INVAL', 'some fields are not as they must be',
                    'expires_at: is not in the future'
                );
                continue;
            end if;
        end if;
        if v_terms.has_unique_references and v_posting.external_reference_number is not null then
            v_repeated := coalesce(v_repeated, tekana.repeated_references(prepared));
            if tekana.reference_is_used(v_posting, v_repeated, drafts) then
                outcomes[v_posting.place] := tekana.refused(
                    'TAKEN', 'a field has a value that is in use already',
                    'external_reference_number: is already in use'
                );
                continue;
            end if;
        end if;

        -- Their keys are in order: this is where each of them is.
        v_debited_place := width_bucket(v_debited.wallet_id, locked.wallet_ids);
        v_credited_place := width_bucket(v_credited.wallet_id, locked.wallet_ids);
        v_debited.current_balance := balances[v_debited_place];
        v_debited.held_amount := held[v_debited_place];
        v_credited.current_balance := balances[v_credited_place];
        v_decline := tekana.decline_reason(
            v_terms, v_debited, v_credited, v_posting.amount, v_posting.is_hold
        );
        v_draft := null;
        -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
        v_draft.amount := round(v_posting.amount, v_debited.minor_units);
        v_draft.decline_code := v_decline.code;
        v_draft.status_message := v_decline.message;
        if v_decline.code is not null then
            v_draft.status := 'FAILED';
        elsif v_posting.is_hold then
            v_draft.status := 'PENDING';
            v_draft.held_amount := v_draft.amount;
            v_draft.expires_at := v_posting.expires_at;
            held[v_debited_place] := v_debited.held_amount + v_draft.amount;
        else
            v_draft.status := 'COMPLETED';
            v_draft.debited_balance_after := v_debited.current_balance - v_draft.amount;
            v_draft.credited_balance_after := v_credited.current_balance + v_draft.amount;
            balances[v_debited_place] := v_draft.debited_balance_after;
            balances[v_credited_place] := v_draft.credited_balance_after;
        end if;
        v_draft.transaction_id := nextval('tekana.transactions_transaction_id_seq');
        v_draft.created_at := v_now;
        v_draft.transaction_type_id := v_posting.transaction_type_id;
        v_draft.debited_wallet_id := v_debited.wallet_id;
        v_draft.credited_wallet_id := v_credited.wallet_id;
        v_draft.debited_customer_id := v_debited.customer_id;
        v_draft.credited_customer_id := v_credited.customer_id;
        v_draft.actor_id := v_posting.actor_id;
        v_draft.idempotency_key := v_posting.idempotency_key;
        v_draft.request_hash := v_posting.request_hash;
        v_draft.currency_code := v_debited.currency_code;
        v_draft.channel_type := v_posting.channel_type;
        v_draft.external_reference_number := v_posting.external_reference_number;
        v_draft.has_unique_reference := nullif(
            v_terms.has_unique_references and v_posting.external_reference_number is not null, false
        );
        drafts := array_append(drafts, v_draft);
        places := array_append(places, v_posting.place);
    end loop;
end
$$;
comment on function tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, tekana.posting_outcome[]
) is
'What becomes of postings between locked wallets, one after the other. drafts: transactions to '
'record, with the balances after them, FAILED with the reason where they must be declined; places: '
'which postings they are of. outcomes: as given, with the refusals and the answers to those that '
'were asked before at their places. balances, held: what the wallets have when all is recorded.';

revoke all on function
tekana.refuse_by_wallets(bigint, tekana.wallets, tekana.wallets, numeric),
tekana.repeated_references(tekana.prepared_posting[]),
tekana.reference_is_used(tekana.prepared_posting, integer[], tekana.transactions[]),
tekana.decide_postings(
    tekana.prepared_posting[], tekana.locked_wallets, tekana.posting_outcome[]
) from public;
