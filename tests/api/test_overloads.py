"""Functions of one name, of which the database may have several, in the documentation."""

from psycopg import AsyncConnection

from api.data.limits import Limits
from api.data.loading import load_catalogue
from api.data.requests import Service as Served
from api.documentation import document
from api.tx import ANONYMOUS, CUSTOMER, STAFF
from tests.api.conftest import Service

ROLES = (ANONYMOUS, CUSTOMER, STAFF)
OVERLOADS = """
    create function api.post_transaction(note text) returns text
        language sql volatile return note;
    create function api.post_transaction(email text, idempotency_key text) returns text
        language sql volatile return email;
    grant execute on all functions in schema api to tekana_customer;
    create function api.post_transaction(told_to_nobody boolean) returns text
        language sql volatile return 'nothing';
    revoke all on function api.post_transaction(boolean) from public;
"""


async def test_of_several_functions_of_one_name_each_is_completed(service: Service) -> None:
    async with await AsyncConnection.connect(service.database_url) as connection:
        before = document(Served(await load_catalogue(connection, ["api"], ROLES), Limits()), "api")
        await connection.execute(OVERLOADS)
        after = document(Served(await load_catalogue(connection, ["api"], ROLES), Limits()), "api")
        await connection.rollback()
    (was, call) = (one["paths"]["/rpc/post_transaction"]["post"] for one in (before, after))
    bodies = {
        frozenset(body["properties"]): body
        for body in call["requestBody"]["content"]["application/json"]["schema"]["anyOf"]
    }
    original = was["requestBody"]["content"]["application/json"]["schema"]
    assert bodies.pop(frozenset(original["properties"])) == original
    assert bodies.pop(frozenset({"note"})).keys() == {
        "type",
        "additionalProperties",
        "properties",
        "required",
    }
    (keyed,) = bodies.values()
    assert keyed["properties"]["email"]["format"] == "email"
    assert was["parameters"] == call["parameters"]
    assert was["responses"].keys() == call["responses"].keys()
