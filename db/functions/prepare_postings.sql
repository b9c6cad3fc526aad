create or replace function tekana.short_hash(value text) returns uuid
language sql immutable strict parallel safe
return encode(substring(sha256(convert_to(value, 'UTF8')) for 16), 'hex')::uuid;
comment on function tekana.short_hash(text) is
'The first 128 bits of SHA-256, as a uuid: 16 bytes on disk where the text may have hundreds.';

create or replace function tekana.posting_problems(posting tekana.posting) returns text
language sql stable
return nullif(concat_ws(
    e'\n',
    case when (posting).debited_wallet_id is null then 'debited_wallet_id: is required' end,
    'credited_wallet_id: ' || case
    num_nonnulls((posting).credited_wallet_id, (posting).credited_account_number)
        when 0 then 'is required, or credited_account_number in its place'
        when 2 then 'is given and credited_account_number too: give one of them'
    end,
    'transaction_type: ' || case
    num_nonnulls((posting).transaction_type_id, (posting).transaction_type)
        when 0 then 'is required, or transaction_type_id in its place'
        when 2 then 'is given and transaction_type_id too: give one of them'
    end,
    'amount: ' || tekana.amount_problem((posting).amount),
    'channel_type: '
    || tekana.choice_problem((posting).channel_type, 'WEB', 'APP', 'KIOSK', 'USSD'),
    case
        when (posting).external_reference_number !~ '^[^[:cntrl:]]{1,100}$'
        then 'external_reference_number: '
            'is not 1 to 100 characters without control characters'
    end,
    case
        when (posting).status <> 'PENDING'
        then 'status: is not PENDING: leave it out to post at once'
    end,
    'expires_at: ' || case
        when (posting).expires_at is null then null
        when (posting).status is distinct from 'PENDING' then 'is for holds: with status PENDING'
        when (posting).expires_at > now() + interval '366 days'
        then 'is more than 366 days away'
    end,
    'Idempotency-Key: ' || tekana.idempotency_key_problem((posting).idempotency_key)
), '');
comment on function tekana.posting_problems(tekana.posting) is
'What is wrong with the fields of a posting, a line each; null when nothing is.';

create or replace function tekana.prepare_postings(postings tekana.posting[])
returns tekana.prepared_posting[]
language sql stable
set search_path = ''
as $$
    select array_agg(
        row(
            refusal.code, refusal.message, refusal.detail, refusal.hint,
            t.transaction_type_id,
            coalesce(p.credited_wallet_id, named.wallet_id),
            -- 5 and 5.00 are one amount, and are kept and shown as the currency writes it.
            round(p.amount, d.minor_units),
            tekana.short_hash(p.idempotency_key),
            case
                when p.idempotency_key is not null then tekana.short_hash(row(
                    'post_transaction', t.transaction_type_id, p.debited_wallet_id,
                    coalesce(p.credited_wallet_id, named.wallet_id), trim_scale(p.amount),
                    p.channel_type, p.external_reference_number, p.status, p.expires_at
                )::text)
            end
        )::tekana.prepared_posting
        order by p.ordinality
    )
    from unnest(prepare_postings.postings) with ordinality as p
    left join tekana.transaction_types as t
        on p.transaction_type_id = t.transaction_type_id or p.transaction_type = t.code
    left join tekana.wallets as d on p.debited_wallet_id = d.wallet_id
    left join tekana.wallets as named on p.credited_account_number = named.account_number
    left join tekana.wallets as c on p.credited_wallet_id = c.wallet_id
    -- Evaluated once: `offset 0` keeps it from being written out wherever it is looked at.
    cross join lateral (
        select tekana.posting_problems(row(
            p.actor_id, p.customer_id, p.debited_wallet_id, p.credited_wallet_id,
            p.credited_account_number, p.transaction_type_id, p.transaction_type, p.amount,
            p.channel_type, p.external_reference_number, p.status, p.expires_at, p.idempotency_key
        )) as problems
        offset 0
    ) as of_fields
    cross join lateral (
        select case
            when of_fields.problems is not null then 1
            when t.transaction_type_id is null then 2
            when coalesce(p.credited_wallet_id, named.wallet_id) = p.debited_wallet_id then 3
            -- One answer for another's wallet and for none: a stranger learns nothing from it.
            when p.customer_id is not null and d.customer_id is distinct from p.customer_id then 4
            when d.wallet_id is null then 5
            when coalesce(c.wallet_id, named.wallet_id) is null then 6
            when scale(trim_scale(p.amount)) > d.minor_units then 7
        end as problem
    ) as found
    cross join lateral (
        select
            case
                when found.problem is null then null
                when found.problem in (1, 3, 7) then 'INVAL'
                when found.problem = 4 then 'DENYD'
                else 'NFIND'
            end as code,
            case found.problem
                when 1 then 'some fields are not as they must be'
                when 2 then 'there is no such transaction type'
                when 3 then 'some fields are not as they must be'
                when 4 then 'this wallet is not yours to debit'
                when 5 then 'there is no such wallet to debit'
                when 6 then 'there is no such wallet to credit'
                when 7 then 'some fields are not as they must be'
            end as message,
            case found.problem
                when 1 then of_fields.problems
                when 2 then
                    case when p.transaction_type is null then 'transaction_type_id'
                        else 'transaction_type' end || ': does not exist'
                when 3 then 'credited_wallet_id: is the wallet that pays'
                when 5 then 'debited_wallet_id: does not exist'
                when 6 then
                    case when p.credited_account_number is null then 'credited_wallet_id'
                        else 'credited_account_number' end || ': does not exist'
                when 7 then format(
                    'amount: has more decimals than %s has: %s', d.currency_code, d.minor_units
                )
            end as detail,
            case found.problem when 4 then 'Debit a wallet of your own.' end as hint
    ) as refusal
$$;
comment on function tekana.prepare_postings(tekana.posting[]) is
'What can be said of postings by what never changes, before anything is locked: strangers make '
'nobody wait.';

revoke all on function tekana.short_hash(text), tekana.posting_problems(tekana.posting),
tekana.prepare_postings(tekana.posting[]) from public;
