create or replace function tekana.short_hash(value text) returns uuid
language sql immutable strict parallel safe
set search_path = ''
return encode(substring(sha256(convert_to(value, 'UTF8')) for 16), 'hex')::uuid;
comment on function tekana.short_hash(text) is
'The first 128 bits of SHA-256, as a uuid: 16 bytes on disk where the text may have hundreds.';

create or replace function tekana.record_transaction(draft tekana.transactions) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_transaction_id bigint;
begin
    insert into tekana.transactions (
        transaction_type_id, debited_wallet_id, credited_wallet_id, debited_customer_id,
        credited_customer_id, actor_id, reverses_transaction_id, idempotency_key, request_hash,
        amount, debited_balance_after, credited_balance_after, currency_code, channel_type, status,
        decline_code, status_message, external_reference_number
    )
    values (
        draft.transaction_type_id, draft.debited_wallet_id, draft.credited_wallet_id,
        draft.debited_customer_id, draft.credited_customer_id, draft.actor_id,
        draft.reverses_transaction_id, draft.idempotency_key, draft.request_hash,
        draft.amount, draft.debited_balance_after, draft.credited_balance_after,
        draft.currency_code, draft.channel_type, draft.status,
        draft.decline_code, draft.status_message, draft.external_reference_number
    )
    on conflict (actor_id, idempotency_key) do nothing
    returning transaction_id into v_transaction_id;

    if v_transaction_id is not null and draft.status = 'COMPLETED' then
        update tekana.wallets as w
        set current_balance = case
            when w.wallet_id = draft.debited_wallet_id then draft.debited_balance_after
            else draft.credited_balance_after
        end
        where w.wallet_id in (draft.debited_wallet_id, draft.credited_wallet_id);
    elsif v_transaction_id is not null and draft.status = 'PENDING' then
        update tekana.wallets as w set held_amount = w.held_amount + draft.amount
        where w.wallet_id = draft.debited_wallet_id;
    end if;
    return v_transaction_id;
end
$$;
comment on function tekana.record_transaction(tekana.transactions) is
'Writes a decided transaction down and gives its wallets, which the '
'caller has locked, the balances that it decided. Returns its key; '
'null, with nothing done, when its idempotency key was used before.';

create or replace function tekana.decide_transaction(
    draft tekana.transactions, debited tekana.wallets, credited tekana.wallets
) returns tekana.transactions
language plpgsql volatile
set search_path = ''
as $$
begin
    draft.debited_wallet_id := debited.wallet_id;
    draft.credited_wallet_id := credited.wallet_id;
    draft.debited_customer_id := debited.customer_id;
    draft.credited_customer_id := credited.customer_id;
    draft.currency_code := debited.currency_code;

    select r.code, r.message into draft.decline_code, draft.status_message
    from tekana.decline_reason(
        draft.transaction_type_id, debited, credited, draft.amount, draft.status = 'PENDING'
    ) as r;

    if draft.decline_code is not null then
        draft.status := 'FAILED';
    elsif draft.status = 'COMPLETED' then
        draft.debited_balance_after := debited.current_balance - draft.amount;
        draft.credited_balance_after := credited.current_balance + draft.amount;
    end if;
    return draft;
end
$$;
comment on function tekana.decide_transaction(
    tekana.transactions, tekana.wallets, tekana.wallets
) is
'What becomes of a transaction between two locked wallets: the draft with its sides, its balances '
'after and its status, FAILED with the reason when it must be declined.';

create or replace function api.post_transaction(
    debited_wallet_id bigint,
    amount numeric,
    channel_type text,
    credited_wallet_id bigint default null,
    credited_account_number text default null,
    transaction_type_id bigint default null,
    transaction_type text default null,
    external_reference_number text default null,
    status text default null,
    idempotency_key text default null
) returns api.transactions
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_draft tekana.transactions;
    v_sides record;
    v_debited tekana.wallets;
    v_credited tekana.wallets;
    v_earlier tekana.transactions;
    v_asked_status text := coalesce(post_transaction.status, 'COMPLETED');
