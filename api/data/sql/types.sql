-- Common to the catalogue's queries, put in front of each: what types look like from outside.
-- Parameters: the schemas that are exposed, those where computed columns and types may be besides,
-- and the roles whose privileges are told.
-- Runs with an empty search_path, so that names of types come out qualified where they must be.
with recursive parameters as (
    select
        $1::text[] as schemas,
        $2::text[] as search_path,
        $3::text[] as roles
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

-- How a domain is to be written in JSON and read from text, where implicit casts say so:
-- https://docs.postgrest.org/en/v12/references/api/domain_representations.html
representations as (
    select
        c.castsource,
        c.casttarget,
        json_build_array(n.nspname, f.proname) as name
    from pg_catalog.pg_cast as c
    inner join pg_catalog.pg_proc as f on c.castfunc = f.oid
    inner join pg_catalog.pg_namespace as n on f.pronamespace = n.oid
    where c.castcontext = 'i' and c.castmethod = 'f' and n.nspname <> 'pg_catalog'
),

named_types as (
    select
        u.type_id,
        element.oid is not null as is_array,
        coalesce(element.oid, base.oid) as element_id,
        coalesce(element.typcategory, base.typcategory) as category,
        pg_catalog.format_type(coalesce(element.oid, base.oid), -1) as name
    from unwrapped as u
    inner join pg_catalog.pg_type as base on u.base_id = base.oid and base.typtype <> 'd'
    -- True arrays only: a point also has elements, but is no array.
    left join unwrapped as e on base.typelem = e.type_id and base.typcategory = 'A'
    left join pg_catalog.pg_type as element on e.base_id = element.oid
    where e.type_id is null or element.typtype <> 'd'
),

types as (
    select
        t.type_id,
        json_build_object(
            'name', t.name,
            'kind', case
                when t.name in ('smallint', 'integer', 'bigint') then 'integer'
                when t.name = 'numeric' then 'decimal'
                when t.name in ('real', 'double precision') then 'float'
                when t.name = 'boolean' then 'boolean'
                when t.name in ('json', 'jsonb', 'record') then 'json'
                when t.category = 'S' then 'text'
                else 'other'
            end,
            'is_array', t.is_array,
            'labels', array(
                select e.enumlabel from pg_catalog.pg_enum as e
                where e.enumtypid = t.element_id
                order by e.enumsortorder
            ),
            'to_json', (
                select r.name from representations as r
                where r.castsource = t.type_id and r.casttarget = 'json'::regtype
            ),
            'from_text', (
                select r.name from representations as r
                where r.casttarget = t.type_id and r.castsource = 'text'::regtype
            )
        ) as type
    from named_types as t
),

relations as (
    select
        c.oid,
        c.reltype,
        c.relkind,
        n.nspname,
        c.relname
    from pg_catalog.pg_class as c
    inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
    where
        n.nspname = any(array(select unnest(p.schemas) from parameters as p))
        and c.relkind in ('r', 'p', 'v', 'm', 'f')
        and not c.relispartition
),
