-- What the given schemas offer, as one JSON document (api/data/loading.py makes values of it).
-- Parameters: schemas text[], roles text[] whose privileges are told.
-- Runs with an empty search_path, so that names of types come out qualified where they must be.
with recursive parameters as (
    select
        %(schemas)s::text[] as schemas,
        %(roles)s::text[] as roles
),

-- Every type without its domains: a domain is checked by PostgreSQL, its values look like its
-- base's.
unwrapped as (
    select
        t.oid as type_id,
        case when t.typtype = 'd' then t.typbasetype else t.oid end as base_id
    from pg_catalog.pg_type as t
    union
    select
        u.type_id,
        t.typbasetype
    from unwrapped as u
    inner join pg_catalog.pg_type as t on u.base_id = t.oid and t.typtype = 'd'
),

types as (
    select
        u.type_id,
        json_build_object(
            'name', pg_catalog.format_type(coalesce(element.oid, base.oid), -1),
            'category', coalesce(element.typcategory, base.typcategory),
            'is_array', element.oid is not null
        ) as type
    from unwrapped as u
    inner join pg_catalog.pg_type as base on u.base_id = base.oid and base.typtype <> 'd'
    -- True arrays only: a point also has elements, but is no array.
    left join unwrapped as e on base.typelem = e.type_id and base.typcategory = 'A'
    left join pg_catalog.pg_type as element on e.base_id = element.oid
    where e.type_id is null or element.typtype <> 'd'
),

relations as (
    select
        c.oid,
        n.nspname,
        c.relname,
        c.relkind
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where
        n.nspname = any(array(select unnest(p.schemas) from parameters as p))
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
),

-- Which table column each view column is taken from: the rewrite rule keeps it in its target list.
-- In a union that is so for each of its sides, and their rows share no key. (The last setOperations
-- of the rule is that of the view itself, after those of its subqueries.)
origins as (
    select
        r.oid,
        a.attnum,
        found[3]::oid as origin_id,
        found[4]::smallint as origin_column,
        split_part(w.ev_action::text, ':setOperations ', -1) not like '<>%%' as in_union
    from relations as r
    inner join pg_catalog.pg_rewrite as w on r.oid = w.ev_class and w.rulename = '_RETURN'
    cross join
        lateral regexp_matches(
            w.ev_action::text,
            ':resno (\d+) :resname (\S+) :ressortgroupref \d+ :resorigtbl (\d+) :resorigcol (\d+)',
            'g'
        ) as found
    inner join pg_catalog.pg_attribute as a
        on r.oid = a.attrelid and a.attnum = found[1]::smallint and a.attname = found[2]
    where found[3] <> '0'
    union
    select
        r.oid,
        a.attnum,
        r.oid as origin_id,
        a.attnum as origin_column,
        false as in_union
    from relations as r
    inner join pg_catalog.pg_attribute as a on r.oid = a.attrelid and a.attnum > 0
    where r.relkind in ('r', 'p')
),

-- Primary keys that a relation shows whole. A join shows several: the one it shows first is taken.
keys as (
    select distinct on (o.oid)
        o.oid,
        array_agg(a.attname order by array_position(k.conkey, o.origin_column)) as columns
    from origins as o
    inner join pg_catalog.pg_constraint as k
        on o.origin_id = k.conrelid and k.contype = 'p' and o.origin_column = any(k.conkey)
    inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and o.attnum = a.attnum
    where not o.in_union
    group by o.oid, k.oid, k.conkey
    having count(distinct o.origin_column) = cardinality(k.conkey)
        and count(*) = cardinality(k.conkey)
    order by o.oid, min(o.attnum)
),

