create or replace function api.create_transaction_type(
    code text,
    name text,
    description text default null,
    minimum_amount numeric default null,
    maximum_amount numeric default null,
    status text default 'ACTIVE',
    hold_duration interval default '7 days',
    has_unique_references boolean default false
) returns api.transaction_types
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_transaction_type_id bigint;
    v_result api.transaction_types;
begin
    perform tekana.require_staff();
    perform tekana.raise_field_problems(
        array[
            'code', 'name', 'description', 'minimum_amount', 'maximum_amount', 'status',
            'hold_duration'
        ],
        array[
            tekana.code_problem(create_transaction_type.code),
            tekana.name_problem(create_transaction_type.name),
            tekana.description_problem(create_transaction_type.description),
            tekana.limit_problem(create_transaction_type.minimum_amount),
            coalesce(
                tekana.limit_problem(create_transaction_type.maximum_amount),
                case
                    when create_transaction_type.maximum_amount
                        < create_transaction_type.minimum_amount
                    then 'is less than minimum_amount'
                end
            ),
            tekana.choice_problem(
                coalesce(create_transaction_type.status, 'ACTIVE'), 'ACTIVE', 'INACTIVE'
            ),
            tekana.hold_duration_problem(create_transaction_type.hold_duration)
        ]
    );
    insert into tekana.transaction_types (
        code, name, description, minimum_amount, maximum_amount, status,
        hold_duration, has_unique_references
    )
    values (
        create_transaction_type.code, create_transaction_type.name,
        create_transaction_type.description, create_transaction_type.minimum_amount,
        create_transaction_type.maximum_amount, coalesce(create_transaction_type.status, 'ACTIVE'),
        coalesce(create_transaction_type.hold_duration, '7 days'),
        coalesce(create_transaction_type.has_unique_references, false)
    )
    returning transaction_type_id into v_transaction_type_id;

    select * into v_result from api.transaction_types as t where t.id = v_transaction_type_id;
    return v_result;
end
$$;
comment on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) is
'Creates a transaction type. For staff. Amounts are in major units; null means no limit. '
'hold_duration is how long its holds last if the request has no expires_at, such as "7 days". With '
'has_unique_references, a request whose external_reference_number is already in use is refused '
'(TAKEN).';
revoke all on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) from public;
grant execute on function api.create_transaction_type(
    text, text, text, numeric, numeric, text, interval, boolean
) to tekana_staff;
