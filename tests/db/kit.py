"""People who ask the database something, as the API asks on their behalf, and money for them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

PASSWORD_HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
_numbers = count(1)

Row = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """What the database said instead of doing it."""

    code: str
    message: str
    details: str
    constraint: str | None

    @property
    def problems(self) -> dict[str, str]:
        """Field → problem, from the lines of the details."""
        return dict(line.split(": ", 1) for line in self.details.splitlines())


@contextmanager
def acting_as(
    connection: psycopg.Connection, role: str, user_id: int | None = None
) -> Iterator[None]:
    """Be somebody until the block ends; what it did is undone when it raises."""
    claims = Jsonb({"sub": str(user_id), "role": role, "sid": 1}) if user_id else ""
    become = "select set_config('role', %s, true), set_config('request.jwt.claims', %s::text, true)"
    with connection.transaction():
        connection.execute(become, [role, claims])
        yield
        connection.execute(become, ["none", ""])


@dataclass(frozen=True)
class Person:
    """Somebody at a connection: a role, and whose claims."""

    connection: psycopg.Connection
    role: str
    user_id: int | None = None

    def at(self, connection: psycopg.Connection) -> "Person":
        """The same person at another connection."""
        return Person(connection, self.role, self.user_id)

    def ask(self, query: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows that a statement gives this person."""
        with acting_as(self.connection, self.role, self.user_id):
            cursor = self.connection.cursor(row_factory=dict_row).execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def call(self, function: str, **arguments: Any) -> Row:
        """The one row that a function returns to this person."""
        with acting_as(self.connection, self.role, self.user_id):
            cursor = self.connection.cursor(row_factory=dict_row)
            return cursor.execute(call_of(function, arguments), arguments).fetchone()

    def refused(self, function: str, **arguments: Any) -> Refusal:
        """Why a function refuses this person; fails when it does not."""
        return refusal_of(lambda: self.call(function, **arguments))


