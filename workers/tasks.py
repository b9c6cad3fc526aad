"""The jobs that the worker knows."""

import logging

from saq.types import Context

from outbox.queue import enqueue_sms
from workers.database import Database
from workers.delivery import SmsDelivery, TryAgain
from workers.heartbeat import heartbeat

logger = logging.getLogger(__name__)

# Younger ones are on their way here from the API.
_WAITING_SECONDS = 3
_MOST_AT_ONCE = 1_000


class WorkerContext(Context):
    """What SAQ hands to every job, and what the worker's start put in."""

    database: Database
    delivery: SmsDelivery


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
