create or replace function api.create_wallet_type(
    code text,
    name text,
    description text default null,
    minimum_transaction_amount numeric default null,
    maximum_transaction_amount numeric default null,
    minimum_balance numeric default 0,
    maximum_balance numeric default null,
    can_be_forced_under boolean default false
) returns api.wallet_types
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_wallet_type_id bigint;
    v_result api.wallet_types;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array[
            'code', 'name', 'description', 'minimum_transaction_amount',
            'maximum_transaction_amount', 'minimum_balance', 'maximum_balance'
        ],
        array[
            tekana.code_problem(create_wallet_type.code),
            tekana.name_problem(create_wallet_type.name),
            tekana.description_problem(create_wallet_type.description),
            tekana.limit_problem(create_wallet_type.minimum_transaction_amount),
            coalesce(
                tekana.limit_problem(create_wallet_type.maximum_transaction_amount),
                case
                    when create_wallet_type.maximum_transaction_amount
                        < create_wallet_type.minimum_transaction_amount
                    then 'is less than minimum_transaction_amount'
                end
            ),
            tekana.floor_problem(create_wallet_type.minimum_balance),
            tekana.limit_problem(create_wallet_type.maximum_balance)
        ]
    );
    insert into tekana.wallet_types (
        code, name, description, minimum_transaction_amount, maximum_transaction_amount,
        minimum_balance, maximum_balance, can_be_forced_under
    )
    values (
        create_wallet_type.code, create_wallet_type.name, create_wallet_type.description,
        create_wallet_type.minimum_transaction_amount,
        create_wallet_type.maximum_transaction_amount,
        create_wallet_type.minimum_balance, create_wallet_type.maximum_balance,
        coalesce(create_wallet_type.can_be_forced_under, false)
    )
    returning wallet_type_id into v_wallet_type_id;

    select * into v_result from api.wallet_types as t where t.id = v_wallet_type_id;
    return v_result;
end
$$;
comment on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) is
'Creates a wallet type for customers. For staff. Amounts are in major units. minimum_balance is 0, '
'or negative to allow a debt, and must not be null; for the other amounts null means no limit.';
revoke all on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) from public;
grant execute on function api.create_wallet_type(
    text, text, text, numeric, numeric, numeric, numeric, boolean
) to tekana_staff;
