"""What SAQ logs about expected trouble: one line, without a traceback."""

import logging

from redis.exceptions import RedisError

from workers.delivery import TryAgain


class ExpectedTrouble(logging.Filter):
    """Makes warnings of the exceptions of a postponed job and of an absent Valkey."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, changed where it is expected trouble."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, TryAgain):
            record.msg = "will try again in %g s: %s"
            record.args = (error.pause_seconds, error)
        elif isinstance(error, RedisError):
            record.msg = "Valkey does not answer: %s"
            record.args = (type(error).__name__,)
        else:
            return True
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.exc_info = None
        return True
