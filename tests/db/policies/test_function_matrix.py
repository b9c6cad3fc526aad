"""Role by function: who may execute what, literally; a function not in the table fails the test."""

import psycopg

ROLES = ("anonymous", "customer", "staff", "gatekeeper", "worker", "analyst", "authenticator")

NOBODY: set[str] = set()
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
    "api.post_transaction": SIGNED_IN,
    "api.reverse_transaction": STAFF,
    "api.set_wallet_status": STAFF,
    "tekana.activate_currency": NOBODY,
    "tekana.amount_problem": NOBODY,
    "tekana.begin_sms": WORKER,
    "tekana.choice_problem": NOBODY,
    "tekana.bare_id_number": NOBODY,
    "tekana.claim": SIGNED_IN,
    "tekana.close_session": GATEKEEPER,
    "tekana.code_problem": NOBODY,
    "tekana.create_staff": NOBODY,
    "tekana.current_customer_id": SIGNED_IN,
    "tekana.current_user_id": SIGNED_IN,
    "tekana.decide_transaction": NOBODY,
    "tekana.decline_reason": NOBODY,
    "tekana.deployed_changes": GATEKEEPER,
    "tekana.email_problem": NOBODY,
    "tekana.find_credentials": GATEKEEPER,
    "tekana.find_waiting_sms": WORKER,
    "tekana.guard_transactions": NOBODY,
    "tekana.id_number_problem": NOBODY,
    "tekana.insert_wallet": NOBODY,
    "tekana.lock_held_transaction": NOBODY,
    "tekana.lock_wallets": NOBODY,
    "tekana.mask_phone_number": NOBODY,
    "tekana.name_problem": NOBODY,
    "tekana.next_account_number": NOBODY,
    "tekana.normal_phone_number": GATEKEEPER,
    "tekana.open_session": GATEKEEPER,
    "tekana.phone_number_problem": NOBODY,
    "tekana.raise_field_problems": NOBODY,
    "tekana.raise_problem": NOBODY,
    "tekana.record_sms_failure": WORKER,
    "tekana.record_sms_sent": WORKER,
    "tekana.record_transaction": NOBODY,
    "tekana.reference_number": SIGNED_IN,
    "tekana.refresh_session": GATEKEEPER,
    "tekana.register_customer": GATEKEEPER,
    "tekana.request_otp": GATEKEEPER,
    "tekana.require_owner_of": NOBODY,
    "tekana.require_session": {"anonymous", "customer", "staff"},
    "tekana.require_staff": NOBODY,
    "tekana.replay_transaction": NOBODY,
    "tekana.respond_transaction": NOBODY,
    "tekana.reversal_decline": NOBODY,
    "tekana.short_hash": NOBODY,
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
    assert {name: set(roles) for name, roles in rows} == EXPECTED
    assert len(rows) == len(EXPECTED), "a function has two forms: list each of them"


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
