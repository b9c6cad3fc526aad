create table tekana.currencies (
    currency_code text not null,
    name text not null,
    minor_units smallint not null,
    status text not null default 'INACTIVE',

    constraint currencies_pkey primary key (currency_code),
    -- Lets a wallet carry its currency's number of decimals and be held to it by a plain check.
    constraint currencies_currency_code_minor_units_key unique (currency_code, minor_units),
    constraint currencies_code_is_iso_4217 check (currency_code ~ '^[A-Z]{3}$'),
    constraint currencies_name_is_given check (tekana.name_problem(name) is null),
    constraint currencies_minor_units_are_few check (minor_units between 0 and 4),
    constraint currencies_status_is_known check (status in ('ACTIVE', 'INACTIVE'))
);

comment on table tekana.currencies is
'The currencies of ISO 4217. Wallets can be opened in those with status ACTIVE.';
comment on column tekana.currencies.currency_code is
'Primary key: alphabetic code of ISO 4217, such as RWF.';
comment on column tekana.currencies.name is 'Name in English.';
comment on column tekana.currencies.minor_units is
'Number of decimals that an amount may have: 0 for RWF, 2 for USD.';
comment on column tekana.currencies.status is 'ACTIVE, or INACTIVE: no wallet can be opened in it.';
comment on constraint currencies_code_is_iso_4217 on tekana.currencies is
'currency_code: is not three capital letters';
