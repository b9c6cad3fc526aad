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
'Refuses a request with one of the codes of docs/errors.md, and so undoes all that it did.';

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
'Refuses a request (INVAL) if any field has a problem, and names every '
'one: a line each, `field: problem`. known: what the caller found '
'wrong already, field to problem, said in place of what is found here.';

revoke all on function tekana.raise_problem(text, text, text, text),
tekana.raise_field_problems(text[], text[], jsonb) from public;
