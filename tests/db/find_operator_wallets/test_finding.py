"""Customers find where cash goes to, and not what the operator has."""

from tests.db.kit import Person, float_wallet, post


def test_a_customer_finds_the_float_of_a_currency(aline: Person, purse: int) -> None:
    rows = aline.ask("select * from api.find_operator_wallets()")
    assert [(row["currency_code"], row["wallet_type_code"]) for row in rows] == [
        (currency, kind) for currency in ("RWF", "USD") for kind in ("FLOAT", "FEE", "SETTLEMENT")
    ]
    assert set(rows[0]) == {"currency_code", "wallet_type_code", "wallet_id", "account_number"}
    assert rows[0]["wallet_id"] == float_wallet(aline.connection)
    number = rows[0]["account_number"]
    cash_out = {"transaction_type": "CASH_OUT", "credited_account_number": number}
    assert post(aline, purse, None, 1, **cash_out)["status"] == "COMPLETED"


def test_customers_wallets_are_not_among_them(aline: Person, staff: Person, purse: int) -> None:
    for person in (aline, staff):
        rows = person.ask("select wallet_id from api.find_operator_wallets()")
        assert purse not in [row["wallet_id"] for row in rows]
