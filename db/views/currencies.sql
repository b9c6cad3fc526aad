create or replace view api.currencies with (security_invoker = true) as
select currency_code, name, minor_units, status
from tekana.currencies;

comment on view api.currencies is
'The currencies of ISO 4217. Wallets can be opened in those with status ACTIVE.';
comment on column api.currencies.currency_code is 'Alphabetic code of ISO 4217, such as RWF.';
comment on column api.currencies.name is 'Name in English.';
comment on column api.currencies.minor_units is 'Number of decimals of an amount.';
comment on column api.currencies.status is 'ACTIVE, or INACTIVE: no wallet can be opened in it.';
grant select on api.currencies to tekana_customer, tekana_staff;
