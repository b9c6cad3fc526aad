"""What the catalogue does not know of bodies: of fields, of hand-written routes, and examples."""

from api.data.openapi import Document, choice, reference
from passwords.rule import LONGEST, SHORTEST

STRING: Document = {"type": "string"}


def whole(**properties: Document) -> Document:
    """The schema of an object that has all of its members."""
    return {"type": "object", "required": [*properties], "properties": properties}


_STAFF = whole(
    id={"type": "integer", "format": "int64"},
    email=STRING,
    phone_number=STRING,
    role=STRING | choice(["STAFF", "ADMIN"]),
    status=STRING | choice(["ACTIVE", "INACTIVE"]),
    created_at=STRING | {"format": "date-time"},
)
TOKENS = whole(
    token=STRING | {"description": "Access token. Send it as `Authorization: Bearer …`."},
    token_type={"const": "Bearer"},
    expires_in={"type": "integer", "description": "Lifetime of the access token, in seconds."},
    refresh_token=STRING | {"description": "Exchange it for new tokens; it can be used once."},
    data={
        "description": "The user who has signed in.",
        "anyOf": [
            reference("schemas", "customers"),
            {"description": "A member of staff."} | _STAFF,
        ],
    },
)
SENT = whole(
    message=STRING,
    phone_number=STRING | {"description": "Phone number that the code is sent to, masked."},
    expires_in={"type": "integer", "description": "Lifetime of the code, in seconds."},
)
# What is asked for once, and what became of each of many.
POSTING = "Posting"
OUTCOMES: Document = {
    "type": "array",
    "items": whole(
        transaction={"anyOf": [reference("schemas", "transactions"), {"type": "null"}]},
        error={"anyOf": [reference("schemas", "Error"), {"type": "null"}]},
        replayed={"type": "boolean"},
    ),
}
# Of whatever has a field of that name, or of a function's.
FIELDS: dict[str, Document] = {
    "email": {"format": "email", "maxLength": 254},
    "phone_number": {
        "description": "Phone number in E.164 format; the + may be left out.",
        "pattern": r"^\+?[1-9][0-9]{6,14}$",
    },
    **{one: {"minLength": 1, "maxLength": 100} for one in ("first_name", "last_name", "name")},
    "id_number": {"pattern": "^[A-Za-z0-9][A-Za-z0-9/ -]{2,31}$"},
    "code": {"pattern": "^[A-Z][A-Z0-9_]{1,19}$"},
    "amount": {"exclusiveMinimum": 0, "exclusiveMaximum": 10**15},
    "password": {"format": "password"},
    "register.password": {"minLength": SHORTEST, "maxLength": LONGEST},
    "otp": {"pattern": "^[0-9]{6}$"},
    "idempotency_key": {
        "description": "Alternative to the header `Idempotency-Key`.",
        "minLength": 1,
        "maxLength": 255,
    },
    "post_transaction.status": choice(["PENDING"]),
    "post_transactions.idempotency_key": {"maxLength": 240},
    "post_transactions.transactions": {
        "type": "array",
        "items": reference("schemas", POSTING),
        "minItems": 1,
        "maxItems": 10_000,
    },
    "credited_account_number": {"examples": ["PERSONAL-75939974"]},
    # May be left out, and not be null.
    "balance_at.at": STRING,
    "create_wallet_type.minimum_balance": {"type": "number", "maximum": 0, "examples": [0]},
    "reverse_transaction.channel_type": STRING,
}
_CASH_IN: Document = {
    "transaction_type": "CASH_IN",
    "debited_wallet_id": 1,
    "credited_wallet_id": 7,
    "amount": 1200,
    "channel_type": "KIOSK",
}
# Bodies, by functions. Those that create something work when a member of staff, the first user of
# a new service, sends them in this order.
EXAMPLES: dict[str, Document] = {
    "register": {
        "first_name": "Aline",
        "last_name": "Uwase",
        "email": "aline@example.com",
        "phone_number": "+250788123456",
        "id_type": "NID",
        "id_number": "1199080012345678",
        "gender": "FEMALE",
        "password": "a long and private sentence",
    },
    "login": {"email": "aline@example.com", "password": "a long and private sentence"},
    "validate_otp": {"phone_number": "+250788123456", "otp": "123456"},
    "create_wallet_type": {"code": "SAVINGS", "name": "Savings", "maximum_balance": 5000000},
    "create_transaction_type": {"code": "AIRTIME", "name": "Airtime", "maximum_amount": 50000},
    "create_transaction_rule": {
        "wallet_type_id": 7,
        "transaction_type_id": 5,
        "debit_allowed": True,
    },
    "open_wallet": {"wallet_type_id": 1, "currency_code": "RWF", "customer_id": 2},
    "post_transaction": _CASH_IN,
    "post_transactions": {"transactions": [_CASH_IN]},
}
# Fields of which exactly one is given.
EITHER: dict[str, tuple[tuple[str, str], ...]] = {
    "post_transaction": (
        ("transaction_type", "transaction_type_id"),
        ("credited_wallet_id", "credited_account_number"),
    )
}
