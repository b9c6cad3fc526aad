"""The jobs that the worker knows."""

import logging
from collections.abc import Iterator
from time import monotonic

from saq.types import Context

from outbox.queue import enqueue_sms
from workers.database import Database
from workers.delivery import SmsDelivery, TryAgain
from workers.heartbeat import heartbeat

logger = logging.getLogger(__name__)

# Younger ones are on their way here from the API.
_WAITING_SECONDS = 3
_MOST_AT_ONCE = 1_000
# Wallets stay locked for as long as a sweep over them takes: few at once.
_MOST_HOLDS_AT_ONCE = 200
# A tenth of a second's work.
_MOST_SEALED_AT_ONCE = 10_000
_MOST_FORGOTTEN = 2_000
# What has piled up is worked off for so long, before a job gives way to its next run.
_WORKING_OFF_SECONDS = 4.0


class WorkerContext(Context):
    """What SAQ hands to every job, and what the worker's start put in."""

    database: Database
    delivery: SmsDelivery
    keep_days: int


async def send_sms(context: WorkerContext, *, message_id: int) -> None:
    """Send one SMS; see `SmsDelivery.deliver`.

    Raises:
        TryAgain: later; the queue does it.
    """
    job = context["job"]
    async with heartbeat(job):
        try:
            await context["delivery"].deliver(message_id)
        except TryAgain as later:
            job.retry_delay = later.pause_seconds
            raise


async def reconcile_sms(context: WorkerContext) -> None:
    """Enqueue every SMS that PostgreSQL holds as waiting; those that are queued stay as they are.

    The queue may lose a job (the API dies before enqueueing, a worker dies while sweeping, Valkey
    loses its memory); the row that it was made from is not lost.
    """
    queue = context["worker"].queue
    rows = await context["database"].fetch(
        "find_waiting_sms", older_than_seconds=_WAITING_SECONDS, most=_MOST_AT_ONCE
    )
    found_again = [row["message_id"] for row in rows if await enqueue_sms(queue, row["message_id"])]
    if found_again:
        logger.warning("SMS without a job, queued again", extra={"message_ids": found_again})


async def sweep_expired_holds(context: WorkerContext) -> None:
    """Release what has expired, so that what is stored stays near to what is so."""
    for _ in _while_it_may_work():
        rows = await context["database"].fetch("sweep_expired_holds", most=_MOST_HOLDS_AT_ONCE)
        holds = rows[0]["holds"]
        if holds:
            logger.info("expired holds released", extra={"holds": holds})
        if holds < _MOST_HOLDS_AT_ONCE:
            return


async def forget_old(context: WorkerContext) -> None:
    """Forget sessions and messages that have been over for as long as the settings say."""
    days = context["keep_days"]
    if not days:
        return
    for _ in _while_it_may_work():
        rows = await context["database"].fetch("forget_old", days=days, most=_MOST_FORGOTTEN)
        forgotten = rows[0]
        if any(forgotten.values()):
            logger.info("what is long over is forgotten", extra=dict(forgotten))
        if max(forgotten.values()) < _MOST_FORGOTTEN:
            return


async def seal_transactions(context: WorkerContext) -> None:
    """Seal what has been committed since the last time.

    What it logs is proof: whoever rewrites both ledger and seals cannot rewrite the hashes in a log
    that is kept elsewhere (docs/ledger.md).
    """
    for _ in _while_it_may_work():
        rows = await context["database"].fetch("seal_transactions", most=_MOST_SEALED_AT_ONCE)
        sealed = rows[0]
        if not sealed["record_count"]:
            return
        logger.info("transactions sealed", extra=dict(sealed))


def _while_it_may_work() -> Iterator[None]:
    deadline = monotonic() + _WORKING_OFF_SECONDS
    while monotonic() < deadline:
        yield
