"""The worker forgets what has been over for long."""

from collections.abc import Callable

import psycopg

from cli.servers.postgres import PostgresServer
from tests.waiting import eventually
from tests.workers.house import Messages, WorkerProcess
from workers.tasks import forget_old


def test_what_is_older_than_the_settings_say_is_forgotten(
    start_worker: Callable[..., WorkerProcess],
    messages: Messages,
    server: PostgresServer,
    worker_database: str,
) -> None:
    old, young = messages.ask(sealed_with=None), messages.ask(sealed_with=None)
    start_worker(TEKANA_KEEP_DAYS="1")
    for message_id in (old, young):
        messages.wait_for(message_id, "FAILED")
    messages.change(old, "created_at = now() - interval '25 hours'")
    with psycopg.connect(server.url(worker_database), autocommit=True) as connection:
        query = "select array_agg(message_id) from tekana.sms_messages where message_id = any(%s)"
        eventually(
            lambda: connection.execute(query, [[old, young]]).fetchone() == ([young],),
            seconds=20,
            what="forgetting",
        )


async def test_nothing_is_forgotten_where_all_is_kept_for_ever() -> None:
    await forget_old({"keep_days": 0})  # nor is a database asked, of which it knows none here
