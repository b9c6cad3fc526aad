create table tekana.transaction_types (
    transaction_type_id bigint generated always as identity,
    code text not null,
    name text not null,
    description text,
    minimum_amount numeric,
    maximum_amount numeric,
    status text not null default 'ACTIVE',
    hold_duration interval not null default '7 days',
    has_unique_references boolean not null default false,
    created_at timestamptz not null default now(),

    constraint transaction_types_pkey primary key (transaction_type_id),
    constraint transaction_types_code_key unique (code),
    constraint transaction_types_code_is_a_code check (tekana.code_problem(code) is null),
    constraint transaction_types_name_is_given check (tekana.name_problem(name) is null),
    constraint transaction_types_description_is_short check (
        tekana.description_problem(description) is null
    ),
    constraint transaction_types_minimum_amount_is_money check (
        tekana.limit_problem(minimum_amount) is null
    ),
    constraint transaction_types_maximum_amount_is_money check (
        tekana.limit_problem(maximum_amount) is null
    ),
    constraint transaction_types_amounts_are_in_order check (minimum_amount <= maximum_amount),
    constraint transaction_types_hold_duration_is_bounded check (
        tekana.hold_duration_problem(hold_duration) is null
    ),
    constraint transaction_types_status_is_known check (status in ('ACTIVE', 'INACTIVE'))
);

comment on table tekana.transaction_types is
'Transaction types and their limits: cash-in, cash-out, transfer, payment and those that staff '
'create.';
comment on column tekana.transaction_types.transaction_type_id is 'Primary key.';
comment on column tekana.transaction_types.code is 'Short name in capitals, unique.';
comment on column tekana.transaction_types.name is 'Name to show to people.';
comment on column tekana.transaction_types.description is
'What the type is for; null if not described.';
comment on column tekana.transaction_types.minimum_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column tekana.transaction_types.maximum_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column tekana.transaction_types.status is
'ACTIVE or INACTIVE. Transactions of an INACTIVE type are declined (INACT), except reversals.';
comment on column tekana.transaction_types.hold_duration is
'How long a hold lasts if the request has no expires_at.';
comment on column tekana.transaction_types.has_unique_references is
'Whether transactions of this type must have different values of external_reference_number. FAILED '
'and CANCELLED transactions do not count.';
comment on column tekana.transaction_types.created_at is 'When the type was created.';
comment on constraint transaction_types_code_key on tekana.transaction_types is
'code: is already in use';
comment on constraint transaction_types_code_is_a_code on tekana.transaction_types is
'code: is not 2 to 20 capital letters, digits and _, starting with a letter';
comment on constraint transaction_types_name_is_given on tekana.transaction_types is
'name: is not 1 to 100 characters without control characters';
comment on constraint transaction_types_description_is_short on tekana.transaction_types is
'description: is longer than 1000 characters';
comment on constraint transaction_types_minimum_amount_is_money on tekana.transaction_types is
'minimum_amount: is not greater than 0 and less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint transaction_types_maximum_amount_is_money on tekana.transaction_types is
'maximum_amount: is not greater than 0 and less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint transaction_types_amounts_are_in_order on tekana.transaction_types is
'maximum_amount: is less than minimum_amount';
comment on constraint transaction_types_hold_duration_is_bounded on tekana.transaction_types is
'hold_duration: is not greater than 0 and at most 366 days';
comment on constraint transaction_types_status_is_known on tekana.transaction_types is
'status: is not one of ACTIVE, INACTIVE';
