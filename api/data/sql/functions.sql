-- Functions of the exposed schemas, and names that requests may use; after
-- types.sql.

-- Types whose values are rows: those of relations, composite types, and domains over them.
row_types as (
    select
        u.type_id,
        composite.typrelid as relation_id
    from unwrapped as u
    inner join pg_catalog.pg_type as composite
        on u.base_id = composite.oid and composite.typtype = 'c'
),

functions as (
    select
        f.oid,
        n.nspname,
        f.proname,
        f.proretset,
        f.prorettype,
        f.provolatile,
        f.pronargs - f.pronargdefaults as required,
        coalesce(
            f.proallargtypes, string_to_array(f.proargtypes::text, ' ')::oid[]
        ) as argument_types,
        coalesce(f.proargmodes::text[], array_fill('i'::text, array[f.pronargs::int])) as modes,
        coalesce(f.proargnames, '{}') as names,
        coalesce(r.relation_id, 0) as result_relation
    from pg_catalog.pg_proc as f
    inner join pg_catalog.pg_namespace as n on f.pronamespace = n.oid
    left join row_types as r on f.prorettype = r.type_id
    where
        n.nspname = any(array(select unnest(p.schemas) from parameters as p))
        and f.prokind = 'f'
        -- Called by the system, not by people.
        and f.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
),

-- Bodies that may be the one argument of a function, where it gives that no name.
whole_bodies (sql_type, media) as (
    values
    ('json', 'application/json'),
    ('jsonb', 'application/json'),
    ('text', 'text/plain'),
    ('xml', 'text/xml'),
    ('bytea', 'application/octet-stream')
),

arguments as (
    select
        f.oid,
        json_agg(
            json_build_object(
                'name', coalesce(f.names[i], ''),
                'type', t.type,
                'sql_type', case pg_catalog.format_type(f.argument_types[i], null)
                    -- Without a length these mean a length of one.
                    when 'character' then 'character varying'
                    when 'character[]' then 'character varying[]'
                    when 'bit' then 'bit varying'
                    when 'bit[]' then 'bit varying[]'
                    else pg_catalog.format_type(f.argument_types[i], null)
                end,
                'required', i <= f.required,
                'variadic', f.modes[i] = 'v'
            )
            order by i
        ) filter (where f.modes[i] in ('i', 'b', 'v')) as inputs,
        json_object_agg(
            o.name, json_build_object('name', o.name, 'type', t.type)
            order by i
        ) filter (where f.modes[i] in ('o', 'b', 't')) as outputs,
        count(*) filter (where f.modes[i] in ('i', 'b', 'v') and coalesce(f.names[i], '') = '')
            as unnamed
    from functions as f
    cross join lateral generate_subscripts(f.argument_types, 1) as i
    inner join types as t on f.argument_types[i] = t.type_id
    -- What has no name in a result is called by its place there.
    cross join lateral (
        select coalesce(nullif(f.names[i], ''), 'column' || count(*)) as name
        from unnest(f.modes[:i]) as m
        where m in ('o', 'b', 't')
    ) as o
    group by f.oid
),

result_columns as (
    select
        f.oid,
        json_object_agg(
            a.attname,
            json_build_object(
                'name', a.attname,
                'type', t.type,
                -- Whatever a table says: a function may make rows of its own, or give none: nulls.
                'nullable', true,
                'comment', pg_catalog.col_description(a.attrelid, a.attnum)
            ) order by a.attnum
        ) as columns
    from functions as f
    inner join pg_catalog.pg_attribute as a
        on f.result_relation = a.attrelid and a.attnum > 0 and not a.attisdropped
    inner join types as t on a.atttypid = t.type_id
    group by f.oid
),

-- Domains that are named like a media type: their values are bodies, as they are.
-- https://docs.postgrest.org/en/v12/references/api/media_type_handlers.html
media as (
    select
        t.oid as type_id,
        t.typname as name
    from pg_catalog.pg_type as t
    where t.typtype = 'd' and (t.typname ~ '^[\w.-]+/[\w.+-]+$' or t.typname = '*/*')
),

handlers as (
    select
        n.nspname as schema,
        f.proname as name,
        m.name as media,
        case when r.oid is not null then json_build_array(r.nspname, r.relname) end as relation
    from pg_catalog.pg_proc as f
    inner join pg_catalog.pg_namespace as n on f.pronamespace = n.oid
    inner join media as m on f.prorettype = m.type_id
    left join relations as r on f.proargtypes[0] = r.reltype
    cross join parameters as p
    where
        f.prokind = 'a' and f.pronargs = 1
        and (n.nspname = any(p.schemas) or n.nspname = any(p.search_path))
        and (r.oid is not null or f.proargtypes[0] = 'anyelement'::regtype)
)