begin
    perform tekana.raise_field_problems(
        array[
            'debited_wallet_id', 'credited_wallet_id', 'transaction_type', 'amount', 'channel_type',
            'external_reference_number', 'status', 'Idempotency-Key'
        ],
        array[
            case when post_transaction.debited_wallet_id is null then 'is required' end,
            case num_nonnulls(
                post_transaction.credited_wallet_id, post_transaction.credited_account_number
            )
                when 0 then 'is required, or credited_account_number in its place'
                when 2 then 'is given and credited_account_number too: give one of them'
            end,
            case num_nonnulls(
                post_transaction.transaction_type_id, post_transaction.transaction_type
            )
                when 0 then 'is required, or transaction_type_id in its place'
                when 2 then 'is given and transaction_type_id too: give one of them'
            end,
            tekana.amount_problem(post_transaction.amount),
            tekana.choice_problem(post_transaction.channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
            case
                when post_transaction.external_reference_number !~ '^[^[:cntrl:]]{1,100}$'
                then 'is not 1 to 100 characters without control characters'
            end,
            case
                when post_transaction.status <> 'PENDING'
                then 'is not PENDING: leave it out to post at once'
            end,
            case
                when length(post_transaction.idempotency_key) not between 1 and 255
                then 'is not 1 to 255 characters'
            end
        ]
    );

    select t.transaction_type_id into v_draft.transaction_type_id
    from tekana.transaction_types as t
    where t.transaction_type_id = post_transaction.transaction_type_id
        or t.code = post_transaction.transaction_type;
    if not found then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction type',
            case
                when post_transaction.transaction_type is null
                then 'transaction_type_id: does not exist'
                else 'transaction_type: does not exist'
            end
        );
    end if;

    if post_transaction.credited_account_number is not null then
        select w.wallet_id into post_transaction.credited_wallet_id
        from tekana.wallets as w
        where w.account_number = post_transaction.credited_account_number;
    end if;
    if post_transaction.credited_wallet_id = post_transaction.debited_wallet_id then
        perform tekana.raise_field_problems(
            array['credited_wallet_id'], array['is the wallet that pays']
        );
    end if;

    v_draft.actor_id := tekana.current_user_id();
    v_draft.amount := post_transaction.amount;
    v_draft.channel_type := post_transaction.channel_type;
    v_draft.external_reference_number := post_transaction.external_reference_number;
    v_draft.status := v_asked_status;
    v_draft.idempotency_key := tekana.short_hash(post_transaction.idempotency_key);
    if v_draft.idempotency_key is not null then
        v_draft.request_hash := tekana.short_hash(row(
            'post_transaction', v_draft.transaction_type_id, post_transaction.debited_wallet_id,
            post_transaction.credited_wallet_id, trim_scale(v_draft.amount), v_draft.channel_type,
            v_draft.external_reference_number, v_draft.status
        )::text);
    end if;

    -- Judged before anything is locked, by what never changes: strangers make nobody wait.
    select * into v_debited
    from tekana.wallets as w
    where w.wallet_id = post_transaction.debited_wallet_id;
    perform tekana.require_owner_of(v_debited);

    select * into v_sides
    from tekana.lock_wallets(
        post_transaction.debited_wallet_id, post_transaction.credited_wallet_id
    );
    v_debited := v_sides.debited;
    v_credited := v_sides.credited;

    if v_debited.wallet_id is null then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet to debit', 'debited_wallet_id: does not exist'
        );
    end if;
    if v_credited.wallet_id is null then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet to credit',
            case
                when post_transaction.credited_account_number is null
                then 'credited_wallet_id: does not exist'
                else 'credited_account_number: does not exist'
            end
        );
    end if;
    if scale(trim_scale(v_draft.amount)) > v_debited.minor_units then
        perform tekana.raise_field_problems(
            array['amount'],
            array[format(
                'has more decimals than %s has: %s', v_debited.currency_code, v_debited.minor_units
            )]
        );
    end if;

    -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
    v_draft.amount := round(v_draft.amount, v_debited.minor_units);

    -- Looked for after the wallets are locked: of many requests with one key, the first to lock
    -- them is the only one that finds nothing.
    select * into v_earlier
    from tekana.transactions as t
    where t.actor_id = v_draft.actor_id and t.idempotency_key = v_draft.idempotency_key;
    if not found then
        v_draft := tekana.decide_transaction(v_draft, v_debited, v_credited);
        v_draft.transaction_id := tekana.record_transaction(v_draft);
        if v_draft.transaction_id is not null then
            return tekana.respond_transaction(v_draft.transaction_id);
        end if;
        -- Taken meanwhile by a request over other wallets.
        select * into v_earlier
        from tekana.transactions as t
        where t.actor_id = v_draft.actor_id and t.idempotency_key = v_draft.idempotency_key;
    end if;

    if v_earlier.request_hash <> v_draft.request_hash then
        perform tekana.raise_problem(
            'KEYRE', 'this Idempotency-Key was used for another request',
            'reference_number: ' || tekana.reference_number(v_earlier.transaction_id),
            'Use a new key for a new request.'
        );
    end if;
    return tekana.replay_transaction(v_earlier.transaction_id, v_asked_status);
end
$$;
comment on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, text
) is
'Moves money from one wallet to another, or holds it with status PENDING. For the owner of the '
'debited wallet and staff. amount in major units; the type by key or code; the credited wallet by '
'key or account number. A decline (funds, limits, rules, inactive wallet) is recorded with status '
'FAILED. The same idempotency_key by the same user gets the first answer again.';

revoke all on function tekana.short_hash(text), tekana.record_transaction(tekana.transactions),
tekana.decide_transaction(tekana.transactions, tekana.wallets, tekana.wallets),
api.post_transaction(bigint, numeric, text, bigint, text, bigint, text, text, text, text)
from public;
grant execute on function api.post_transaction(
    bigint, numeric, text, bigint, text, bigint, text, text, text, text
) to tekana_customer, tekana_staff;
