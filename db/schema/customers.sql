create table tekana.customers (
    customer_id bigint not null,
    role text not null generated always as ('CUSTOMER') stored,
    first_name text not null,
    last_name text not null,
    id_type text not null,
    id_number text not null,
    gender text not null,

    constraint customers_pkey primary key (customer_id),
    constraint customers_are_users foreign key (customer_id, role)
    references tekana.users (user_id, role),
    constraint customers_first_name_is_given check (tekana.name_problem(first_name) is null),
    constraint customers_last_name_is_given check (tekana.name_problem(last_name) is null),
    constraint customers_id_type_is_known check (id_type in ('NID', 'PASSPORT')),
    constraint customers_id_number_is_plain check (tekana.id_number_problem(id_number) is null),
    constraint customers_gender_is_known check (gender in ('FEMALE', 'MALE'))
);
-- However it is written, a document belongs to one customer.
create unique index customers_bare_id_number_idx
on tekana.customers (tekana.bare_id_number(id_number));
create index customers_id_number_idx on tekana.customers (id_number);

comment on table tekana.customers is 'Personal data of the users who are customers.';
comment on column tekana.customers.customer_id is
'Primary key: the user that the customer signs in as.';
comment on column tekana.customers.role is
'Always CUSTOMER: with it, the foreign key can refer only to users of that role.';
comment on column tekana.customers.first_name is 'Given name or names.';
comment on column tekana.customers.last_name is 'Family name.';
comment on column tekana.customers.id_type is 'Kind of identity document: NID or PASSPORT.';
comment on column tekana.customers.id_number is
'Number on the identity document; unique, ignoring case, spaces and punctuation.';
comment on column tekana.customers.gender is 'FEMALE or MALE, as on the identity document.';
comment on index tekana.customers_bare_id_number_idx is 'id_number: is already taken';