def call_of(function: str, arguments: Mapping[str, Any]) -> sql.Composed:
    """The statement that calls a function by named arguments."""
    named = [
        sql.SQL("{} => {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in arguments
    ]
    name = sql.Identifier(*function.split("."))
    return sql.SQL("select * from {}({})").format(name, sql.SQL(", ").join(named))


def refusal_of(attempt: Any) -> Refusal:
    """Why the database refuses an attempt; fails when it does not."""
    try:
        answer = attempt()
    except psycopg.Error as error:
        diagnosis = error.diag
        return Refusal(
            error.sqlstate or "",
            diagnosis.message_primary or "",
            diagnosis.message_detail or "",
            diagnosis.constraint_name,
        )
    raise AssertionError(f"this was not refused but answered with {answer}")


def registration(**changes: Any) -> dict[str, Any]:
    """The arguments of a registration that nothing is wrong with, but for the changes."""
    number = next(_numbers)
    return {
        "first_name": "Aline",
        "last_name": "Uwase",
        "email": f"aline{number}@example.com",
        "phone_number": f"+25078{number:07}",
        "id_type": "NID",
        "id_number": f"1199080{number:09}",
        "gender": "FEMALE",
        "password_hash": PASSWORD_HASH,
    } | changes


def gatekeeper(connection: psycopg.Connection) -> Person:
    return Person(connection, "tekana_gatekeeper")


def make_customer(connection: psycopg.Connection) -> Person:
    customer = gatekeeper(connection).call("tekana.register_customer", **registration())
    return Person(connection, "tekana_customer", customer["id"])


def make_staff(connection: psycopg.Connection) -> Person:
    number = next(_numbers)
    row = Person(connection, "tekana_owner").call(
        "tekana.create_staff",
        email=f"staff{number}@example.com",
        phone_number=f"+25073{number:07}",
        password_hash=PASSWORD_HASH,
        role="STAFF",
    )
    return Person(connection, "tekana_staff", row["create_staff"])


def make_bills(connection: psycopg.Connection, staff: Person) -> None:
    """A type of transaction whose references are unique."""
    made = staff.call(
        "api.create_transaction_type", code="BILL", name="Bill", has_unique_references=True
    )
    connection.execute(
        "insert into tekana.transaction_rules"
        " (wallet_type_id, transaction_type_id, debit_allowed, credit_allowed)"
        " select wallet_type_id, %s, true, true from tekana.wallet_types",
        [made["id"]],
    )


def wallet_type_id(connection: psycopg.Connection, code: str) -> int:
    query = "select wallet_type_id from tekana.wallet_types where code = %s"
    return connection.execute(query, [code]).fetchone()[0]


def open_wallet(
    person: Person,
    wallet_type: str = "PERSONAL",
    currency: str = "RWF",
    by: Person | None = None,
) -> int:
    """Key of an empty wallet of this customer's own, opened by a member of staff if by anybody."""
    wanted = {
        "wallet_type_id": wallet_type_id(person.connection, wallet_type),
        "currency_code": currency,
    }
    if by is not None:
        return by.call("api.open_wallet", **wanted, customer_id=person.user_id)["id"]
    return person.call("api.open_wallet", **wanted)["id"]


def float_wallet(connection: psycopg.Connection, currency: str = "RWF") -> int:
    """Key of the operator's wallet that cash comes from and goes to."""
    return connection.execute(
        "select w.wallet_id from tekana.wallets as w join tekana.wallet_types as t"
        " using (wallet_type_id) where t.code = 'FLOAT' and w.currency_code = %s",
        [currency],
    ).fetchone()[0]


def request(
    debited: int | None, credited: int | None, amount: Any, **changes: Any
) -> dict[str, Any]:
    """The arguments of a transfer, but for the changes."""
    return {
        "debited_wallet_id": debited,
        "credited_wallet_id": credited,
        "amount": Decimal(amount) if isinstance(amount, int | str) else amount,
        "channel_type": "APP",
        "transaction_type": "TRANSFER",
    } | changes


def post(person: Person, debited: int, credited: int | None, amount: Any, **changes: Any) -> Row:
    return person.call("api.post_transaction", **request(debited, credited, amount, **changes))


def refused_post(
    person: Person, debited: int | None, credited: int | None, amount: Any, **changes: Any
) -> Refusal:
    return person.refused("api.post_transaction", **request(debited, credited, amount, **changes))


def cash_in(staff: Person, wallet_id: int, amount: Any) -> Row:
    """Put cash into a wallet from the float of its currency."""
    query = "select currency_code from tekana.wallets where wallet_id = %s"
    currency = staff.connection.execute(query, [wallet_id]).fetchone()[0]
    source = float_wallet(staff.connection, currency)
    answer = post(staff, source, wallet_id, amount, transaction_type="CASH_IN")
    assert answer["status"] == "COMPLETED", answer
    return answer


def balance(connection: psycopg.Connection, wallet_id: int) -> Decimal:
    query = "select current_balance from tekana.wallets where wallet_id = %s"
    return connection.execute(query, [wallet_id]).fetchone()[0]


def held(connection: psycopg.Connection, wallet_id: int) -> Decimal:
    query = "select held_amount from tekana.wallets where wallet_id = %s"
    return connection.execute(query, [wallet_id]).fetchone()[0]


@contextmanager
def unseen_by_triggers(connection: psycopg.Connection) -> Iterator[None]:
    """What is done meanwhile no trigger sees."""
    with connection.transaction():
        connection.execute("set local session_replication_role = replica")
        yield
        # The transaction may be a part of another one, which goes on.
        connection.execute("set local session_replication_role = origin")


def let_expire(connection: psycopg.Connection, hold: Row) -> None:
    """Let the time of a hold be over, without anybody sweeping it up."""
    with unseen_by_triggers(connection):
        connection.execute(
            "update tekana.transactions set expires_at = now() where transaction_id = %s",
            [hold["id"]],
        )


def sums(connection: psycopg.Connection) -> set[Decimal]:
    """What the wallets of each currency add up to: {0} in a house without leaks."""
    query = "select distinct sum(current_balance) from tekana.wallets group by currency_code"
    return {row[0] for row in connection.execute(query)}


def count_transactions(connection: psycopg.Connection) -> int:
    return connection.execute("select count(*) from tekana.transactions").fetchone()[0]


def findings(connection: psycopg.Connection, full: bool = True) -> list[tuple[str, str, str]]:
    """What is wrong with the ledger: rule, by what it is broken, what was expected and found."""
    query = "select rule, subject, finding from tekana.check_ledger(full => %s)"
    return connection.execute(query, [full]).fetchall()


def assert_clean(connection: psycopg.Connection) -> None:
    """The ledger is right."""
    assert findings(connection) == []
