"""Kinds of transaction and the rules that let wallets take part in them, made by staff."""

from tests.db.kit import Person, open_wallet, post, wallet_type_id

TYPE, RULE = "api.create_transaction_type", "api.create_transaction_rule"


def test_no_rule_no_money(aline: Person, staff: Person, purse: int, pocket: int) -> None:
    gift = staff.call(TYPE, code="GIFT", name="Gift", maximum_amount=100)
    assert gift["status"] == "ACTIVE"
    assert post(aline, purse, pocket, 10, transaction_type="GIFT")["decline_code"] == "NRULE"
    rule = staff.call(
        RULE,
        wallet_type_id=wallet_type_id(staff.connection, "PERSONAL"),
        transaction_type_id=gift["id"],
        debit_allowed=True,
        credit_allowed=True,
    )
    assert (rule["debit_allowed"], rule["credit_allowed"]) == (True, True)
    assert post(aline, purse, pocket, 10, transaction_type="GIFT")["status"] == "COMPLETED"
    assert post(aline, purse, pocket, 101, transaction_type="GIFT")["decline_code"] == "LIMIT"


def test_a_rule_allows_what_it_says_and_no_more(
    aline: Person, staff: Person, purse: int, pocket: int
) -> None:
    gift = staff.call(TYPE, code="GIFT", name="Gift")
    rule = staff.call(
        RULE,
        wallet_type_id=wallet_type_id(staff.connection, "PERSONAL"),
        transaction_type_id=gift["id"],
        debit_allowed=None,
    )
    assert (rule["debit_allowed"], rule["credit_allowed"]) == (False, False)
    assert post(aline, purse, pocket, 10, transaction_type="GIFT")["decline_code"] == "NRULE"
    assert post(aline, purse, open_wallet(aline), 10)["status"] == "COMPLETED"


def test_a_pair_has_one_rule(staff: Person) -> None:
    query = "select wallet_type_id, transaction_type_id from tekana.transaction_rules limit 1"
    wallet_type, transaction_type = staff.connection.execute(query).fetchone()
    pair = {"wallet_type_id": wallet_type, "transaction_type_id": transaction_type}
    assert staff.refused(RULE, **pair).constraint == "transaction_rules_pair_key"
    for unknown in pair:
        refusal = staff.refused(RULE, **(pair | {unknown: 0}))
        assert (refusal.code, refusal.details) == ("NFIND", f"{unknown}: does not exist")


def test_customers_make_none(aline: Person) -> None:
    assert aline.refused(TYPE, code="GIFT", name="Gift").code == "42501"
    assert aline.refused(RULE, wallet_type_id=1, transaction_type_id=1).code == "42501"


def test_a_rule_without_types_names_both(staff: Person) -> None:
    refusal = staff.refused(RULE, wallet_type_id=None, transaction_type_id=None)
    assert refusal.problems == dict.fromkeys(
        ("wallet_type_id", "transaction_type_id"), "is required"
    )
