"""What is asked while an answer is awaited goes together next, and each is answered for itself."""

import asyncio
from collections.abc import Sequence

import pytest

from api.gathering import Gatherer


class Counter:
    """Answers ten times what it is asked, as soon as it may, unless it is told to fail."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.answers_alone = asyncio.Event()
        self.found_alone: list[int] = []
        self.fails = False
        self.forgets = 0  # answers of each batch

    async def send(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        await self.may_answer.wait()
        if self.fails:
            raise ConnectionError
        return [item * 10 for item in items][self.forgets :]

    async def send_alone(self, item: int) -> int:
        await self.answers_alone.wait()
        self.found_alone.append(item)
        if item == 13:
            raise ValueError("unlucky")
        return item * 10


class Asking:
    """Asks a gatherer of batches of three, and waits until each has come to where it waits."""

    def __init__(self) -> None:
        self.counter = Counter()
        self._gatherer = Gatherer(self.counter.send, self.counter.send_alone, 3)

    async def ask(self, *items: int) -> list[asyncio.Task[int]]:
        asked = [asyncio.create_task(self._gatherer.ask(item)) for item in items]
        await settled()
        return asked


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def outcomes(asked: list[asyncio.Task[int]]) -> list[int | BaseException]:
    async with asyncio.timeout(1):
        return await asyncio.gather(*asked, return_exceptions=True)


async def test_one_goes_at_once_and_who_comes_meanwhile_together_in_batches() -> None:
    asking = Asking()
    asked = await asking.ask(0)
    asked += await asking.ask(1, 2, 3, 4)
    assert asking.counter.batches == [[0]]
    asking.counter.may_answer.set()
    assert await outcomes(asked) == [0, 10, 20, 30, 40]
    assert asking.counter.batches == [[0], [1, 2, 3], [4]]
    assert await outcomes(await asking.ask(5)) == [50]


async def test_who_gave_up_is_not_sent_any_more_and_keeps_no_answer_from_the_others() -> None:
    asking = Asking()
    gone_half_way = await asking.ask(0)
    together = await asking.ask(1, 2, 3)
    gone_before, *others = together
    for one in (*gone_half_way, gone_before):
        one.cancel()
    await settled()
    asking.counter.may_answer.set()
    assert await outcomes(others) == [20, 30]
    assert asking.counter.batches == [[0], [2, 3]]


@pytest.mark.parametrize(
    ("fails", "forgets"), [(True, 0), (False, 1)], ids=["failed", "lacks an answer"]
)
async def test_of_a_batch_that_failed_each_is_asked_about_alone(fails: bool, forgets: int) -> None:
    troubles: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: troubles.append(told))
    asking = Asking()
    asked = await asking.ask(0)
    asked += await asking.ask(7, 13, 13)
    asking.counter.fails, asking.counter.forgets = fails, forgets
    asking.counter.may_answer.set()
    await settled()
    asking.counter.fails, asking.counter.forgets = False, 0
    # Whatever it takes to find out about them, others do not wait for it.
    assert await outcomes(await asking.ask(5)) == [50]
    assert not any(one.done() for one in asked)
    first, *given_up, unlucky = asked
    for one in given_up:
        one.cancel()
    await settled()
    asking.counter.answers_alone.set()
    found, problem = await outcomes([first, unlucky])
    assert (found, str(problem)) == (0, "unlucky")
    # Nothing is done for those who do not wait for it any more.
    assert asking.counter.found_alone == [0, 13]
    assert troubles == []
