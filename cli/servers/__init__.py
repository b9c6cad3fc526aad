"""The servers that `tekana up` brings along: embedded PostgreSQL and Valkey."""


class ServerError(RuntimeError):
    """A server cannot run or be reached; the message says why and what to do."""
