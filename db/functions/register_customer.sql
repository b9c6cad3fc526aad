create or replace function tekana.normal_phone_number(phone_number text) returns text
language sql immutable parallel safe
set search_path = ''
-- A + in a query string arrives as a space; E.164 digits come with and without it.
return '+' || regexp_replace(btrim(normal_phone_number.phone_number), '^[+]', '');
comment on function tekana.normal_phone_number(text) is
'Returns a phone number as it is stored: in E.164 format with a +, whether it was given with one '
'or not.';

create or replace function tekana.register_customer(
    first_name text, last_name text, email text, phone_number text, id_type text, id_number text,
    gender text, password_hash text, problems jsonb default '{}'
) returns api.customers
language plpgsql volatile security definer
set search_path = ''
as $$
declare
    v_email text := lower(btrim(register_customer.email));
    v_phone_number text := tekana.normal_phone_number(register_customer.phone_number);
    v_customer_id bigint;
    v_taken text;
    v_result api.customers;
begin
    perform tekana.raise_field_problems(
        array[
            'first_name', 'last_name', 'email', 'phone_number', 'id_type', 'id_number', 'gender',
            'password'
        ],
        array[
            tekana.name_problem(register_customer.first_name),
            tekana.name_problem(register_customer.last_name),
            tekana.email_problem(v_email),
            tekana.phone_number_problem(coalesce(v_phone_number, '')),
            tekana.choice_problem(register_customer.id_type, 'NID', 'PASSPORT'),
            tekana.id_number_problem(register_customer.id_number),
            tekana.choice_problem(register_customer.gender, 'FEMALE', 'MALE'),
            case when register_customer.password_hash is null then 'is required' end
        ],
        register_customer.problems
    );

    -- Tells a stranger that an address is known, on purpose: the contract's 409 names the field.
    select string_agg(t.field || ': is already taken', e'\n' order by t.place)
    into v_taken
    from (
        select 1 as place, 'email' as field from tekana.users as u where u.email = v_email
        union all
        select 2, 'phone_number' from tekana.users as u where u.phone_number = v_phone_number
        union all
        select 3, 'id_number' from tekana.customers as c
        where tekana.bare_id_number(c.id_number)
            = tekana.bare_id_number(register_customer.id_number)
    ) as t;
    if v_taken is not null then
        perform tekana.raise_problem(
            'TAKEN', 'some of these details are already registered', v_taken, 'Sign in instead.'
        );
    end if;

    insert into tekana.users (role, email, phone_number, password_hash)
    values ('CUSTOMER', v_email, v_phone_number, register_customer.password_hash)
    returning user_id into v_customer_id;

    insert into tekana.customers (customer_id, first_name, last_name, id_type, id_number, gender)
    values (
        v_customer_id, btrim(register_customer.first_name), btrim(register_customer.last_name),
        register_customer.id_type, btrim(register_customer.id_number), register_customer.gender
    );
    select c.* into v_result from api.customers as c where c.id = v_customer_id;
    return v_result;
end
$$;
comment on function tekana.register_customer(
    text, text, text, text, text, text, text, text, jsonb
) is
'Registers a customer. Raises INVAL with every invalid field, and TAKEN with every value that is '
'already in use; if two register at the same moment, the unique constraints decide. problems: '
'problems that the caller has already found (the password, types), by field; they are reported '
'together with the others.';

revoke all on function tekana.normal_phone_number(text),
tekana.register_customer(text, text, text, text, text, text, text, text, jsonb) from public;
grant execute on function tekana.normal_phone_number(text),
tekana.register_customer(text, text, text, text, text, text, text, text, jsonb)
to tekana_gatekeeper;
