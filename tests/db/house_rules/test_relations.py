"""How tables, views, constraints, indexes and policies are made and named."""

import psycopg

SCHEMAS = "any ('{tekana,api,analytics}'::regnamespace[])"

# Foreign keys whose columns no index leads. An index would serve deleting or re-keying the row that
# is referred to, and reading by it; each has a reason why neither is done.
WITHOUT_INDEX = {
    "wallets_have_a_type": "wallet types are never deleted or given another key",
    "wallets_have_a_currency": "currencies are never deleted or given another code",
    "transactions_have_a_type": "transaction types are never deleted or given another key",
    "transactions_are_ended_by_a_user": "users are made inactive, never deleted",
    "idempotency_keys_stand_for_a_transaction": "transactions are never deleted",
    "wallet_keys_stand_for_a_wallet": "wallets are made inactive, never deleted",
}


def names(connection: psycopg.Connection, query: str) -> set[str]:
    return {name for (name,) in connection.execute(query)}


def test_every_table_has_row_level_security(connection: psycopg.Connection) -> None:
    query = f"""
        select oid::regclass::text from pg_class
        where relnamespace = {SCHEMAS} and relkind in ('r', 'p') and not relrowsecurity
    """
    assert names(connection, query) == set()


def test_every_view_of_the_contract_reads_with_the_rights_of_who_asks(
    connection: psycopg.Connection,
) -> None:
    query = """
        select oid::regclass::text from pg_class
        where relnamespace = 'api'::regnamespace and relkind in ('v', 'm')
            and not coalesce('security_invoker=true' = any (reloptions), false)
    """
    assert names(connection, query) == set()


def test_the_contract_holds_views_and_functions_only(connection: psycopg.Connection) -> None:
    query = "select relkind::text from pg_class where relnamespace = 'api'::regnamespace"
    assert names(connection, query) == {"v"}


def test_everything_belongs_to_the_owner(connection: psycopg.Connection) -> None:
    query = f"""
        select relowner::regrole::text from pg_class where relnamespace = {SCHEMAS}
        union select proowner::regrole::text from pg_proc where pronamespace = {SCHEMAS}
        union select nspowner::regrole::text from pg_namespace where oid = {SCHEMAS}
    """
    assert names(connection, query) == {"tekana_owner"}


def test_every_foreign_key_has_an_index_or_a_reason_for_none(
    connection: psycopg.Connection,
) -> None:
    # An index serves if a column of the key leads it, for all rows in which that column is given.
    query = """
        select k.conname::text from pg_constraint as k
        where k.contype = 'f' and not exists (
            select from pg_index as i
            where i.indrelid = k.conrelid and i.indisvalid and i.indkey[0] = any (k.conkey)
                and (
                    i.indpred is null
                    or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', (
                        select a.attname from pg_attribute as a
                        where a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                    ))
                )
        )
    """
    assert names(connection, query) == set(WITHOUT_INDEX)


def test_constraints_are_named_table_and_rule(connection: psycopg.Connection) -> None:
    query = f"""
        select k.conname || ' of ' || c.relname
        from pg_constraint as k join pg_class as c on k.conrelid = c.oid
        where k.connamespace = {SCHEMAS}
            and not starts_with(k.conname, c.relname || '_') and k.contype <> 't'
    """
    assert names(connection, query) == set()


def test_no_constraint_has_a_name_that_postgresql_made_up(connection: psycopg.Connection) -> None:
    query = f"""
        select conname::text from pg_constraint
        where connamespace = {SCHEMAS} and conname ~ '_(check|fkey)[0-9]*$'
    """
    assert names(connection, query) == set()


def test_indexes_are_named_table_and_columns(connection: psycopg.Connection) -> None:
    query = f"""
        select c.relname::text
        from pg_index as i
        join pg_class as c on i.indexrelid = c.oid
        join pg_class as t on i.indrelid = t.oid
        where c.relnamespace = {SCHEMAS}
            and not exists (select from pg_constraint as k where k.conindid = c.oid)
            and not (starts_with(c.relname, t.relname || '_') and c.relname like '%\\_idx')
    """
    assert names(connection, query) == set()


def test_policies_are_named_verb_and_whose(connection: psycopg.Connection) -> None:
    query = """
        select polname::text from pg_policy
        where polname !~ (case polcmd
            when 'r' then '^select_' when 'a' then '^insert_' when 'w' then '^update_'
            when 'd' then '^delete_' else '^all_' end || '(all|own|self)$')
    """
    assert names(connection, query) == set()
