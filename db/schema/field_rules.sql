-- What is wrong with a value, in words, or null: said once, used by the tables' check constraints
-- and by the functions that list every wrong field of a request. Checks use them, so they are
-- schema: a new rule is a new function and a new constraint. Those of money have no settings of
-- their own, so that they are inlined: they are asked of every posting.

create function tekana.name_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when length(value) > 100 then 'is longer than 100 characters'
    when value ~ '[[:cntrl:]]' then 'contains a control character'
end;
comment on function tekana.name_problem(text) is
'Says what is wrong with the name of a person or thing; null if it is valid.';

create function tekana.description_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case when length(value) > 1000 then 'is longer than 1000 characters' end;
comment on function tekana.description_problem(text) is
'Says what is wrong with an optional description; null if it is valid.';

create function tekana.email_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when length(value) > 254 then 'is longer than 254 characters'
    when value !~ '^[^[:space:][:cntrl:]@<>(),;:"\\]+@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
        '([.][A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$'
    then 'is not an email address'
end;
comment on function tekana.email_problem(text) is
'Says what is wrong with an email address (the practical subset of RFC 5321); null if it is valid.';

create function tekana.phone_number_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when value !~ '^[+][1-9][0-9]{6,14}$'
    then 'is not a phone number in E.164 format: + and 7 to 15 digits, country code first'
end;
comment on function tekana.phone_number_problem(text) is
'Says what is wrong with a phone number (ITU-T E.164); null if it is valid.';

create function tekana.id_number_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null or btrim(value) = '' then 'is required'
    when value !~ '^[A-Za-z0-9][A-Za-z0-9/ -]{2,31}$'
    then 'is not an ID number: 3 to 32 letters, digits, spaces, - and /'
end;
comment on function tekana.id_number_problem(text) is
'Says what is wrong with the number of an identity document; null if it is valid.';

create function tekana.bare_id_number(value text) returns text
language sql immutable strict parallel safe
set search_path = ''
return upper(regexp_replace(value, '[^A-Za-z0-9]', '', 'g'));
comment on function tekana.bare_id_number(text) is
'Normalizes the number of an identity document for comparison: capital letters and digits only.';

create function tekana.choice_problem(value text, variadic choices text[]) returns text
-- Stable as array_to_string is: what claims to be more is not inlined.
language sql stable parallel safe
return case
    when value is null then 'is required'
    when value <> all(choices) then 'is not one of ' || array_to_string(choices, ', ')
end;
comment on function tekana.choice_problem(text, text[]) is
'Says what is wrong with a value that must be one of the choices; null if it is valid.';

create function tekana.code_problem(value text) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null then 'is required'
    when value !~ '^[A-Z][A-Z0-9_]{1,19}$'
    then 'is not 2 to 20 capital letters, digits and _, starting with a letter'
end;
comment on function tekana.code_problem(text) is
'Says what is wrong with the code of a wallet type or transaction type; null if it is valid.';

create function tekana.amount_problem(value numeric) returns text
language sql immutable parallel safe
return case
    when value is null then 'is required'
    -- NaN counts as greater than everything, so the upper bound refuses it and Infinity.
    when not (value > 0 and value < 1e15)
    then 'is not greater than 0 and less than 1,000,000,000,000,000'
    when scale(trim_scale(value)) > 4 then 'has more than 4 decimals'
end;
comment on function tekana.amount_problem(numeric) is
'Says what is wrong with an amount of money in any currency; null if it is valid.';

create function tekana.limit_problem(value numeric) returns text
language sql immutable parallel safe
set search_path = ''
return case when value is not null then tekana.amount_problem(value) end;
comment on function tekana.limit_problem(numeric) is
'Says what is wrong with an optional minimum or maximum of amounts; null if it is valid.';

create function tekana.floor_problem(value numeric) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when value is null then 'is required'
    when not (value > -1e15 and value <= 0) or scale(trim_scale(value)) > 4
    then 'is not 0 or negative (above -1,000,000,000,000,000, at most 4 decimals)'
end;
comment on function tekana.floor_problem(numeric) is
'Says what is wrong with the minimum balance of a wallet type; null if it is valid.';

create function tekana.hold_duration_problem(value interval) returns text
language sql immutable parallel safe
set search_path = ''
return case
    when not (value > '0' and value <= '366 days') then 'is not greater than 0 and at most 366 days'
end;
comment on function tekana.hold_duration_problem(interval) is
'Says what is wrong with the duration of holds; null if it is valid.';

create function tekana.idempotency_key_problem(value text, longest integer default 255)
returns text
language sql immutable parallel safe
return case
    when length(value) not between 1 and longest then
        'is not 1 to ' || longest::text || ' characters'
end;
comment on function tekana.idempotency_key_problem(text, integer) is
'Says what is wrong with an optional idempotency key of at most longest characters; null if it is '
'valid.';
