-- Relations of the exposed schemas; after types.sql, origins.sql, nullables.sql and
-- relationships.sql.

-- Keys that a relation shows whole: primary ones, and unique ones without nulls. A join shows
-- several: what it shows first comes first.
keys as (
    select
        o.oid,
        k.contype = 'p' as is_primary,
        min(o.attnum) as place,
        array_agg(a.attname order by array_position(k.conkey, o.origin_column)) as columns
    from origins as o
    inner join pg_catalog.pg_constraint as k
        on o.origin_id = k.conrelid and k.contype in ('p', 'u') and o.origin_column = any(k.conkey)
    inner join pg_catalog.pg_attribute as origin
        on o.origin_id = origin.attrelid and o.origin_column = origin.attnum
    inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and o.attnum = a.attnum
    where not o.in_union
    group by o.oid, k.oid, k.conkey, k.contype
    having count(distinct o.origin_column) = cardinality(k.conkey)
        and count(*) = cardinality(k.conkey)
        and bool_and(origin.attnotnull)
),

-- Functions of a row and nothing else: columns that are computed.
computed as (
    select
        r.oid,
        f.proname as name,
        json_build_array(n.nspname, f.proname) as function,
        f.prorettype as type_id,
        f.oid as function_id
    from relations as r
    inner join pg_catalog.pg_proc as f on f.pronargs = 1 and f.proargtypes[0] = r.reltype
    inner join pg_catalog.pg_namespace as n on f.pronamespace = n.oid
    cross join parameters as p
    where
        (n.nspname = r.nspname or n.nspname = any(p.search_path))
        and f.prokind = 'f' and not f.proretset
),

-- The texts of checks like `check (column in ('this', 'that'))`, as PostgreSQL writes them down.
choices as (
    select
        k.conrelid as oid,
        k.conkey[1] as attnum,
        min(array(
            select replace(m.quoted[1], '''''', '''')
            from regexp_matches(k.written, '''((?:[^'']|'''')*)''', 'g') with ordinality
                as m (quoted, place)
            order by m.place
        )) as texts
    from (
        select
            c.conrelid,
            c.conkey,
            pg_catalog.pg_get_expr(c.conbin, c.conrelid) as written
        from pg_catalog.pg_constraint as c
        where c.contype = 'c' and cardinality(c.conkey) = 1
    ) as k
    where k.written ~ (
        '^\(+[^()'']+\)?(::text)? = ANY \(+ARRAY\['
        '(''(?:[^'']|'''')*''::[a-z ]+(, )?)+\][\[\]()a-z:]*$'
    )
    group by k.conrelid, k.conkey
),

-- What a column has from those that it is taken from.
inherited as (
    select
        o.oid,
        o.attnum,
        min(c.texts) as choices,
        min(pg_catalog.col_description(o.origin_id, o.origin_column)) as comment
    from origins as o
    left join choices as c on o.origin_id = c.oid and o.origin_column = c.attnum
    group by o.oid, o.attnum
),

columns as (
    select
        a.attrelid as oid,
        json_object_agg(
            a.attname,
            json_build_object(
                'name', a.attname,
                'type', t.type,
                'choices', coalesce(i.choices, '{}'),
                'nullable', n.oid is not null,
                'comment', coalesce(
                    pg_catalog.col_description(a.attrelid, a.attnum), i.comment
                )
            ) order by a.attnum
        ) as columns
    from inherited as i
    inner join pg_catalog.pg_attribute as a on i.oid = a.attrelid and i.attnum = a.attnum
    inner join types as t on a.atttypid = t.type_id
    left join nullables as n on a.attrelid = n.oid and a.attnum = n.attnum
    group by a.attrelid
),

computed_columns as (
    select
        c.oid,
        json_object_agg(
            c.name,
            json_build_object(
                'name', c.name,
                'type', t.type,
                'nullable', true,
                'comment', pg_catalog.obj_description(c.function_id, 'pg_proc'),
                'function', c.function
            ) order by c.name
        ) as columns
    from computed as c
    inner join types as t on c.type_id = t.type_id
    group by c.oid
),

-- A view that shows no key whole and has a column `id` is taken to be keyed by it.
sortable as (
    select
        r.oid,
        array_agg(a.attname)
            filter (where a.attname = 'id' and r.relkind in ('v', 'm', 'f')) as key,
        array_agg(a.attname order by a.attnum) as columns
    from relations as r
    inner join pg_catalog.pg_attribute as a
        on r.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    inner join unwrapped as u on a.atttypid = u.type_id
    inner join pg_catalog.pg_opclass as o on u.base_id = o.opcintype and o.opcdefault
    inner join pg_catalog.pg_am as m on o.opcmethod = m.oid and m.amname = 'btree'
    group by r.oid
),

unique_columns as (
    select
        k.oid,
        json_agg(k.columns order by k.place) filter (where k.is_primary) -> 0 as key,
        array_agg(k.columns[1]) filter (where cardinality(k.columns) = 1) as columns
    from keys as k
    group by k.oid
),

embeddings as (
    select
        w.relation_id as oid,
        json_agg(
            w order by
                w.target_name, w.cardinality, w.constraint, w.junction::text,
                w.columns, w.target_columns
        ) as ways
    from relationships as w
    -- A function that is named like a related table takes its place.
    where w.function is not null or not exists (
        select from relationships as f
        where f.relation_id = w.relation_id and f.function ->> 1 = w.target_name
    )
    group by w.relation_id
),

exposed_relations as (
    select
        r.nspname,
        r.relname,
        json_build_object(
            'schema', r.nspname,
            'name', r.relname,
            'comment', pg_catalog.obj_description(r.oid, 'pg_class'),
            'columns', coalesce(c.columns, '{}'),
            'computed', coalesce(computed.columns, '{}'),
            'key', coalesce(k.key, to_json(s.key), '[]'),
            'sortable', coalesce(s.columns, '{}'),
            'unique', array(
                select unnest(k.columns)
                union
                select unnest(s.key)
            ),
            'readers', array(
                select who.rolname
                from pg_catalog.pg_roles as who
                cross join parameters as p
                where
                    (p.roles is null or who.rolname = any(p.roles))
                    and pg_catalog.has_schema_privilege(who.oid, r.nspname::text, 'usage')
                    and pg_catalog.has_any_column_privilege(who.oid, r.oid, 'select')
            ),
            'ways', coalesce(e.ways, '[]')
        ) as relation
    from relations as r
    left join columns as c on r.oid = c.oid
    left join computed_columns as computed on r.oid = computed.oid
    left join sortable as s on r.oid = s.oid
    left join unique_columns as k on r.oid = k.oid
    left join embeddings as e on r.oid = e.oid
),
