"""From register to statement on the real stack, over HTTP and nothing else."""

from collections.abc import Callable

import httpx
from postgrest import SyncPostgrestClient

from tests.e2e.conftest import Stack, assert_ledger_is_right, make_staff
from tests.people import Phone, register
from tests.sms_gateway import Gateway


def test_two_customers_and_staff_from_register_to_statement(
    make_stack: Callable[..., Stack], gateway: Gateway
) -> None:
    stack = make_stack(
        TEKANA_SMS_GATEWAY="intouch",
        TEKANA_SMS_URL=gateway.url,
        TEKANA_SMS_USERNAME="tekana",
        TEKANA_SMS_PASSWORD="gateway-password",
    )
    stack.start()
    phone = Phone(lambda: [(sms["recipients"], sms["message"]) for sms in list(gateway.received)])
    with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=30) as client:
        aline = register(client, phone).sign_in()
        bosco = register(client, phone, first_name="Bosco").sign_in()
        desk = make_staff(stack, client, phone)
        mine, theirs = aline.open_wallet()["id"], bosco.open_wallet()["id"]
        dollars = aline.open_wallet("USD")["id"]
        floats = {
            wallet["currency_code"]: wallet["wallet_id"]
            for wallet in desk.get("/rpc/find_operator_wallets").json()
            if wallet["wallet_type_code"] == "FLOAT"
        }
        assert desk.move("CASH_IN", floats["RWF"], mine, 5000).status_code == 201
        assert desk.move("CASH_IN", floats["USD"], dollars, 12.34).status_code == 201
        assert aline.move("TRANSFER", mine, theirs, 1200, key="rent").status_code == 201
        assert aline.move("TRANSFER", mine, theirs, 1200, key="rent").status_code == 201
        assert bosco.move("CASH_OUT", theirs, floats["RWF"], 200).status_code == 201
        assert bosco.move("TRANSFER", theirs, mine, 9999).status_code == 422

        with SyncPostgrestClient(f"{stack.url}/api/v1", headers=aline.headers) as postgrest:
            statement = (
                postgrest.from_("statement_lines")
                .select("direction,amount,balance_after")
                .eq("wallet_id", mine)
                .order("transaction_id")
                .execute()
                .data
            )
            assert [tuple(line.values()) for line in statement] == [
                ("CREDIT", 5000, 5000),
                ("DEBIT", -1200, 3800),
            ]
            everything = postgrest.from_("transactions").select("id", count="exact").execute()
            assert everything.count == 4  # and not Bosco's cash-out
        assert_ledger_is_right(stack)
