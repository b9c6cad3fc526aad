"""However the stack ends, nothing that was acknowledged is lost, and it starts again."""

import json
import signal
import threading

import httpx
import psutil

from tests.e2e.conftest import Stack, assert_ledger_is_right, make_staff
from tests.people import Person, Phone, register
from tests.processes import processes_of, workers_of
from tests.waiting import eventually

NUMBER = "+250789000001"  # README's walk-through has those that people are given otherwise


def _console(stack: Stack) -> Phone:
    def read() -> list[tuple[str, str]]:
        path = stack.data_directory / "sms.log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [(sms["to"], sms["message"]) for sms in map(json.loads, lines)]

    return Phone(read)


class Payer(threading.Thread):
    """Moves one franc again and again, and keeps the references that were acknowledged."""

    def __init__(self, stack: Stack, person: Person, debited: int, credited: int) -> None:
        super().__init__(daemon=True)
        self.stack, self.person, self.wallets = stack, person, (debited, credited)
        self.acknowledged: list[str] = []
        self.under_way = threading.Event()

    def run(self) -> None:
        with httpx.Client(base_url=f"{self.stack.url}/api/v1", timeout=30) as client:
            body = {"transaction_type": "CASH_IN", "amount": 1, "channel_type": "KIOSK"}
            body |= {"debited_wallet_id": self.wallets[0], "credited_wallet_id": self.wallets[1]}
            while True:
                try:
                    answer = client.post("/transactions", json=body, headers=self.person.headers)
                except httpx.TransportError:
                    return
                if answer.status_code != 201:
                    return
                self.acknowledged.append(answer.json()["reference_number"])
                if len(self.acknowledged) == 20:
                    self.under_way.set()


def test_endings_lose_nothing(stack: Stack) -> None:
    phone = _console(stack)
    with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=30) as client:
        aline = register(client, phone, email="saver@example.com", phone_number=NUMBER).sign_in()
        desk = make_staff(stack, client, phone)
        wallet = aline.open_wallet()["id"]
        till = next(
            found["wallet_id"]
            for found in desk.get("/rpc/find_operator_wallets").json()
            if (found["wallet_type_code"], found["currency_code"]) == ("FLOAT", "RWF")
        )
    acknowledged: list[str] = []
    for end in (_terminate, _kill):
        payers = [Payer(stack, desk, till, wallet) for _ in range(4)]
        for payer in payers:
            payer.start()
        for payer in payers:
            assert payer.under_way.wait(60)
        end(stack)
        stack.start()
        for payer in payers:
            payer.join(60)
            acknowledged += payer.acknowledged
        with stack.database() as connection:
            posted = {
                reference
                for (reference,) in connection.execute(
                    "select reference_number from api.transactions"
                    " where status = 'COMPLETED' and credited_wallet_id = %s",
                    [wallet],
                )
            }
        assert set(acknowledged) <= posted
        assert len(acknowledged) == len(set(acknowledged))
        assert_ledger_is_right(stack)
        with httpx.Client(base_url=f"{stack.url}/api/v1", timeout=30) as client:
            aline.client = client
            assert aline.balance(wallet) == len(posted)  # the session is open, too

    _a_worker_that_is_killed_is_replaced(stack)


def _terminate(stack: Stack) -> None:
    assert stack.stop() < 10
    assert not processes_of(stack.data_directory)


def _kill(stack: Stack) -> None:
    stack.stop(signal.SIGKILL)


def _a_worker_that_is_killed_is_replaced(stack: Stack) -> None:
    def workers() -> list[psutil.Process]:
        (parent,) = [
            process
            for process in processes_of(stack.data_directory)
            if process.cmdline()[-2:] == ["-m", "api"]
        ]
        return workers_of(parent)

    before = workers()
    assert len(before) == 2
    log = stack.data_directory / "api.log"
    # The stack is up as soon as one of them answers.
    eventually(lambda: all(f"Worker ready [{one.pid}]" in log.read_text() for one in before))
    before[0].kill()
    before[0].wait(60)
    eventually(lambda: len(after := workers()) == 2 and before[0] not in after)
    (told,) = [line for line in log.read_text().splitlines() if "died and is replaced" in line]
    assert json.loads(told)["process_id"] == before[0].pid
    assert json.loads(told)["exit_code"] == -signal.SIGKILL
    assert httpx.get(f"{stack.url}/health/ready").status_code == 200
