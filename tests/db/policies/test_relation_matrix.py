"""Role by relation by verb, literally: what is not in the table is not granted, nor forgotten."""

import psycopg

# Every role but the owner and the migrator, who becomes the owner: theirs is everything.
ROLES = {"anonymous", "customer", "staff", "gatekeeper", "worker", "analyst", "authenticator"}
ALMIGHTY = {"owner", "migrator"}
VERBS = ("select", "insert", "update", "delete", "truncate", "references", "trigger")

SIGNED_IN_READ = {("customer", "select"), ("staff", "select")}
ANALYST_READS = {("analyst", "select")}
NOBODY: set[tuple[str, str]] = set()
EXPECTED = {
    "tekana.currencies": SIGNED_IN_READ,
    "tekana.users": SIGNED_IN_READ,  # but for password_hash, see below
    "tekana.customers": SIGNED_IN_READ,
    "tekana.sessions": NOBODY,
    "tekana.refresh_tokens": NOBODY,
    "tekana.sms_messages": NOBODY,
    "tekana.wallet_types": SIGNED_IN_READ,
    "tekana.wallets": SIGNED_IN_READ,
    "tekana.transaction_types": SIGNED_IN_READ,
    "tekana.transaction_rules": SIGNED_IN_READ,
    "tekana.transactions": SIGNED_IN_READ,
    "tekana.idempotency_keys": NOBODY,
    "tekana.wallet_keys": NOBODY,
    "tekana.ledger_entries": NOBODY,
    "tekana.open_sessions": NOBODY,
    "tekana.ledger_proofs": NOBODY,
    "tekana.proven_balances": NOBODY,
    "tekana.ledger_blocks": NOBODY,
    "tekana.ledger_horizons": NOBODY,
    "api.currencies": SIGNED_IN_READ,
    "api.customers": SIGNED_IN_READ,
    "api.wallet_types": SIGNED_IN_READ,
    "api.wallets": SIGNED_IN_READ,
    "api.transaction_types": SIGNED_IN_READ,
    "api.transaction_rules": SIGNED_IN_READ,
    "api.transactions": SIGNED_IN_READ,
    "api.statement_lines": SIGNED_IN_READ,
    "analytics.customers": ANALYST_READS,
    "analytics.wallets": ANALYST_READS,
    "analytics.transactions": ANALYST_READS,
    "analytics.entries": ANALYST_READS,
}

# A privilege on a single column counts: it is a way in.
GRANTED = """
select
    c.oid::regclass::text,
    case when v.verb in ('select', 'insert', 'update', 'references')
        then has_any_column_privilege(%(role)s, c.oid, v.verb)
        else has_table_privilege(%(role)s, c.oid, v.verb)
    end,
    v.verb
from pg_class as c cross join unnest(%(verbs)s::text[]) as v (verb)
where c.relnamespace = any ('{tekana,api,analytics}'::regnamespace[])
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""


def granted(connection: psycopg.Connection) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for role in ROLES:
        values = {"role": f"tekana_{role}", "verbs": list(VERBS)}
        for relation, may, verb in connection.execute(GRANTED, values):
            found.setdefault(relation, set()).update([(role, verb)] if may else [])
    return found


def test_every_role_may_do_with_every_relation_what_the_table_says(
    connection: psycopg.Connection,
) -> None:
    assert granted(connection) == EXPECTED


def test_every_role_is_in_the_table(connection: psycopg.Connection) -> None:
    query = r"select substr(rolname, 8) from pg_roles where rolname like 'tekana\_%'"
    assert {name for (name,) in connection.execute(query)} == ROLES | ALMIGHTY


def test_nobody_may_use_a_sequence(connection: psycopg.Connection) -> None:
    query = """
        select r.rolname, c.oid::regclass::text
        from pg_class as c, unnest(%s::text[]) as r (rolname),
            unnest('{usage,select,update}'::text[]) as v
        where c.relnamespace = any ('{tekana,api,analytics}'::regnamespace[]) and c.relkind = 'S'
            and has_sequence_privilege(r.rolname, c.oid, v)
    """
    assert connection.execute(query, [[f"tekana_{role}" for role in ROLES]]).fetchall() == []


def test_a_password_hash_is_for_no_role_to_read(connection: psycopg.Connection) -> None:
    query = """
        select r from unnest(%s::text[]) as r
        where has_column_privilege(r, 'tekana.users', 'password_hash', 'select')
    """
    assert connection.execute(query, [[f"tekana_{role}" for role in ROLES]]).fetchall() == []


def test_every_role_may_enter_the_schemas_that_the_table_says(
    connection: psycopg.Connection,
) -> None:
    query = """
        select substr(r, 8), s
        from unnest(%s::text[]) as r, unnest('{tekana,api,analytics}'::text[]) as s
        where has_schema_privilege(r, s, 'usage')
    """
    entered = set(connection.execute(query, [[f"tekana_{role}" for role in ROLES]]).fetchall())
    assert entered == {
        ("authenticator", "tekana"),  # noinherit and without a grant on any relation
        ("anonymous", "tekana"),  # where it may ask who it is, and nothing else
        ("customer", "tekana"),
        ("staff", "tekana"),
        ("gatekeeper", "tekana"),
        ("worker", "tekana"),
        ("anonymous", "api"),
        ("customer", "api"),
        ("staff", "api"),
        ("analyst", "analytics"),
    }


def test_nobody_may_create_anything(connection: psycopg.Connection) -> None:
    query = """
        select r, s
        from unnest(%s::text[]) as r, unnest('{tekana,api,analytics,public}'::text[]) as s
        where has_schema_privilege(r, s, 'create')
            or has_database_privilege(r, current_database(), 'create')
    """
    assert connection.execute(query, [[f"tekana_{role}" for role in ROLES]]).fetchall() == []
