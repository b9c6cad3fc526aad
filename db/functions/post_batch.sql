create or replace function tekana.record_transactions(drafts tekana.transactions[])
returns tekana.transactions[]
language sql volatile
set search_path = ''
as $$
    with recorded as (
        insert into tekana.transactions as t (
            transaction_type_id, debited_wallet_id, credited_wallet_id, debited_customer_id,
            credited_customer_id, actor_id, reverses_transaction_id, created_at, expires_at,
            idempotency_key, request_hash, amount, held_amount, debited_balance_after,
            credited_balance_after, currency_code, channel_type, status, decline_code,
            status_message, external_reference_number, has_unique_reference
        )
        select
            d.transaction_type_id, d.debited_wallet_id, d.credited_wallet_id,
            d.debited_customer_id, d.credited_customer_id, d.actor_id,
            d.reverses_transaction_id, d.created_at, d.expires_at, d.idempotency_key,
            d.request_hash, d.amount, d.held_amount, d.debited_balance_after,
            d.credited_balance_after, d.currency_code, d.channel_type, d.status, d.decline_code,
            d.status_message, d.external_reference_number, d.has_unique_reference
        from unnest(record_transactions.drafts) as d
        on conflict (actor_id, idempotency_key) do nothing
        returning t as transaction
    )

    select array_agg(r.transaction order by (r.transaction).transaction_id)
    from recorded as r
$$;
comment on function tekana.record_transactions(tekana.transactions[]) is
'Writes decided transactions down, in their order, and returns them with their keys, without those '
'whose idempotency key was used before.';

create or replace function tekana.require_no_ending_had_the_key(recorded tekana.transactions[])
returns void
language plpgsql stable
set search_path = ''
as $$
begin
    if exists (
        select from unnest(recorded) as r
        inner join tekana.transactions as t
            on r.actor_id = t.ended_by and r.idempotency_key = t.ending_key
    ) then
        raise exception 'another request with one of these keys was faster'
            using errcode = 'serialization_failure', hint = 'Ask again.';
    end if;
end
$$;
comment on function tekana.require_no_ending_had_the_key(tekana.transactions[]) is
'Raises 40001 when what was just recorded has a key that its actor used for an ending at the same '
'moment. Endings hold their actor (users) for update, which recording waits for: one of the two '
'sees the other.';

create or replace function tekana.set_balances(
    wallet_ids bigint[], balances numeric[], held numeric[], forced boolean default false
) returns void
language sql volatile
set search_path = ''
as $$
    update tekana.wallets as w
    set
        current_balance = n.balance,
        held_amount = n.held,
        is_under_floor = coalesce(
            n.balance - n.held < w.minimum_balance
            and (w.is_under_floor or set_balances.forced),
            false
        )
    from unnest(set_balances.wallet_ids, set_balances.balances, set_balances.held)
        as n (wallet_id, balance, held)
    where
        n.wallet_id = w.wallet_id
        and (n.balance <> w.current_balance or n.held <> w.held_amount)
$$;
comment on function tekana.set_balances(bigint[], numeric[], numeric[], boolean) is
'Gives wallets, which the caller has locked, what they have after the transactions it recorded. '
'forced: one may fall under its floor by it.';

create or replace function tekana.decline_group(drafts tekana.transactions[])
returns tekana.transactions[]
language plpgsql immutable
set search_path = ''
as $$
declare
    v_draft tekana.transactions;
begin
    for v_place in 1..cardinality(drafts) loop
        v_draft := drafts[v_place];
        if v_draft.decline_code is null then
            v_draft.status := 'FAILED';
            v_draft.decline_code := 'GROUP';
            v_draft.status_message := tekana.decline_message('GROUP');
            v_draft.held_amount := null;
            v_draft.expires_at := null;
            v_draft.debited_balance_after := null;
            v_draft.credited_balance_after := null;
            drafts[v_place] := v_draft;
        end if;
    end loop;
    return drafts;
end
$$;
comment on function tekana.decline_group(tekana.transactions[]) is
'The drafts of a group of which all or none is posted, when one of them is declined.';

create or replace function tekana.post_batch(postings tekana.posting[], atomic boolean)
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared tekana.prepared_posting[] := tekana.prepare_postings(post_batch.postings);
    v_outcomes tekana.posting_outcome[];
    v_wallet_ids bigint[];
    v_decided record;
    v_recorded tekana.transactions[];
    v_asked integer;
    v_declined boolean;
begin
    select
        array_agg(
            case
                when p.code is not null
                then tekana.refused(p.code, p.message, p.detail, p.hint)
            end
            order by p.ordinality
        ),
        array_agg(p.credited_wallet_id) filter (where p.code is null)
        || array_agg((post_batch.postings[p.ordinality]).debited_wallet_id)
        filter (where p.code is null)
    into v_outcomes, v_wallet_ids
    from unnest(v_prepared) with ordinality as p;
    if atomic then
        perform tekana.refuse_group(v_outcomes);
    end if;
    if v_wallet_ids is null then
        return v_outcomes;
    end if;

    loop
        select * into v_decided
        from tekana.decide_postings(
            post_batch.postings, v_prepared, tekana.lock_wallets(variadic v_wallet_ids)
        );
        v_asked := coalesce(cardinality(v_decided.drafts), 0);
        v_declined := false;
        if atomic then
            perform tekana.refuse_group(v_decided.outcomes);
            if v_asked not in (0, cardinality(v_prepared)) then
                perform tekana.raise_problem(
                    'KEYRE', 'some of these transactions were asked for before and others not',
                    null, 'Ask for a group again as it was, or use new keys.'
                );
            end if;
            v_declined := exists (
                select from unnest(v_decided.drafts) as d where d.status = 'FAILED'
            );
            if v_declined then
                v_decided.drafts := tekana.decline_group(v_decided.drafts);
            end if;
        end if;

        exit when v_asked = 0;
        v_recorded := tekana.record_transactions(v_decided.drafts);
        if cardinality(v_recorded) = v_asked then
            perform tekana.require_no_ending_had_the_key(v_recorded);
            exit;
        end if;
        -- A key was taken meanwhile by a request over other wallets. Of one transaction nothing is
        -- written yet; of several, some are, with balances that are not so any more.
        if v_asked > 1 then
            raise exception 'another request with one of these keys was faster'
                using errcode = 'serialization_failure', hint = 'Ask again.';
        end if;
    end loop;

    if v_asked > 0 and not v_declined then
        perform tekana.set_balances(v_decided.wallet_ids, v_decided.balances, v_decided.held);
    end if;
    for v_place in 1..v_asked loop
        v_outcomes[v_decided.places[v_place]] := tekana.recorded(v_recorded[v_place]);
    end loop;
    for v_place in 1..coalesce(cardinality(v_decided.outcomes), 0) loop
        if (v_decided.outcomes[v_place]).is_replayed is not null then
            v_outcomes[v_place] := v_decided.outcomes[v_place];
        end if;
    end loop;
    return v_outcomes;
end
$$;
comment on function tekana.post_batch(tekana.posting[], boolean) is
'Posts, holds, declines or refuses movements of money, in their order and in one go, and returns '
'what became of each. Their keys must differ. atomic: all or none; a refusal raises, and with one '
'declined all are. Raises 40001 when a key is used by another request at the same moment.';

revoke all on function tekana.record_transactions(tekana.transactions[]),
tekana.require_no_ending_had_the_key(tekana.transactions[]),
tekana.set_balances(bigint[], numeric[], numeric[], boolean),
tekana.decline_group(tekana.transactions[]), tekana.post_batch(tekana.posting[], boolean)
from public;
