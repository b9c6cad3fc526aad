create or replace function tekana.short_hash(value text) returns uuid
language sql stable strict parallel safe
return encode(substring(sha256(convert_to(value, 'UTF8')) for 16), 'hex')::uuid;
comment on function tekana.short_hash(text) is
'Returns the first 128 bits of the SHA-256 hash of a text, as a uuid: 16 bytes on disk, although '
'the text may have hundreds.';

create or replace function tekana.posting_problems(posting tekana.posting) returns text
language sql stable
return nullif(concat_ws(
    e'\n',
    case when (posting).debited_wallet_id is null then 'debited_wallet_id: is required' end,
    'credited_wallet_id: ' || case
    num_nonnulls((posting).credited_wallet_id, (posting).credited_account_number)
        when 0 then 'is required, or credited_account_number instead'
        when 2 then 'is given together with credited_account_number: give only one'
    end,
    'transaction_type: ' || case
    num_nonnulls((posting).transaction_type_id, (posting).transaction_type)
        when 0 then 'is required, or transaction_type_id instead'
        when 2 then 'is given together with transaction_type_id: give only one'
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
        then 'status: is not PENDING: leave it out to post immediately'
    end,
    'expires_at: ' || case
        when (posting).expires_at is null then null
        when (posting).status is distinct from 'PENDING' then 'is only valid with status PENDING'
        when (posting).expires_at > now() + interval '366 days'
        then 'is more than 366 days away'
    end,
    'Idempotency-Key: ' || tekana.idempotency_key_problem((posting).idempotency_key)
), '');
comment on function tekana.posting_problems(tekana.posting) is
'Says what is wrong with the fields of a posting, one line for each; null if all are valid.';

create or replace function tekana.prepare_postings(
    postings tekana.posting[],
    out prepared tekana.prepared_posting[], out outcomes tekana.posting_outcome[],
    out wallet_ids bigint[]
)
language plpgsql stable
set search_path = ''
as $$
declare
    v_posting tekana.posting;
    v_prepared tekana.prepared_posting;
    v_type tekana.transaction_types;
    v_problems text;
    v_have_unique_references boolean := false;
begin
    -- All places at once: an array that begins where the first is assigned would be read wrongly.
    outcomes := array_fill(
        null::tekana.posting_outcome, array[cardinality(prepare_postings.postings)]
    );
    for v_place in 1..cardinality(postings) loop
        v_posting := postings[v_place];
        v_problems := tekana.posting_problems(v_posting);
        if v_problems is not null then
            outcomes[v_place] := tekana.refused(
                'INVAL', 'some fields are not valid', v_problems
            );
            continue;
        end if;

        -- Of postings that stand together most have one type.
        if (
            v_posting.transaction_type_id = v_type.transaction_type_id
            or v_posting.transaction_type = v_type.code
        ) is not true then
            select * into v_type from tekana.transaction_types as t
            where t.transaction_type_id = v_posting.transaction_type_id
                or t.code = v_posting.transaction_type;
        end if;
        if v_posting.credited_account_number is not null then
            select w.wallet_id into v_posting.credited_wallet_id from tekana.wallets as w
            where w.account_number = v_posting.credited_account_number;
        end if;
        if v_type.transaction_type_id is null then
            outcomes[v_place] := tekana.refused(
                'NFIND', 'there is no such transaction type',
                case
                    when v_posting.transaction_type is null then 'transaction_type_id'
                    else 'transaction_type'
                end || ': does not exist'
            );
            continue;
        elsif v_posting.credited_wallet_id is null then
            outcomes[v_place] := tekana.refused(
                'NFIND', 'there is no such wallet to credit',
                'credited_account_number: does not exist'
            );
            continue;
        elsif v_posting.credited_wallet_id = v_posting.debited_wallet_id then
            outcomes[v_place] := tekana.refused(
                'INVAL', 'some fields are not valid',
                'credited_wallet_id: is the debited wallet'
            );
            continue;
        end if;

        v_prepared := row(
            v_place, v_posting.actor_id, v_posting.customer_id, v_type.transaction_type_id,
            v_posting.debited_wallet_id, v_posting.credited_wallet_id, v_posting.amount,
            v_posting.channel_type, v_posting.external_reference_number,
            v_posting.status is not null, v_posting.expires_at,
            tekana.short_hash(v_posting.idempotency_key),
            case
                when v_posting.idempotency_key is not null then tekana.short_hash(row(
                    'post_transaction', v_type.transaction_type_id, v_posting.debited_wallet_id,
                    v_posting.credited_wallet_id, trim_scale(v_posting.amount),
                    v_posting.channel_type, v_posting.external_reference_number,
                    v_posting.status, extract(epoch from v_posting.expires_at)
                )::text)
            end
        );
        prepared := array_append(prepared, v_prepared);
        wallet_ids := array_append(wallet_ids, v_posting.debited_wallet_id);
        wallet_ids := array_append(wallet_ids, v_posting.credited_wallet_id);
        v_have_unique_references := v_have_unique_references or (
            v_type.has_unique_references and v_posting.external_reference_number is not null
        );
    end loop;

    -- A hold whose time is over uses no reference up: it ends when its wallet is locked.
    if v_have_unique_references then
        wallet_ids := wallet_ids || array(
            select t.debited_wallet_id
            from unnest(prepared) as p
            inner join tekana.transactions as t
                on p.transaction_type_id = t.transaction_type_id
                and p.external_reference_number = t.external_reference_number
            where t.has_unique_reference
                and t.status = 'PENDING' and t.expires_at <= clock_timestamp()
        );
    end if;
end
$$;
comment on function tekana.prepare_postings(tekana.posting[]) is
'Checks postings as far as is possible without locks. prepared: the valid ones, in their order. '
'outcomes: the refusals of the others, by place. wallet_ids: the wallets to lock, which are those '
'of the valid ones and those whose expired holds still use one of their references.';

revoke all on function tekana.short_hash(text), tekana.posting_problems(tekana.posting),
tekana.prepare_postings(tekana.posting[]) from public;
