-- The whole catalogue, as one JSON array; after all the others.
select json_build_array(
    -- Relations.
    (
        select coalesce(json_agg(e.relation order by e.nspname, e.relname), '[]')
        from exposed_relations as e
    ),
    -- Functions.
    (
        select
            coalesce(json_agg(
                json_build_object(
                    'schema', f.nspname,
                    'name', f.proname,
                    'comment', pg_catalog.obj_description(f.oid, 'pg_proc'),
                    'parameters', coalesce(a.inputs, '[]'),
                    'rows', case
                        when coalesce(c.columns, a.outputs) is not null then json_build_object(
                            'schema', coalesce(r.nspname, f.nspname),
                            'name', coalesce(r.relname, f.proname),
                            -- Those of a relation are known. Of one argument that is a row
                            -- PostgreSQL gives the columns.
                            'columns', case
                                when r.oid is null then coalesce(c.columns, a.outputs) else '{}'
                            end
                        )
                    end,
                    'value', case
                        when coalesce(c.columns, a.outputs) is null
                            and f.prorettype <> 'void'::regtype
                            then t.type
                    end,
                    'is_list', f.proretset and f.prorettype <> 'void'::regtype,
                    'returns_relation', r.oid is not null,
                    'volatile', f.provolatile = 'v',
                    'media', m.name,
                    'whole', w.media,
                    'callers', array(
                        select who.rolname
                        from pg_catalog.pg_roles as who
                        cross join parameters as p
                        where
                            (p.roles is null or who.rolname = any(p.roles))
                            and pg_catalog.has_schema_privilege(who.oid, f.nspname::text, 'usage')
                            and pg_catalog.has_function_privilege(who.oid, f.oid, 'execute')
                    )
                ) order by f.nspname, f.proname, f.oid
            ), '[]')
        from functions as f
        inner join types as t on f.prorettype = t.type_id
        left join media as m on f.prorettype = m.type_id and not f.proretset
        left join relations as r on f.result_relation = r.oid
        left join arguments as a on f.oid = a.oid
        left join result_columns as c on f.oid = c.oid
        left join whole_bodies as w
            on a.unnamed = 1
                and json_array_length(a.inputs) = 1
                and a.inputs -> 0 ->> 'sql_type' = w.sql_type
        where coalesce(a.unnamed, 0) = 0 or w.media is not null
    ),
    -- Aggregates that write bodies.
    (
        select coalesce(json_agg(json_build_array(
            json_build_array(h.relation, h.media), json_build_array(h.schema, h.name)
        ) order by h.relation::text, h.media, h.schema, h.name), '[]')
        from handlers as h
    ),
    -- Names of types, and how SQL has them. Of several the last counts: PostgreSQL's own, and then
    -- that of the schema which is named first.
    (
        select json_object_agg(
            named.name, named.type order by named.place desc nulls last, named.name, named.type
        )
        from (
            select
                t.typname::text as name,
                pg_catalog.format_type(t.oid, null) as type,
                array_position(p.schemas || p.search_path, n.nspname::text) as place
            from pg_catalog.pg_type as t
            inner join pg_catalog.pg_namespace as n on t.typnamespace = n.oid
            cross join parameters as p
            where
                t.typtype in ('b', 'd', 'e', 'r', 'm')
                and (n.nspname = 'pg_catalog' or n.nspname = any(p.schemas || p.search_path))
                and t.typname not in ('int', 'float', 'decimal', 'dec', 'char')
            union
            select pg_catalog.format_type(t.oid, null), pg_catalog.format_type(t.oid, null), null
            from pg_catalog.pg_type as t
            where t.typtype = 'b' and t.typnamespace = 'pg_catalog'::regnamespace
            union
            -- The system catalogue has other names for what SQL calls so.
            select keyword, pg_catalog.format_type(keyword::regtype, null), null
            from unnest(array['int', 'float', 'decimal', 'dec', 'char']) as keyword
        ) as named
    ),
    -- Names of time zones.
    (select json_agg(z.name order by z.name) from pg_catalog.pg_timezone_names as z)
) as catalogue
