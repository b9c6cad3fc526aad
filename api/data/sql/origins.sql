-- Which table column each column of a relation is, or is taken from through views. Put in front of
-- what needs it, after types.sql.
--
-- A view's definition is kept as text in its rewrite rule: {NODE :field value {NODE …} …}. Braces
-- give the depth, and the entries of the target list at depth 2 (the view's own) say which column
-- of which table or view they show, in :resorigtbl and :resorigcol. Columns of a union say nothing
-- there: they are variables over its sides, whose own entries lie deeper.
tokens as (
    select
        w.ev_class as view_id,
        t.place,
        t.found[1] = '{RANGETBLENTRY ' as is_source,
        t.found[1] = '{SETOPERATIONSTMT ' as is_union,
        coalesce(t.found[1], t.found[3], nullif(t.found[2], '}')) is not null as opens,
        t.found[2] is not distinct from '}' as closes,
        t.found[3]::int as variable_source,
        t.found[4]::smallint as variable_column,
        coalesce(t.found[5] ~ ':varnullingrels \(b \d', false) as is_outer,
        t.found[6]::smallint as number,
        t.found[7]::oid as origin_id,
        t.found[8]::smallint as origin_column
    from pg_catalog.pg_rewrite as w
    inner join pg_catalog.pg_class as c on w.ev_class = c.oid and c.relkind in ('v', 'm')
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    cross join lateral regexp_matches(
        w.ev_action::text,
        '\\.|(\{RANGETBLENTRY |\{SETOPERATIONSTMT )|([{}])'
        '|(?:\{TARGETENTRY :expr \{VAR :varno (\d+) :varattno (\d+) ([^{}]*)\} )?'
        ':resno (\d+) :resname (?:\\.|[^ \\])+ :ressortgroupref \d+'
        ' :resorigtbl (\d+) :resorigcol (\d+)',
        'g'
    ) with ordinality as t (found, place)
    where w.rulename = '_RETURN' and n.nspname not in ('pg_catalog', 'information_schema')
),

deep_tokens as (
    select
        t.*,
        sum(t.opens::int - t.closes::int) over (partition by t.view_id order by t.place) as depth
    from tokens as t
),

-- The entries of target lists and what says that a query is a union, each with the source (a table,
-- view or subquery in the view's own `from`) that it lies in.
entries as (
    select *
    from (
        select
            d.*,
            count(*) filter (where d.is_source and d.depth = 2) over upto as source,
            max(d.place) filter (where d.opens and d.depth = 2) over upto
            = max(d.place) filter (where d.is_source and d.depth = 2) over upto as in_source
        from deep_tokens as d
        window upto as (partition by d.view_id order by d.place)
    ) as e
    where e.number is not null or e.is_union
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
