create or replace function tekana.refuse_group(outcomes tekana.posting_outcome[]) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
    v_outcome tekana.posting_outcome;
begin
    for v_place in 1..coalesce(cardinality(outcomes), 0) loop
        v_outcome := outcomes[v_place];
        if v_outcome.code is not null then
            perform tekana.raise_problem(
                v_outcome.code, v_outcome.message,
                coalesce(
                    regexp_replace(
                        v_outcome.detail, '^', format('transactions[%s].', v_place - 1), 'gn'
                    ),
                    format('transactions[%s]: %s', v_place - 1, v_outcome.message)
                ),
                coalesce(v_outcome.hint, 'Nothing of the group was posted.')
            );
        end if;
    end loop;
end
$$;
comment on function tekana.refuse_group(tekana.posting_outcome[]) is
'Refuses an atomic group if any of its postings is refused, with the error of the first. The '
'details name that posting, counted from 0 as in JSON.';
revoke all on function tekana.refuse_group(tekana.posting_outcome[]) from public;
