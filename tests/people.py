"""People who use a running Tekana over HTTP, as a front-end does for them."""

import re
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx

from tests.waiting import eventually

PASSWORD = "a long and private sentence"
_numbers = count(1)


def fresh_details(**changes: Any) -> dict[str, Any]:
    """A registration that nobody sent before."""
    number = next(_numbers)
    details = {
        "first_name": "Aline",
        "last_name": "Uwase",
        "email": f"aline{number}@example.com",
        "phone_number": f"+2507880{number:05d}",
        "id_type": "NID",
        "id_number": f"119908{number:010d}",
        "gender": "FEMALE",
        "password": PASSWORD,
    }
    return details | changes


class Phone:
    """The phones of everybody: finds the newest code that was sent to a number."""

    def __init__(self, read_messages: Callable[[], list[tuple[str, str]]]) -> None:
        self._read_messages = read_messages

    def codes(self, number: str) -> list[str]:
        """Every code sent to a number, oldest first."""
        texts = [text for to, text in self._read_messages() if to == number]
        return [re.search(r"\b\d{6}\b", text)[0] for text in texts]

    def wait_for_code(self, number: str, already: int) -> str:
        """The newest code for a number, once there are more than `already`."""
        return eventually(lambda: self.codes(number)[already:], 15, f"an SMS to {number}")[-1]


class Person:
    """Somebody with a password and a phone, and the tokens of their session."""

    def __init__(
        self, client: httpx.Client, phone: Phone, email: str, number: str, password: str = PASSWORD
    ) -> None:
        self.client, self.phone = client, phone
        self.email, self.number, self.password = email, number, password
        self.tokens: dict[str, Any] = {}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['token']}"}

    @property
    def id(self) -> int:
        return self.tokens["data"]["id"]

    def ask_for_code(self) -> str:
        already = len(self.phone.codes(self.number))
        answer = self.client.post(
            "/customers/login", json={"email": self.email, "password": self.password}
        )
        assert answer.status_code == 200, answer.text
        return self.phone.wait_for_code(self.number, already)

    def sign_in(self) -> "Person":
        answer = self.client.put(
            "/customers/validateOtp",
            json={"phone_number": self.number, "otp": self.ask_for_code()},
        )
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()
        return self

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self.client.get(path, params=query, headers=self.headers)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, json=body, headers=self.headers | named)

    def open_wallet(self, currency: str = "RWF", type_code: str = "PERSONAL") -> dict[str, Any]:
        wallet_type = self.get("/walletTypes", code=type_code).json()[0]
        body = {"wallet_type_id": wallet_type["id"], "currency_code": currency}
        answer = self.post("/wallets", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def move(
        self,
        kind: str,
        debited: int,
        credited: int,
        amount: float,
        key: str | None = None,
        **more: Any,
    ) -> httpx.Response:
        body = movement(kind, debited, credited, amount)
        return self.post("/transactions", body | more, **({"Idempotency_Key": key} if key else {}))

    def balance(self, wallet_id: int) -> Any:
        return self.get("/wallets", id=wallet_id).json()[0]["current_balance"]


def movement(kind: str, debited: int, credited: int, amount: float) -> dict[str, Any]:
    """The body that asks for a movement of money."""
    return {
        "transaction_type": kind,
        "debited_wallet_id": debited,
        "credited_wallet_id": credited,
        "amount": amount,
        "channel_type": "APP",
    }


def register(client: httpx.Client, phone: Phone, **changes: Any) -> Person:
    """Somebody new."""
    details = fresh_details(**changes)
    answer = client.post("/customers/register", json=details)
    assert answer.status_code == 201, answer.text
    customer = answer.json()
    return Person(client, phone, details["email"], customer["phone_number"], details["password"])
