create or replace function tekana.reading_problem(value text, type_name regtype) returns text
language plpgsql stable
set search_path = ''
as $$
begin
    execute format('select %L::%s', value, type_name);
    return null;
exception when data_exception then
    return format('cannot be read as %s', type_name);
end
$$;
comment on function tekana.reading_problem(text, regtype) is
'Says why a text cannot be converted to a type; null if it can.';
revoke all on function tekana.reading_problem(text, regtype) from public;
grant execute on function tekana.reading_problem(text, regtype) to tekana_gatekeeper;
