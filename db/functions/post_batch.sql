create or replace function tekana.raise_faster_request() returns void
language plpgsql immutable
set search_path = ''
as $$
begin
    raise exception 'another request used one of these keys at the same moment'
        using errcode = 'serialization_failure', hint = 'Repeat the request.';
end
$$;
comment on function tekana.raise_faster_request() is
'Raises 40001: another request used one of the keys at the same moment. Repeating the request '
'returns that outcome.';

create or replace function tekana.record_transactions(variadic drafts tekana.transactions[])
returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
    v_recorded integer;
begin
    insert into tekana.transactions overriding system value
    select d.*
    from unnest(record_transactions.drafts) as d
    on conflict (actor_id, idempotency_key) do nothing;
    get diagnostics v_recorded = row_count;

    -- Endings and groups hold their actor (users) for update, which recording has waited for: one
    -- of the two sees the other.
    if exists (
        select from unnest(record_transactions.drafts) as d
        inner join tekana.idempotency_keys as k
            on d.actor_id = k.actor_id and d.idempotency_key = k.idempotency_key
    ) then
        perform tekana.raise_faster_request();
    end if;
    return v_recorded;
end
$$;
comment on function tekana.record_transactions(tekana.transactions[]) is
'Records decided transactions, except those whose idempotency key another transaction has already '
'used; returns how many. Raises 40001 if an ending or a group used one of the keys at the same '
'moment.';

create or replace function tekana.set_balances(
    wallets tekana.wallets[], forced boolean default false
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
    update tekana.wallets as w
    set
        current_balance = n.current_balance,
        held_amount = n.held_amount,
        is_under_floor = coalesce(
            n.current_balance - n.held_amount < w.minimum_balance
            and (w.is_under_floor or set_balances.forced),
            false
        )
    from unnest(set_balances.wallets) as n
    where
        n.wallet_id = w.wallet_id
        and (n.current_balance <> w.current_balance or n.held_amount <> w.held_amount);
end
$$;
comment on function tekana.set_balances(tekana.wallets[], boolean) is
'Stores the balances that locked wallets have after the transactions recorded by the caller. '
'forced: the available balance of a wallet may fall below its floor.';

create or replace function tekana.decline_group(
    drafts tekana.transactions[], full_places integer[]
) returns tekana.transactions[]
language plpgsql immutable
set search_path = ''
as $$
declare
    v_draft tekana.transactions;
    v_decline tekana.decline;
    -- That a wallet is full tells of somebody else's balance: only when nothing else is in the way.
    v_is_by_full_wallets boolean := not exists (
        select from unnest(drafts) as d where d.status = 'FAILED'
    );
begin
    for v_place in 1..cardinality(drafts) loop
        v_draft := drafts[v_place];
        if v_draft.decline_code is null then
            v_decline := case
                when v_is_by_full_wallets and v_place = any(full_places) then tekana.full_wallet()
                else row('GROUP', 'another transaction of its group was declined')::tekana.decline
            end;
            v_draft.status := 'FAILED';
            v_draft.decline_code := v_decline.code;
            v_draft.status_message := v_decline.message;
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
comment on function tekana.decline_group(tekana.transactions[], integer[]) is
'Declines all drafts of an atomic group of which at least one is declined. full_places: drafts '
'whose credited wallet is full; they get this as their reason only if no other draft is declined.';

create or replace function tekana.post_batch(postings tekana.posting[], atomic boolean)
returns tekana.posting_outcome[]
language plpgsql volatile
set search_path = ''
as $$
declare
    v_prepared record;
    v_locked tekana.locked_wallets;
    v_decided record;
    v_outcomes tekana.posting_outcome[];
    v_drafts tekana.transactions[];
    v_asked integer;
    v_recorded integer;
    v_declined boolean := false;
begin
    v_prepared := tekana.prepare_postings(postings);
    loop
        v_locked := tekana.lock_wallets(variadic v_prepared.wallet_ids);
        v_decided := tekana.decide_postings(
            v_prepared.prepared, v_locked, atomic, v_prepared.outcomes
        );
        v_drafts := v_decided.drafts;
        v_asked := coalesce(cardinality(v_drafts), 0);
        if atomic then
            perform tekana.refuse_group(v_decided.outcomes);
            if v_asked not in (0, cardinality(postings)) then
                perform tekana.raise_problem(
                    'KEYRE', 'some of these transactions were already requested, others were not',
                    null, 'Repeat the group unchanged, or use new keys.'
                );
            end if;
            v_declined := v_decided.full_places is not null
                or exists (select from unnest(v_drafts) as d where d.status = 'FAILED');
            if v_declined then
                v_drafts := tekana.decline_group(v_drafts, v_decided.full_places);
            end if;
        end if;
        if v_asked = 0 then
            return v_decided.outcomes;
        end if;

        v_recorded := tekana.record_transactions(variadic v_drafts);
        exit when v_recorded = v_asked;
        -- A key was taken meanwhile by a request over other wallets. Of one transaction nothing is
        -- written yet; of several, some are, with balances that are not so any more.
        if v_asked > 1 then
            perform tekana.raise_faster_request();
        end if;
    end loop;

    if not v_declined then
        perform tekana.set_balances(v_decided.wallets);
    end if;
    v_outcomes := v_decided.outcomes;
    for v_place in 1..v_asked loop
        v_outcomes[v_decided.places[v_place]] := tekana.recorded(v_drafts[v_place]);
    end loop;
    return v_outcomes;
end
$$;
comment on function tekana.post_batch(tekana.posting[], boolean) is
'Posts, holds, declines or refuses postings in their order, all at once, and returns their '
'outcomes. Their keys must differ. atomic: all or none; one refusal raises, and one decline '
'declines all. Raises 40001 or 40P01 if another request uses one of the keys at the same moment.';

revoke all on function tekana.raise_faster_request(),
tekana.record_transactions(tekana.transactions[]),
tekana.set_balances(tekana.wallets[], boolean),
tekana.decline_group(tekana.transactions[], integer[]), tekana.post_batch(tekana.posting[], boolean)
from public;
