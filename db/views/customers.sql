create or replace view api.customers with (security_invoker = true) as
select
    c.customer_id as id,
    c.first_name,
    c.last_name,
    u.email,
    u.phone_number,
    c.id_type,
    c.id_number,
    c.gender,
    u.status,
    u.created_at
from tekana.customers as c
inner join tekana.users as u on c.customer_id = u.user_id;

comment on view api.customers is
'Customers. A customer sees only their own row; staff see all rows.';
comment on column api.customers.id is 'Primary key.';
comment on column api.customers.first_name is 'Given name or names.';
comment on column api.customers.last_name is 'Family name.';
comment on column api.customers.email is 'Email address in lower case, used to sign in.';
comment on column api.customers.phone_number is
'Phone number in E.164 format with its +; receives the one-time passwords.';
comment on column api.customers.id_type is 'Kind of identity document: NID or PASSPORT.';
comment on column api.customers.id_number is 'Number on the identity document.';
comment on column api.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on column api.customers.status is
'ACTIVE or INACTIVE. An INACTIVE customer cannot sign in.';
comment on column api.customers.created_at is 'When the customer registered.';
grant select on api.customers to tekana_customer, tekana_staff;
