"""Everything has a comment: together they are the data dictionary and the OpenAPI descriptions."""

import psycopg

SCHEMAS = "any ('{tekana,api,analytics}'::regnamespace[])"


def missing(connection: psycopg.Connection, query: str) -> list[str]:
    return [name for (name,) in connection.execute(query)]


def test_every_table_view_and_sequence_of_ours_has_a_comment(
    connection: psycopg.Connection,
) -> None:
    # A sequence behind an identity column (deptype i) is the column's own affair.
    query = f"""
        select c.oid::regclass::text from pg_class as c
        where c.relnamespace = {SCHEMAS} and c.relkind in ('r', 'p', 'v', 'm', 'S')
            and obj_description(c.oid, 'pg_class') is null
            and not exists (select from pg_depend as d where d.objid = c.oid and d.deptype = 'i')
    """
    assert missing(connection, query) == []


def test_every_column_of_a_table_or_view_has_a_comment(connection: psycopg.Connection) -> None:
    query = f"""
        select c.oid::regclass || '.' || a.attname
        from pg_attribute as a join pg_class as c on a.attrelid = c.oid
        where c.relnamespace = {SCHEMAS} and c.relkind in ('r', 'p', 'v', 'm')
            and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is null
    """
    assert missing(connection, query) == []


def test_every_function_has_a_comment(connection: psycopg.Connection) -> None:
    query = f"""
        select p.oid::regprocedure::text from pg_proc as p
        where p.pronamespace = {SCHEMAS} and obj_description(p.oid, 'pg_proc') is null
    """
    assert missing(connection, query) == []


def test_every_trigger_policy_schema_and_role_has_a_comment(
    connection: psycopg.Connection,
) -> None:
    query = f"""
        select t.tgname::text from pg_trigger as t join pg_class as c on t.tgrelid = c.oid
        where c.relnamespace = {SCHEMAS} and not t.tgisinternal
            and obj_description(t.oid, 'pg_trigger') is null
        union all
        select p.polrelid::regclass || '.' || p.polname from pg_policy as p
        where obj_description(p.oid, 'pg_policy') is null
        union all
        select n.nspname::text from pg_namespace as n
        where n.oid = {SCHEMAS} and obj_description(n.oid, 'pg_namespace') is null
        union all
        select r.rolname::text from pg_roles as r
        where r.rolname like 'tekana\\_%' and shobj_description(r.oid, 'pg_authid') is null
    """
    assert missing(connection, query) == []


def test_a_comment_of_a_constraint_says_field_and_problem(connection: psycopg.Connection) -> None:
    # The API answers with it: `field: problem`, the field being a word of the contract.
    query = f"""
        select conname || ' says ' || obj_description(oid, 'pg_constraint') from pg_constraint
        where connamespace = {SCHEMAS}
            and obj_description(oid, 'pg_constraint') !~ '^[a-z_]+: [a-z]'
    """
    assert missing(connection, query) == []
