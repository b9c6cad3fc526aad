"""A payment waits for what something else holds, and no longer than it may."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import psycopg
import pytest

from api import teller, tx
from api.errors import ApiError
from api.teller import Teller
from api.tx import CUSTOMER, Actor, Database
from cli.servers.postgres import PostgresServer
from config.settings import Settings
from tests.api.conftest import Service
from tests.people import Person, movement
from tests.silence import stopped
from tests.waiting import eventually

HOLD_WALLET = "select from tekana.wallets where wallet_id = %s for update"
WAITING = "from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))"


def payment(payer: Person, wallets: tuple[int, int]) -> tuple[Actor, dict[str, str]]:
    """What a teller is told: who pays, and what."""
    claims = jwt.decode(payer.tokens["token"], options={"verify_signature": False})
    asked = movement("TRANSFER", *wallets, 7)
    return Actor(CUSTOMER, claims), {name: str(value) for name, value in asked.items()}


async def test_what_is_held_for_too_long_is_told_and_not_done(
    service: Service,
    aline: Person,
    bosco: Person,
    funded: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(teller, "PATIENCE_SECONDS", 1.0)
    url = service.environment["TEKANA_API_DATABASE_URL"]
    database = Database(Settings(api_database_url=url))
    await database.open()
    paying = Teller(database)
    try:
        assert (await paying.post(*payment(aline, funded))).code is None
        with psycopg.connect(service.database_url) as holder:
            holder.execute(HOLD_WALLET, [funded[0]])
            began = time.monotonic()
            # More than look in at once.
            asked = (paying.post(*payment(aline, funded)) for _ in range(12))
            async with asyncio.timeout(4):
                answers = await asyncio.gather(*asked, return_exceptions=True)
            assert time.monotonic() - began > 1
    finally:
        await database.close()
    told = {(type(one), one.status, one.message) for one in answers}
    assert told == {(ApiError, 503, "what this needs is locked for too long")}
    assert bosco.balance(funded[1]) == 7


def test_a_payment_that_is_cut_off_again_and_again_is_made_once(
    service: Service, aline: Person, bosco: Person, funded: tuple[int, int]
) -> None:
    cut = f"select pg_terminate_backend(pid) {WAITING}"
    with ThreadPoolExecutor(1) as threads, psycopg.connect(service.database_url) as holder:
        holder.execute(HOLD_WALLET, [funded[0]])
        paying = threads.submit(aline.move, "TRANSFER", *funded, 1)
        for _ in range(3):
            # Without a pause: it is there for moments only.
            while holder.execute(cut).fetchone() is None:
                assert not paying.done(), paying.result().text
        holder.rollback()
        answer = paying.result(10)
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)
    assert bosco.balance(funded[1]) == 1


@pytest.mark.parametrize(("each", "patience", "paid"), [(0.1, 20.0, 7), (0.4, 0.5, 0)])
async def test_a_payment_outlives_many_attempts_to_get_a_connection_and_is_made_by_none_later(
    service: Service,
    server: PostgresServer,
    aline: Person,
    bosco: Person,
    funded: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    each: float,
    patience: float,
    paid: int,
) -> None:
    monkeypatch.setattr(tx, "CONNECTION_SECONDS", each)
    monkeypatch.setattr(teller, "PATIENCE_SECONDS", patience)
    way = tmp_path / "way"
    url = f"postgresql://tekana_authenticator@/{service.database}?host={way}&port=5432"
    database = Database(Settings(api_database_url=url))
    await database.open()
    try:
        paying = asyncio.create_task(Teller(database).post(*payment(aline, funded)))
        await asyncio.sleep(0.65)
        assert paying.done() is (paid == 0)
        way.symlink_to(server.socket_directory)
        if paid:
            assert (await paying).code is None
        else:
            with pytest.raises(ApiError, match="the database cannot be reached"):
                await paying
            await asyncio.sleep(1)  # in which one who still tried would have got through
    finally:
        await database.close()
    assert bosco.balance(funded[1]) == paid


def test_who_waits_for_a_table_is_posted_when_it_is_free(
    service: Service, aline: Person, bosco: Person, funded: tuple[int, int]
) -> None:
    with ThreadPoolExecutor(4) as threads, psycopg.connect(service.database_url) as holder:
        holder.execute("lock table tekana.wallets in exclusive mode")
        waiting = [threads.submit(aline.move, "TRANSFER", *funded, 1) for _ in range(4)]
        time.sleep(1.3)  # first together, then each alone
        assert not any(one.done() for one in waiting)
        holder.rollback()
        assert [one.result(10).status_code for one in waiting] == [201] * 4
    assert bosco.balance(funded[1]) == 4


def test_who_asks_while_an_answer_is_awaited_is_posted_by_one_statement(
    server: PostgresServer, ledger: psycopg.Connection, aline: Person, funded: tuple[int, int]
) -> None:
    with ThreadPoolExecutor(20) as threads:
        pay = lambda _: aline.move("TRANSFER", *funded, 1)  # noqa: E731
        with stopped(server):
            waiting = [threads.submit(pay, number) for number in range(20)]
            time.sleep(0.7)
        answers = [one.result(10) for one in waiting]
    ids = [answer.json()["id"] for answer in answers]
    query = "select created_at from tekana.transactions where transaction_id = any(%s)"
    times = {created_at for (created_at,) in ledger.execute(query, [ids])}
    # The first went alone; one more for whoever was slow to ask.
    assert len(times) <= 3


def test_a_deadlock_is_not_told(service: Service, aline: Person, funded: tuple[int, int]) -> None:
    first, second = sorted(funded)
    with ThreadPoolExecutor(1) as threads, psycopg.connect(service.database_url) as holder:
        holder.execute("set deadlock_timeout = '1h'")  # whoever else is in it notices
        holder.execute(HOLD_WALLET, [second])
        body = movement("TRANSFER", *funded, 1)
        paying = threads.submit(aline.post, "/rpc/post_transaction", body)
        eventually(lambda: holder.execute(f"select {WAITING}").fetchone() is not None)
        # It is to be had when the one who has it has given up.
        holder.execute(HOLD_WALLET, [first])
        assert not paying.done()
        holder.rollback()
        assert paying.result(10).status_code == 200, paying.result().text
    assert aline.balance(funded[0]) == 999
