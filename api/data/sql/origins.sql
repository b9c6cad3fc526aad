-- Which table column each column of a relation is, or is taken from through views. Put in front of
-- what needs it, after types.sql.
--
-- A view's definition is kept as text in its rewrite rule: {NODE :field value {NODE …} …}. Braces
-- give the depth, and the entries of the target list at depth 2 (the view's own) say which column
-- of which table or view they show, in :resorigtbl and :resorigcol. Columns of a union say nothing
-- there: they are variables over its sides, whose own entries lie deeper.
--
-- Each piece is a node up to the next one; in some an entry of a target list ends. Regular
-- expressions over texts as long as these would take most of the time.
pieces as (
    select
        w.ev_class as view_id,
        t.place,
        t.piece,
        t.piece like 'RANGETBLENTRY %' as is_source,
        t.piece like 'SETOPERATIONSTMT %' as is_union,
        length(t.piece) - length(replace(t.piece, '}', '')) as closed,
        split_part(t.piece, ':resno ', 1) as before,
        string_to_array(substr(t.piece, strpos(t.piece, ':resno ')), ' ') as entry
    from pg_catalog.pg_rewrite as w
    inner join pg_catalog.pg_class as c on w.ev_class = c.oid and c.relkind in ('v', 'm')
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    -- What a backslash stands before is part of a name.
    cross join lateral string_to_table(
        regexp_replace(w.ev_action::text, '\\.', '_', 'g'), '{'
    ) with ordinality as t (piece, place)
    where w.rulename = '_RETURN' and n.nspname not in ('pg_catalog', 'information_schema')
),

nodes as (
    select
        p.*,
        -- All pieces but the first open a node.
        p.place - 1 - sum(p.closed) over upto + p.closed as depth,
        length(p.before) - length(replace(p.before, '}', '')) as closed_before
    from pieces as p
    window upto as (partition by p.view_id order by p.place)
),

-- The entries of target lists and what says that a query is a union, each with the source (a table,
-- view or subquery in the view's own `from`) that it lies in.
entries as (
    select
        e.view_id,
        e.is_union,
        e.source,
        e.in_source,
        case when e.is_union then e.depth else e.depth - e.closed_before end as depth,
        case when e.is_variable then split_part(e.before, ' ', 3)::int end as variable_source,
        case when e.is_variable then split_part(e.before, ' ', 5)::smallint end as variable_column,
        e.is_variable and e.before like '%:varnullingrels (b %' as is_outer,
        case when not e.is_union then e.entry[2]::smallint end as number,
        case when not e.is_union then e.entry[8]::oid end as origin_id,
        case when not e.is_union then e.entry[10]::smallint end as origin_column
    from (
        select
            n.*,
            n.before like 'VAR %' and n.closed_before = 1 as is_variable,
            count(*) filter (where n.is_source and n.depth = 2) over upto as source,
            max(n.place) filter (where n.depth = 2) over upto
            = max(n.place) filter (where n.is_source and n.depth = 2) over upto as in_source
        from nodes as n
        window upto as (partition by n.view_id order by n.place)
    ) as e
    where e.is_union or (e.entry[1] = ':resno' and e.entry[3] = ':resname')
),

-- What a view's column is taken from: one column, or that of each side of a union, where an origin
-- of 0 is no column.
taken_from as (
    select
        e.view_id,
        e.number,
        e.origin_id,
        e.origin_column,
        e.is_outer,
        false as in_union
    from entries as e
    where e.depth = 2 and e.origin_id <> 0
    union all
    -- The sides of the view itself (depth 4), or of the subquery that the variable is over (6).
    select
        e.view_id,
        e.number,
        side.origin_id,
        side.origin_column,
        e.is_outer,
        true
    from entries as e
    inner join entries as u
        on e.view_id = u.view_id
            and u.is_union
            and (u.depth = 2 or (u.depth = 4 and u.in_source and u.source = e.variable_source))
    inner join entries as side
        on e.view_id = side.view_id
            and e.variable_column = side.number
            and side.in_source
            and side.depth = u.depth + 2
            and (u.depth = 2 or side.source = u.source)
    where e.depth = 2 and e.origin_id = 0
),

-- Of a union, all sides must show the same column.
shown as (
    select
        s.view_id,
        s.number,
        min(s.origin_id) as origin_id,
        min(s.origin_column) as origin_column,
        bool_or(s.in_union) as in_union
    from taken_from as s
    group by s.view_id, s.number
    having
        min(s.origin_id) = max(s.origin_id)
        and min(s.origin_column) = max(s.origin_column)
        and min(s.origin_id) <> 0
),

-- Views over views are followed down to their tables.
origins as (
    select
        r.oid,
        a.attnum,
        r.oid as origin_id,
        a.attnum as origin_column,
        false as in_union
    from relations as r
    inner join pg_catalog.pg_attribute as a
        on r.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
    union
    select
        o.oid,
        o.attnum,
        s.origin_id,
        s.origin_column,
        o.in_union or s.in_union
    from origins as o
    inner join shown as s on o.origin_id = s.view_id and o.origin_column = s.number
),