relation_columns as (
    select
        r.oid,
        json_agg(
            json_build_object(
                'name', a.attname,
                'type', t.type,
                'nullable', not a.attnotnull,
                'comment', coalesce(
                    pg_catalog.col_description(r.oid, a.attnum),
                    (
                        select min(pg_catalog.col_description(o.origin_id, o.origin_column))
                        from origins as o
                        where o.oid = r.oid and o.attnum = a.attnum
                    )
                )
            ) order by a.attnum
        ) as columns
    from relations as r
    inner join pg_catalog.pg_attribute as a
        on r.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    inner join types as t on a.atttypid = t.type_id
    group by r.oid
),

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
        f.pronargdefaults,
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
        -- Called by the system, not by people; or with arguments whose number varies.
        and f.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
        and f.provariadic = 0
),

arguments as (
    select
        f.oid,
        json_agg(
            json_build_object('name', f.names[i], 'type', t.type)
            order by i
        ) filter (where f.modes[i] in ('i', 'b')) as inputs,
        json_agg(
            json_build_object('name', f.names[i], 'type', t.type, 'nullable', true)
            order by i
        ) filter (where f.modes[i] in ('o', 'b', 't')) as outputs,
        coalesce(
            bool_and(coalesce(f.names[i], '') <> '') filter (where f.modes[i] in ('i', 'b')), true
        ) as all_named
    from functions as f
    cross join lateral generate_subscripts(f.argument_types, 1) as i
    inner join types as t on f.argument_types[i] = t.type_id
    group by f.oid
),

result_columns as (
    select
        f.oid,
        json_agg(
            json_build_object(
                'name', a.attname,
                'type', t.type,
                'nullable', not a.attnotnull,
                'comment', pg_catalog.col_description(a.attrelid, a.attnum)
            ) order by a.attnum
        ) as columns
    from functions as f
    inner join pg_catalog.pg_attribute as a
        on f.result_relation = a.attrelid and a.attnum > 0 and not a.attisdropped
    inner join types as t on a.atttypid = t.type_id
    group by f.oid
)

select json_build_object(
    'relations', (
        select
            coalesce(json_agg(
                json_build_object(
                    'schema', r.nspname,
                    'name', r.relname,
                    'comment', pg_catalog.obj_description(r.oid, 'pg_class'),
                    'key', coalesce(to_json(k.columns), '[]'),
                    'columns', coalesce(c.columns, '[]'),
                    'readers', array(
                        select who.rolname
                        from pg_catalog.pg_roles as who
                        cross join parameters as p
                        where
                            who.rolname = any(p.roles)
                            and pg_catalog.has_schema_privilege(who.oid, r.nspname::text, 'usage')
                            and pg_catalog.has_any_column_privilege(who.oid, r.oid, 'select')
                    )
                ) order by r.nspname, r.relname
            ), '[]')
        from relations as r
        left join relation_columns as c on r.oid = c.oid
        left join keys as k on r.oid = k.oid
    ),
    'functions', (
        select
            coalesce(json_agg(
                json_build_object(
                    'schema', f.nspname,
                    'name', f.proname,
                    'comment', pg_catalog.obj_description(f.oid, 'pg_proc'),
                    'inputs', coalesce(a.inputs, '[]'),
                    'defaults', f.pronargdefaults,
                    'returns_set', f.proretset,
                    'returns_void', f.prorettype = 'void'::regtype,
                    'result_type', t.type,
                    'columns', coalesce(a.outputs, c.columns, '[]'),
                    'volatile', f.provolatile = 'v',
                    'callers', array(
                        select who.rolname
                        from pg_catalog.pg_roles as who
                        cross join parameters as p
                        where
                            who.rolname = any(p.roles)
                            and pg_catalog.has_schema_privilege(who.oid, f.nspname::text, 'usage')
                            and pg_catalog.has_function_privilege(who.oid, f.oid, 'execute')
                    )
                ) order by f.nspname, f.proname, f.oid
            ), '[]')
        from functions as f
        inner join types as t on f.prorettype = t.type_id
        left join arguments as a on f.oid = a.oid
        left join result_columns as c on f.oid = c.oid
        where
            coalesce(a.all_named, true)
            -- A bare record cannot be read: nobody says which columns it has.
            and (f.prorettype <> 'record'::regtype or a.outputs is not null)
    )
) as catalogue
