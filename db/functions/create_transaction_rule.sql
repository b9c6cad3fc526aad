create or replace function api.create_transaction_rule(
    wallet_type_id bigint,
    transaction_type_id bigint,
    debit_allowed boolean default false,
    credit_allowed boolean default false
) returns api.transaction_rules
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_transaction_rule_id bigint;
    v_result api.transaction_rules;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array['wallet_type_id', 'transaction_type_id'],
        array[
            case when create_transaction_rule.wallet_type_id is null then 'is required' end,
            case when create_transaction_rule.transaction_type_id is null then 'is required' end
        ]
    );
    if not exists (
        select from tekana.wallet_types as t
        where t.wallet_type_id = create_transaction_rule.wallet_type_id
    ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such wallet type', 'wallet_type_id: does not exist'
        );
    end if;
    if not exists (
        select from tekana.transaction_types as t
        where t.transaction_type_id = create_transaction_rule.transaction_type_id
    ) then
        perform tekana.raise_problem(
            'NFIND', 'there is no such transaction type', 'transaction_type_id: does not exist'
        );
    end if;

    insert into tekana.transaction_rules (
        wallet_type_id, transaction_type_id, debit_allowed, credit_allowed
    )
    values (
        create_transaction_rule.wallet_type_id, create_transaction_rule.transaction_type_id,
        coalesce(create_transaction_rule.debit_allowed, false),
        coalesce(create_transaction_rule.credit_allowed, false)
    )
    returning transaction_rule_id into v_transaction_rule_id;

    select * into v_result from api.transaction_rules as r where r.id = v_transaction_rule_id;
    return v_result;
end
$$;
comment on function api.create_transaction_rule(bigint, bigint, boolean, boolean) is
'Creates a rule: whether transactions of a type may debit and credit wallets of a type. For staff.';
revoke all on function api.create_transaction_rule(bigint, bigint, boolean, boolean) from public;
grant execute on function api.create_transaction_rule(bigint, bigint, boolean, boolean)
to tekana_staff;
