-- Which columns may be null; after origins.sql. What is not here is never null, and of what is, it
-- is not proven. PostgreSQL's catalogue says of no view's column that it is not null.

-- Views of which any column may be, whatever it is taken from: grouping sets make nulls of columns,
-- and so do outer joins. Of these PostgreSQL 16 and later say in each variable whether they may; of
-- the view's own query that is read, but what a subquery, a `with` or a `group by` makes null is
-- not followed.
hazy_views as (
    select n.view_id
    from (
        select
            n.view_id,
            n.piece,
            n.piece ~ ':jointype [1-9]' as is_outer,
            n.piece like '%:varnullingrels (b %' as is_marked,
            -- What lies in a query that lies in what the view's own query stands on.
            max(n.place) filter (where n.depth = 3 and n.piece like 'QUERY %') over upto
            > max(n.place) filter (where n.depth = 2) over upto as is_inner
        from nodes as n
        window upto as (partition by n.view_id order by n.place)
    ) as n
    group by n.view_id
    having
        bool_or(n.piece ~ ':groupingSets \(')
        or bool_or((n.is_outer or n.is_marked) and n.is_inner)
        or (
            bool_or(n.is_outer)
            and (
                not bool_or(n.piece like '%:varnullingrels %')
                or bool_or(n.piece ~ ':rtekind (?![0-68] )')
            )
        )
),

nullables as (
    select
        a.attrelid as oid,
        a.attnum
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_attribute as a on c.oid = a.attrelid and a.attnum > 0
    left join (
        select
            s.view_id,
            s.number,
            bool_and(s.origin_id <> 0 and not s.is_outer) as is_taken
        from taken_from as s
        where s.view_id not in (select h.view_id from hazy_views as h)
        group by s.view_id, s.number
    ) as v on c.oid = v.view_id and a.attnum = v.number
    where case
        when c.relkind = 'v' then v.is_taken is not true
        -- The children of a table that is not partitioned need not keep to what it says, the rows
        -- of a materialized view may be older than it, and foreign ones keep to nothing.
        when c.relkind = 'p' or (c.relkind = 'r' and not c.relhassubclass)
            then not a.attnotnull or exists (
                select from pg_catalog.pg_constraint as k
                where k.conrelid = c.oid and k.contype = 'n' and k.conkey = array[a.attnum]
                    and not k.convalidated
            )
        else true
    end
    union
    select
        s.view_id,
        s.number
    from nullables as n
    inner join taken_from as s on n.oid = s.origin_id and n.attnum = s.origin_column
),
