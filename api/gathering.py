"""Asking for many things at once: what is asked while an answer is awaited goes together next."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Gatherer(Generic[Item, Outcome]):
    """Sends items in batches, one batch at a time; each item has its own outcome.

    Nothing waits for company: an item that comes when no batch is under way goes at once, alone.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]],
        send_alone: Callable[[Item], Awaitable[Outcome]],
        most: int,
    ) -> None:
        """Make one that has nothing to do yet.

        Args:
            send: sends a batch; outcomes in its order. What it raises says nothing about any item.
            send_alone: finds out about one item of a batch that failed, while somebody waits for
                it; what it raises is this item's outcome.
            most: the items of a batch.
        """
        self._send = send
        self._send_alone = send_alone
        self._most = most
        # What is found of each: its outcome, or nothing where the batch failed.
        self._waiting: list[tuple[Item, asyncio.Future[list[Outcome]]]] = []
        self._working: asyncio.Task[None] | None = None

    async def ask(self, item: Item) -> Outcome:
        """The outcome of an item; whoever stops waiting for it leaves the others alone."""
        answer: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if self._working is None:
            self._working = asyncio.create_task(self._work())
        found = await answer
        return found[0] if found else await self._send_alone(item)

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._most]
                del self._waiting[: self._most]
                await self._answer([one for one in batch if not one[1].cancelled()])
        finally:
            self._working = None

    async def _answer(self, batch: list[tuple[Item, asyncio.Future[list[Outcome]]]]) -> None:
        answers = [answer for _, answer in batch]
        try:
            outcomes = await self._send([item for item, _ in batch])
            # Of fewer or more outcomes than items nobody knows which is whose.
            found = [(answer, [one]) for answer, one in zip(answers, outcomes, strict=True)]
        except Exception:  # noqa: BLE001 - whatever it was, each item is asked about alone
            found = [(answer, []) for answer in answers]
        for answer, outcome in found:
            if not answer.done():
                answer.set_result(outcome)
