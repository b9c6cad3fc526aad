"""Role by function: who may execute what, literally; one not in the table is for nobody."""

import psycopg

ROLES = ("anonymous", "customer", "staff", "gatekeeper", "worker", "analyst", "authenticator")

SIGNED_IN = {"customer", "staff"}
STAFF = {"staff"}
GATEKEEPER = {"gatekeeper"}
WORKER = {"worker"}
EXPECTED = {
    "api.cancel_transaction": SIGNED_IN,
    "api.complete_transaction": SIGNED_IN,
    "api.create_transaction_rule": STAFF,
    "api.create_transaction_type": STAFF,
    "api.create_wallet_type": STAFF,
    "api.find_operator_wallets": SIGNED_IN,
    "api.open_wallet": SIGNED_IN,
    "api.balance_at": SIGNED_IN,
    "api.post_transaction": SIGNED_IN,
    "api.post_transactions": SIGNED_IN,
    "api.reverse_transaction": STAFF,
    "api.set_wallet_status": STAFF,
    "tekana.begin_sms": WORKER,
    "tekana.claim": SIGNED_IN,
    "tekana.close_session": GATEKEEPER,
    "tekana.current_customer_id": SIGNED_IN,
    "tekana.current_user_id": SIGNED_IN,
    "tekana.deployed_changes": GATEKEEPER,
    "tekana.find_credentials": GATEKEEPER,
    "tekana.find_waiting_sms": WORKER,
    "tekana.forget_old": WORKER,
    "tekana.normal_phone_number": GATEKEEPER,
    "tekana.open_session": GATEKEEPER,
    "tekana.post_gathered": GATEKEEPER,
    "tekana.reading_problem": GATEKEEPER,
    "tekana.record_sms_failure": WORKER,
    "tekana.record_sms_sent": WORKER,
    "tekana.reference_number": SIGNED_IN,
    "tekana.seal_transactions": WORKER,
    "tekana.sweep_expired_holds": WORKER,
    "tekana.refresh_session": GATEKEEPER,
    "tekana.register_customer": GATEKEEPER,
    "tekana.request_otp": GATEKEEPER,
    "tekana.require_role": {"anonymous", "customer", "staff", "gatekeeper"},
    "tekana.require_session": {"anonymous", "customer", "staff"},
}
FUNCTIONS = """
from pg_proc as p
where p.pronamespace = any ('{tekana,api,analytics}'::regnamespace[])
"""


def test_every_role_may_execute_what_the_table_says(connection: psycopg.Connection) -> None:
    query = """
        select p.pronamespace::regnamespace || '.' || p.proname, array(
            select substr(r, 8) from unnest(%s::text[]) as r
            where has_function_privilege(r, p.oid, 'execute')
        )
    """
    rows = connection.execute(query + FUNCTIONS, [[f"tekana_{role}" for role in ROLES]]).fetchall()
    assert {name: set(roles) for name, roles in rows if roles} == EXPECTED
    assert len(rows) == len(dict(rows)), "a function has two forms: give each a name"


def test_no_function_is_executable_by_public(connection: psycopg.Connection) -> None:
    # Without an access list, EXECUTE is everybody's.
    query = f"""
        select p.oid::regprocedure::text {FUNCTIONS}
            and (p.proacl is null or exists (
                select from aclexplode(p.proacl) as a where a.grantee = 0
            ))
    """
    assert connection.execute(query).fetchall() == []


def test_a_function_made_later_is_not_executable_by_public_either(
    connection: psycopg.Connection,
) -> None:
    connection.execute("set local role tekana_owner")
    connection.execute("create function api.later() returns integer return 1")
    query = "select has_function_privilege('tekana_anonymous', 'api.later()', 'execute')"
    assert connection.execute(query).fetchone() == (False,)


def test_a_function_with_the_owners_rights_belongs_to_the_owner(
    connection: psycopg.Connection,
) -> None:
    query = f"select distinct p.proowner::regrole::text {FUNCTIONS} and p.prosecdef"
    assert connection.execute(query).fetchall() == [("tekana_owner",)]
