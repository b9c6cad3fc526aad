create or replace function tekana.raise_problem(
    code text, message text, detail text default null, hint text default null
) returns void
language plpgsql immutable
set search_path = ''
as $$
begin
    raise exception using
        errcode = raise_problem.code,
        message = raise_problem.message,
        detail = coalesce(raise_problem.detail, ''),
        hint = coalesce(raise_problem.hint, '');
end
$$;
comment on function tekana.raise_problem(text, text, text, text) is
'Raises an error with a code of docs/errors.md: the request is refused, and everything it did is '
'rolled back.';

create or replace function tekana.raise_field_problems(
    fields text[], problems text[], known jsonb default '{}'
) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
    v_details text;
begin
    select string_agg(field || ': ' || problem, e'\n' order by place, field)
    into v_details
    from (
        select f.field, coalesce(known ->> f.field, f.problem) as problem, f.place
        from unnest(fields, problems) with ordinality as f (field, problem, place)
        union all
        select k.key, k.value, null
        from jsonb_each_text(known) as k
        where k.key <> all(fields)
    ) as p
    where problem is not null;

    if v_details is not null then
        perform tekana.raise_problem('INVAL', 'some fields are not valid', v_details);
    end if;
end
$$;
comment on function tekana.raise_field_problems(text[], text[], jsonb) is
'Refuses a request (INVAL) if any field is invalid; the details have one line for each: `field: '
'problem`. known: problems that the caller has already found, by field; they replace those found '
'here.';

revoke all on function tekana.raise_problem(text, text, text, text),
tekana.raise_field_problems(text[], text[], jsonb) from public;
