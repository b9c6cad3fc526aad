create sequence tekana.account_number_sequence as integer
minvalue 0 maxvalue 99999999 start 1 no cycle;
comment on sequence tekana.account_number_sequence is
'Numbers the wallets in the order in which they were opened. Account numbers are computed from it, '
'so they do not repeat.';

create table tekana.wallets (
    wallet_id bigint generated always as identity,
    customer_id bigint,
    wallet_type_id bigint not null,
    is_operator boolean not null generated always as (customer_id is null) stored,
    currency_code text not null,
    minor_units smallint not null,
    account_number text not null,
    current_balance numeric not null default 0,
    held_amount numeric not null default 0,
    minimum_balance numeric,
    is_under_floor boolean not null default false,
    status text not null default 'ACTIVE',
    created_at timestamptz not null default now(),

    constraint wallets_pkey primary key (wallet_id),
    constraint wallets_account_number_key unique (account_number),
    constraint wallets_are_of_customers foreign key (customer_id)
    references tekana.customers (customer_id),
    -- With the generated column: an operator's type has no customer, any other has one.
    constraint wallets_have_a_type foreign key (wallet_type_id, is_operator)
    references tekana.wallet_types (wallet_type_id, is_operator),
    constraint wallets_have_a_currency foreign key (currency_code, minor_units)
    references tekana.currencies (currency_code, minor_units),
    constraint wallets_account_number_is_type_and_digits check (
        account_number ~ '^[A-Z][A-Z0-9_]{1,19}-[0-9]{8}$'
    ),
    constraint wallets_balance_is_bounded check (
        current_balance > -1e18 and current_balance < 1e18
    ),
    constraint wallets_balance_has_its_currencys_decimals check (
        scale(trim_scale(current_balance)) <= minor_units
    ),
    constraint wallets_held_amount_is_bounded check (held_amount >= 0 and held_amount < 1e18),
    constraint wallets_held_amount_has_its_currencys_decimals check (
        scale(trim_scale(held_amount)) <= minor_units
    ),
    constraint wallets_available_balance_is_over_its_floor check (
        current_balance - held_amount >= minimum_balance or is_under_floor
    ),
    -- Without a floor no debit is ever too much: only the operator's money is.
    constraint wallets_of_customers_have_a_floor check (
        customer_id is null or minimum_balance is not null
    ),
    constraint wallets_status_is_known check (status in ('ACTIVE', 'INACTIVE', 'DORMANT'))
)
-- Balances change all the time and no index holds them: room on the page keeps the updates HOT.
with (fillfactor = 70);
create index wallets_customer_id_idx on tekana.wallets (customer_id);
create unique index wallets_one_operator_wallet_each_idx
on tekana.wallets (currency_code, wallet_type_id) where customer_id is null;

comment on table tekana.wallets is
'Wallets: each has the money of one customer, or of the operator, in one currency.';
comment on column tekana.wallets.wallet_id is 'Primary key.';
comment on column tekana.wallets.customer_id is
'Owner; null if the wallet belongs to the operator.';
comment on column tekana.wallets.wallet_type_id is
'Type of the wallet, which determines its rules and limits.';
comment on column tekana.wallets.is_operator is 'Whether the wallet belongs to the operator.';
comment on column tekana.wallets.currency_code is 'Currency of the wallet; it never changes.';
comment on column tekana.wallets.minor_units is
'Number of decimals of the currency. Amounts have at most so many.';
comment on column tekana.wallets.account_number is
'Account number, unique: the code of the wallet type, a hyphen and 8 digits. Senders can use it to '
'name the wallet to credit.';
comment on column tekana.wallets.current_balance is
'Current balance in major units, including held money.';
comment on column tekana.wallets.held_amount is
'Sum of the amounts that PENDING transactions hold, in major units. It includes expired holds '
'until they are released.';
comment on column tekana.wallets.minimum_balance is
'Minimum available balance (floor) in major units, copied from the wallet type when the wallet was '
'opened. Null, only for the operator, for no minimum.';
comment on column tekana.wallets.is_under_floor is
'True while the available balance is below minimum_balance. Only a forced reversal can take it '
'there.';
comment on column tekana.wallets.status is
'ACTIVE, INACTIVE or DORMANT. Only reversals debit or credit a wallet that is not ACTIVE.';
comment on column tekana.wallets.created_at is 'When the wallet was opened.';
comment on index tekana.wallets_one_operator_wallet_each_idx is
'The operator has one wallet of each type in each currency.';
comment on constraint wallets_available_balance_is_over_its_floor on tekana.wallets is
'available_balance: would fall below its minimum';
comment on constraint wallets_balance_is_bounded on tekana.wallets is
'amount: would take a balance beyond 1,000,000,000,000,000,000';
