"""Everybody pays everybody else at full speed, over HTTP: nobody hears of anything but money."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import httpx

from tests.api.conftest import Service
from tests.people import Person
from tests.waiting import transfer_seconds

CLIENTS = 12


def test_opposite_transfers_among_ten_wallets_are_all_answered(
    service: Service, aline: Person, bosco: Person, staff: Person, floats: dict[str, int]
) -> None:
    wallets = [(person, person.open_wallet()["id"]) for person in (aline, bosco) for _ in range(5)]
    for _, wallet in wallets:
        staff.move("CASH_IN", floats["RWF"], wallet, 1000).raise_for_status()
    end = time.monotonic() + transfer_seconds()

    def keep_paying(seed: int) -> Counter[str]:
        random, outcomes = Random(seed), Counter[str]()
        with httpx.Client(base_url=f"{service.url}/api/v1", timeout=30) as client:
            while time.monotonic() < end:
                (payer, debited), (_, credited) = random.sample(wallets, 2)
                somebody = Person(client, payer.phone, payer.email, payer.number, payer.password)
                somebody.tokens = payer.tokens
                amount = random.randrange(1, 400)
                key = f"opposite {wallets[0][1]} {seed} {sum(outcomes.values())}"
                answer = somebody.move("TRANSFER", debited, credited, amount, key=key)
                told = answer.json()
                outcomes[told["status"] if answer.status_code == 201 else told["code"]] += 1
        return outcomes

    with ThreadPoolExecutor(CLIENTS) as threads:
        outcomes = sum(threads.map(keep_paying, range(CLIENTS)), Counter[str]())
    assert outcomes.keys() <= {"COMPLETED", "NFUND"}, outcomes
    assert outcomes["COMPLETED"] > 100
    balances = [person.balance(wallet) for person, wallet in wallets]
    assert sum(balances) == 10 * 1000
    assert min(balances) >= 0
