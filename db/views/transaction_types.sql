create or replace view api.transaction_types with (security_invoker = true) as
select
    transaction_type_id as id,
    code,
    name,
    description,
    minimum_amount,
    maximum_amount,
    status,
    hold_duration,
    has_unique_references,
    created_at
from tekana.transaction_types;

comment on view api.transaction_types is 'Transaction type.';
comment on column api.transaction_types.id is 'Key.';
comment on column api.transaction_types.code is 'Short name in capitals, such as TRANSFER.';
comment on column api.transaction_types.name is 'Name for people.';
comment on column api.transaction_types.description is 'What it is for.';
comment on column api.transaction_types.minimum_amount is
'Minimum amount in major units; null for no limit.';
comment on column api.transaction_types.maximum_amount is
'Maximum amount in major units; null for no limit.';
comment on column api.transaction_types.status is 'ACTIVE or INACTIVE.';
comment on column api.transaction_types.hold_duration is
'How long a hold lasts if the request has no expires_at.';
comment on column api.transaction_types.has_unique_references is
'Whether an external_reference_number can be used only once. Transactions that moved nothing do '
'not count.';
comment on column api.transaction_types.created_at is 'When it was created.';
grant select on api.transaction_types to tekana_customer, tekana_staff;
