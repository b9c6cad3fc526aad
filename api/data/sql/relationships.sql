-- Which relations of the exposed schemas can be embedded in which, after types.sql and
-- origins.sql.

foreign_keys as (
    select
        k.oid,
        k.conname,
        k.conrelid,
        k.confrelid,
        k.conkey,
        k.confkey,
        exists (
            select from pg_catalog.pg_constraint as u
            where u.conrelid = k.conrelid and u.contype in ('p', 'u')
                and u.conkey @> k.conkey and u.conkey <@ k.conkey
        ) as is_unique
    from pg_catalog.pg_constraint as k
    where k.contype = 'f' and k.conparentid = 0
),

-- The two sides of every foreign key, and every way in which a relation shows all columns of a
-- side: a view may show one of them twice.
sides as (
    select k.oid, 'from' as side, k.conrelid as table_id, k.conkey as columns
    from foreign_keys as k
    union all
    select k.oid, 'to' as side, k.confrelid as table_id, k.confkey as columns
    from foreign_keys as k
),

ways as (
    select
        s.oid,
        s.side,
        o.oid as relation_id,
        array[o.attnum] as numbers,
        s.table_id,
        s.columns,
        o.in_union
    from sides as s
    inner join origins as o on s.table_id = o.origin_id and s.columns[1] = o.origin_column
    union all
    select
        w.oid,
        w.side,
        w.relation_id,
        w.numbers || o.attnum,
        w.table_id,
        w.columns,
        w.in_union or o.in_union
    from ways as w
    inner join origins as o
        on w.relation_id = o.oid
            and w.table_id = o.origin_id
            and w.columns[cardinality(w.numbers) + 1] = o.origin_column
),

named_ways as (
    select
        w.oid,
        w.side,
        w.relation_id,
        r.nspname,
        r.relname,
        r.relkind in ('v', 'm') as is_view,
        w.in_union,
        array(
            select a.attname
            from unnest(w.numbers) with ordinality as n (number, place)
            inner join pg_catalog.pg_attribute as a
                on w.relation_id = a.attrelid and n.number = a.attnum
            order by n.place
        ) as columns
    from ways as w
    inner join relations as r on w.relation_id = r.oid
    where cardinality(w.numbers) = cardinality(w.columns)
),

to_one as (
    select
        k.conname,
        k.is_unique and not f.in_union as is_unique,
        f.relation_id as from_id,
        f.nspname,
        f.relname as from_name,
        f.columns as from_columns,
        f.is_view as from_view,
        t.relation_id as to_id,
        t.nspname as to_schema,
        t.relname as to_name,
        t.columns as to_columns,
        t.is_view as to_view
    from foreign_keys as k
    inner join named_ways as f on k.oid = f.oid and f.side = 'from'
    inner join named_ways as t on k.oid = t.oid and t.side = 'to'
    -- A union may show a key more than once, unless it is its own.
    where not t.in_union or t.columns = array['id'::name]
),

primary_keys as (
    select
        o.oid,
        array_agg(a.attname) as columns
    from origins as o
    inner join pg_catalog.pg_constraint as k
        on o.origin_id = k.conrelid and k.contype = 'p' and o.origin_column = any(k.conkey)
    inner join pg_catalog.pg_attribute as a on o.oid = a.attrelid and o.attnum = a.attnum
    group by o.oid
),

