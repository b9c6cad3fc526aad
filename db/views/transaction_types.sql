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

comment on view api.transaction_types is 'Transaction types and their limits.';
comment on column api.transaction_types.id is 'Primary key.';
comment on column api.transaction_types.code is 'Short name in capitals, such as TRANSFER; unique.';
comment on column api.transaction_types.name is 'Name to show to people.';
comment on column api.transaction_types.description is
'What the type is for; null if not described.';
comment on column api.transaction_types.minimum_amount is
'Minimum amount of one transaction in major units; null for no limit.';
comment on column api.transaction_types.maximum_amount is
'Maximum amount of one transaction in major units; null for no limit.';
comment on column api.transaction_types.status is
'ACTIVE or INACTIVE. Transactions of an INACTIVE type are declined (INACT).';
comment on column api.transaction_types.hold_duration is
'How long a hold lasts if the request has no expires_at.';
comment on column api.transaction_types.has_unique_references is
'Whether transactions of this type must have different values of external_reference_number. FAILED '
'and CANCELLED transactions do not count.';
comment on column api.transaction_types.created_at is 'When the type was created.';
grant select on api.transaction_types to tekana_customer, tekana_staff;
