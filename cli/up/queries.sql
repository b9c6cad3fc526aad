-- Statements of `tekana up`.

-- name: find_other_users
-- The databases in which somebody else needs a role of the cluster: those that Tekana's owner has
-- something in, besides this one, and those where somebody is connected as the role.
select d.datname
from pg_catalog.pg_shdepend as s
inner join pg_catalog.pg_database as d on s.dbid = d.oid
where
    s.refclassid = 'pg_catalog.pg_authid'::regclass
    and s.refobjid = to_regrole('tekana_owner')
    and d.datname <> current_database()
union
select datname
from pg_catalog.pg_stat_activity
where usename = %(role)s
order by datname;