links as (
    select
        o.from_id as relation_id,
        o.to_name as target_name,
        json_build_array(o.to_schema, o.to_name) as target,
        case when o.is_unique then 'one-to-one' else 'many-to-one' end as cardinality,
        o.conname as constraint,
        o.from_columns as columns,
        o.to_columns as target_columns,
        o.to_view as target_is_view,
        o.from_id = o.to_id as is_self,
        null::json as junction,
        null::json as function
    from to_one as o
    where o.nspname = o.to_schema
    union all
    select
        o.to_id,
        o.from_name,
        json_build_array(o.nspname, o.from_name),
        case when o.is_unique then 'one-to-one' else 'one-to-many' end,
        o.conname,
        o.to_columns,
        o.from_columns,
        o.from_view,
        o.from_id = o.to_id,
        null,
        null
    from to_one as o
    where o.nspname = o.to_schema
    union all
    -- Through a table whose primary key holds the keys of both.
    select
        a.to_id,
        b.to_name,
        json_build_array(b.to_schema, b.to_name),
        'many-to-many',
        a.conname,
        a.to_columns,
        b.to_columns,
        b.to_view,
        a.to_id = b.to_id,
        json_build_object(
            'name', json_build_array(a.nspname, a.from_name),
            'constraint', b.conname,
            'columns', a.from_columns,
            'target_columns', b.from_columns
        ),
        null
    from to_one as a
    inner join to_one as b
        on a.from_id = b.from_id and a.conname <> b.conname and a.to_schema = b.to_schema
    inner join primary_keys as k
        on a.from_id = k.oid and k.columns @> a.from_columns and k.columns @> b.from_columns
    where not a.is_unique and not b.is_unique
    union all
    -- Functions of a row that give rows.
    select
        r.oid,
        target.relname,
        json_build_array(target.nspname, target.relname),
        case when not f.proretset or f.prorows = 1 then 'many-to-one' else 'one-to-many' end,
        '',
        '{}',
        '{}',
        false,
        r.oid = target.oid,
        null,
        json_build_array(n.nspname, f.proname)
    from relations as r
    inner join pg_catalog.pg_proc as f on f.pronargs = 1 and f.proargtypes[0] = r.reltype
    inner join pg_catalog.pg_namespace as n on f.pronamespace = n.oid and n.nspname = r.nspname
    inner join relations as target on f.prorettype = target.reltype
    where f.prokind = 'f'
),

-- What a request may call each of them, without and with a hint, and what it is to call one of
-- them where it means several.
relationships as (
    select
        k.*,
        coalesce(case
            when k.function is not null then k.function ->> 1
            when k.is_self and k.cardinality = 'many-to-one' then n.own_column
        end, k.target_name || '!' || coalesce(
            n.junction_name,
            case when k.is_self then n.target_column end,
            k.constraint
        )) as choice,
        array_remove(case
            when k.function is not null then array[k.function ->> 1]
            -- One foreign key leads both ways: its column names the one row that it refers to, the
            -- relation's name the many that refer to this one.
            when k.is_self and k.cardinality = 'many-to-one' then array[n.own_column]
            when k.is_self and k.cardinality = 'one-to-many' then array[k.target_name]
            when k.is_self then '{}'
            when k.target_is_view then array[k.target_name]
            else array[k.target_name, n.own_constraint, n.own_column]
        end, null) || array(
            select k.target_name || '!' || h.hint
            from unnest(case
                when k.is_self and k.cardinality = 'one-to-many'
                    then array[n.target_column, n.own_constraint]
                when k.is_self or k.function is not null then '{}'
                else array[coalesce(n.junction_name, k.constraint), n.own_column, n.target_column]
            end) as h (hint)
            where h.hint is not null
        ) as names,
        json_build_object(
            'cardinality', k.cardinality,
            'embedding', r.relname || ' with ' || k.target_name,
            'relationship', case
                when k.junction is null then format(
                    '%s using %s(%s) and %s(%s)', k.constraint,
                    r.relname, array_to_string(k.columns, ', '),
                    k.target_name, array_to_string(k.target_columns, ', ')
                )
                else format(
                    '%s using %s(%s) and %s(%s)', n.junction_name,
                    k.constraint, n.columns, k.junction ->> 'constraint', n.target_columns
                )
            end
        ) as told
    from links as k
    inner join relations as r on k.relation_id = r.oid
    cross join lateral (
        select
            k.junction -> 'name' ->> 1 as junction_name,
            array_to_string(array(
                select json_array_elements_text(k.junction -> 'columns')
            ), ', ') as columns,
            array_to_string(array(
                select json_array_elements_text(k.junction -> 'target_columns')
            ), ', ') as target_columns,
            case when k.junction is null then k.constraint end as own_constraint,
            case when k.junction is null and cardinality(k.columns) = 1
                then k.columns[1] end as own_column,
            case when k.junction is null and cardinality(k.columns) = 1
                then k.target_columns[1] end as target_column
    ) as n
),
