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

comment on view api.transaction_types is 'Why money moves.';
comment on column api.transaction_types.id is 'Key.';
comment on column api.transaction_types.code is 'Short name in capitals, as TRANSFER.';
comment on column api.transaction_types.name is 'Name for people.';
comment on column api.transaction_types.description is 'What it is for.';
comment on column api.transaction_types.minimum_amount is 'Least amount; null: any.';
comment on column api.transaction_types.maximum_amount is 'Largest amount; null: any.';
comment on column api.transaction_types.status is 'ACTIVE or INACTIVE.';
comment on column api.transaction_types.hold_duration is
'How long a PENDING transaction holds, unless it says itself.';
comment on column api.transaction_types.has_unique_references is
'Whether an external_reference_number can be used only once, unless it moved nothing.';
comment on column api.transaction_types.created_at is 'When it was made.';
grant select on api.transaction_types to tekana_customer, tekana_staff;
