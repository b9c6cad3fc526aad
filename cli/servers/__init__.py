"""The servers that `tekana up` brings along: embedded PostgreSQL and Valkey."""

from cli.trouble import Trouble


class ServerError(Trouble):
    """A server cannot run or be reached; the message says why and what to do."""
