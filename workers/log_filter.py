"""What SAQ, or asyncio for it, logs about expected trouble: one line, without a traceback."""

import logging

from psycopg import OperationalError
from psycopg.errors import ReadOnlySqlTransaction
from redis.exceptions import RedisError, ResponseError

from workers.delivery import TryAgain


class ExpectedTrouble(logging.Filter):
    """Makes warnings of what a postponed job raises, and servers that are away or take nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, changed where it is expected trouble."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TryAgain):
            record.msg = "will try again in %g s: %s"
            record.args = (error.pause_seconds, error)
        elif isinstance(error, ResponseError):
            record.msg = "Valkey refuses: %s"
            record.args = (type(error).__name__,)
        elif isinstance(error, RedisError):
            record.msg = "Valkey does not answer: %s"
            record.args = (type(error).__name__,)
        elif isinstance(error, OperationalError | ReadOnlySqlTransaction):
            record.msg = "a job waits for PostgreSQL: %s"
            said = error.diag.message_primary or str(error)
            record.args = (f"{error.sqlstate}: {said}" if error.sqlstate else said,)
        else:
            return True
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = None
        return True
