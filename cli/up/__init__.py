"""`tekana up`: brings the whole system up in the foreground, keeps it up, and takes it down."""


class CannotStart(RuntimeError):  # noqa: N818 - says what is the matter
    """Tekana cannot be brought up; the message says why and what to do."""
