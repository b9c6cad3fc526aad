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
        o.oid,
        o.attnum,
        array(
            select replace(m.quoted[1], '''''', '''')
            from regexp_matches(k.written, '''((?:[^'']|'''')*)''', 'g') with ordinality
                as m (quoted, place)
            order by m.place
        ) as texts
    from origins as o
    inner join lateral (
        select pg_catalog.pg_get_expr(c.conbin, c.conrelid) as written
        from pg_catalog.pg_constraint as c
        where
            c.conrelid = o.origin_id and c.contype = 'c' and c.conkey = array[o.origin_column]
    ) as k on k.written ~ (
        '^\(+[^()'']+\)?(::text)? = ANY \(+ARRAY\['
        '(''(?:[^'']|'''')*''::[a-z ]+(, )?)+\][\[\]()a-z:]*$'
    )
),

columns as (
    select
        r.oid,
        json_object_agg(
            a.attname,
            json_build_object(
                'name', a.attname,
                'type', t.type,
                'choices', coalesce((
                    select min(c.texts) from choices as c
                    where c.oid = r.oid and c.attnum = a.attnum
                ), '{}'),
                'nullable', exists (
                    select from nullables as n where n.oid = r.oid and n.attnum = a.attnum
                ),
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

exposed_relations as (
    select
        json_build_object(
            'schema', r.nspname,
            'name', r.relname,
            'comment', pg_catalog.obj_description(r.oid, 'pg_class'),
            'columns', coalesce(c.columns, '{}'),
            'computed', coalesce(computed.columns, '{}'),
            'key', coalesce((
                select to_json(k.columns) from keys as k
                where k.oid = r.oid and k.is_primary
                order by k.place limit 1
            ), to_json(i.columns), '[]'),
            'sortable', coalesce(to_json(i.all_columns), '[]'),
            'unique', array(
                select k.columns[1] from keys as k
                where k.oid = r.oid and cardinality(k.columns) = 1
                union
                select unnest(i.columns)
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
            'ways', coalesce((
                select json_agg(
                    w order by w.target_name, w.cardinality, w.constraint, w.junction::text
                )
                from relationships as w
                where w.relation_id = r.oid
                    -- A function that is named like a related table takes its place.
                    and (w.function is not null or not exists (
                        select from relationships as f
                        where f.relation_id = r.oid and f.function ->> 1 = w.target_name
                    ))
            ), '[]')
        ) as relation
    from relations as r
    left join columns as c on r.oid = c.oid
    left join computed_columns as computed on r.oid = computed.oid
    -- A view that shows no key whole and has a column `id` is taken to be keyed by it.
    cross join lateral (
        select
            array_agg(a.attname order by a.attnum)
                filter (where a.attname = 'id' and r.relkind in ('v', 'm', 'f')) as columns,
            array_agg(a.attname order by a.attnum) as all_columns
        from pg_catalog.pg_attribute as a
        inner join unwrapped as u on a.atttypid = u.type_id
        inner join pg_catalog.pg_opclass as o on u.base_id = o.opcintype and o.opcdefault
        inner join pg_catalog.pg_am as m on o.opcmethod = m.oid and m.amname = 'btree'
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    ) as i
),
