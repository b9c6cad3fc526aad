create table tekana.wallet_types (
    wallet_type_id bigint generated always as identity,
    code text not null,
    name text not null,
    description text,
    is_operator boolean not null default false,
    minimum_transaction_amount numeric,
    maximum_transaction_amount numeric,
    minimum_balance numeric default 0,
    maximum_balance numeric,
    can_be_forced_under boolean not null default false,
    created_at timestamptz not null default now(),

    constraint wallet_types_pkey primary key (wallet_type_id),
    constraint wallet_types_wallet_type_id_is_operator_key unique (wallet_type_id, is_operator),
    constraint wallet_types_code_key unique (code),
    constraint wallet_types_code_is_a_code check (tekana.code_problem(code) is null),
    constraint wallet_types_name_is_given check (tekana.name_problem(name) is null),
    constraint wallet_types_description_is_short check (
        tekana.description_problem(description) is null
    ),
    constraint wallet_types_minimum_transaction_amount_is_money check (
        tekana.limit_problem(minimum_transaction_amount) is null
    ),
    constraint wallet_types_maximum_transaction_amount_is_money check (
        tekana.limit_problem(maximum_transaction_amount) is null
    ),
    -- A new wallet is empty, so the floor cannot be above nothing; and only the operator's money is
    -- without one.
    constraint wallet_types_minimum_balance_is_a_floor check (
        (is_operator and minimum_balance is null) or tekana.floor_problem(minimum_balance) is null
    ),
    constraint wallet_types_maximum_balance_is_money check (
        tekana.limit_problem(maximum_balance) is null
    ),
    constraint wallet_types_transaction_amounts_are_in_order check (
        minimum_transaction_amount <= maximum_transaction_amount
    )
);

comment on table tekana.wallet_types is 'Wallet types and their limits.';
comment on column tekana.wallet_types.wallet_type_id is 'Primary key.';
comment on column tekana.wallet_types.code is
'Short name in capitals, unique. Account numbers begin with it.';
comment on column tekana.wallet_types.name is 'Name to show to people.';
comment on column tekana.wallet_types.description is 'What the type is for; null if not described.';
comment on column tekana.wallet_types.is_operator is
'Whether wallets of this type belong to the operator. These (float, fee, settlement) are the other '
'side of cash-in and cash-out.';
comment on column tekana.wallet_types.minimum_transaction_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column tekana.wallet_types.maximum_transaction_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column tekana.wallet_types.minimum_balance is
'Minimum available balance in major units, for wallets opened from now on: 0, or negative to allow '
'a debt. Null, only for the operator, for no minimum.';
comment on column tekana.wallet_types.maximum_balance is
'Maximum balance in major units; null for no limit.';
comment on column tekana.wallet_types.can_be_forced_under is
'Whether a forced reversal may take wallets of this type below their minimum balance.';
comment on column tekana.wallet_types.created_at is 'When the type was created.';
comment on constraint wallet_types_code_key on tekana.wallet_types is 'code: is already in use';
comment on constraint wallet_types_code_is_a_code on tekana.wallet_types is
'code: is not 2 to 20 capital letters, digits and _, starting with a letter';
comment on constraint wallet_types_name_is_given on tekana.wallet_types is
'name: is not 1 to 100 characters without control characters';
comment on constraint wallet_types_description_is_short on tekana.wallet_types is
'description: is longer than 1000 characters';
comment on constraint wallet_types_minimum_transaction_amount_is_money on tekana.wallet_types is
'minimum_transaction_amount: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_maximum_transaction_amount_is_money on tekana.wallet_types is
'maximum_transaction_amount: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_minimum_balance_is_a_floor on tekana.wallet_types is
'minimum_balance: is not 0 or negative (above -1,000,000,000,000,000, at most 4 decimals)';
comment on constraint wallet_types_maximum_balance_is_money on tekana.wallet_types is
'maximum_balance: is not greater than 0 and '
'less than 1,000,000,000,000,000 with at most 4 decimals';
comment on constraint wallet_types_transaction_amounts_are_in_order on tekana.wallet_types is
'maximum_transaction_amount: is less than minimum_transaction_amount';
