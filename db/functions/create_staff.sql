create or replace function tekana.create_staff(
    email text, phone_number text, password_hash text, role text
) returns bigint
language plpgsql volatile
set search_path = ''
as $$
declare
    v_email text := lower(btrim(create_staff.email));
    v_phone_number text := tekana.normal_phone_number(create_staff.phone_number);
    v_user_id bigint;
begin
    perform tekana.raise_field_problems(
        array['email', 'phone_number', 'role'],
        array[
            tekana.email_problem(v_email),
            tekana.phone_number_problem(v_phone_number),
            tekana.choice_problem(create_staff.role, 'STAFF', 'ADMIN')
        ]
    );
    insert into tekana.users (role, email, phone_number, password_hash)
    values (create_staff.role, v_email, v_phone_number, create_staff.password_hash)
    returning user_id into v_user_id;
    return v_user_id;
end
$$;
comment on function tekana.create_staff(text, text, text, text) is
'Creates a member of staff who can sign in, and returns the key of the user. Raises INVAL if '
'fields are invalid. For roles that may act as tekana_owner.';
revoke all on function tekana.create_staff(text, text, text, text) from public;
