"""How the worker is put together: its servers, its jobs, its timing."""

import asyncio
import logging
from contextlib import AsyncExitStack

from saq.job import CronJob
from saq.types import PartialTimersDict
from saq.worker import Worker

from config.settings import Settings
from outbox.queue import make_queue
from outbox.sealed import SealedCodes
from workers.database import Database
from workers.delivery import SmsDelivery
from workers.reachable import wait_for_servers
from workers.sms import open_gateway
from workers.tasks import (
    WorkerContext,
    forget_old,
    reconcile_sms,
    seal_transactions,
    send_sms,
    sweep_expired_holds,
)

logger = logging.getLogger(__name__)

# An SMS is waiting for somebody else's server, not computing.
CONCURRENCY = 16
# Short ones: at its end the worker waits for each to come round.
TIMERS = PartialTimersDict(schedule=1, sweep=1, abort=1, worker_info=2)
DEQUEUE_SECONDS = 1.0
# `tekana up` stops everything within 10 seconds.
GRACE_SECONDS = 7
# croniter's sixth field: seconds.
EVERY_FIVE_SECONDS = "* * * * * */5"


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is running.

    Raises:
        SettingsError: a setting is missing or may not be used here.
        ServersUnreachable: PostgreSQL or Valkey is not there to begin with.
    """
    async with AsyncExitStack() as exits:
        queue = make_queue(settings, patient=True)
        exits.push_async_callback(queue.disconnect)
        codes = SealedCodes(queue.redis, settings)
        gateway = open_gateway(settings)
        exits.push_async_callback(gateway.close)
        database = Database(settings)
        await wait_for_servers(settings)
        await database.open()
        exits.push_async_callback(database.close)
        worker: Worker[WorkerContext] = Worker(
            queue,
            [send_sms],
            cron_jobs=[
                CronJob(job, EVERY_FIVE_SECONDS, timeout=15, ttl=-1)
                for job in (reconcile_sms, sweep_expired_holds, seal_transactions, forget_old)
            ],
            concurrency=CONCURRENCY,
            timers=TIMERS,
            dequeue_timeout=DEQUEUE_SECONDS,
            shutdown_grace_period_s=GRACE_SECONDS,
        )
        worker.context["database"] = database
        worker.context["keep_days"] = settings.keep_days
        worker.context["delivery"] = SmsDelivery(database, codes, gateway, settings.sms_gateway)
        logger.info("worker ready", extra={"sms_gateway": settings.sms_gateway})
        await worker.start()
        await asyncio.sleep(0)  # callbacks of the last jobs, before their connections close
