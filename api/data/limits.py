"""What one request may ask for: every limit of this package, in one place."""

from dataclasses import dataclass

LARGEST_NUMBER = 2**63 - 2  # of limit and offset: a bigint, and one row more can be asked for


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that whoever runs the service may set; beyond one is a 400 that names it."""

    default_page: int | None = None  # rows when the client does not say; None: all of them
    largest_page: int | None = None  # rows; who asks for more gets this many
    query_length: int = 8_192  # bytes of a query string
    filters: int = 50  # conditions, nested ones included
    list_values: int = 1000  # in one in.(…)
    select_items: int = 500  # columns in all, those of embedded relations and of `*` included
    embedding_depth: int = 10
    order_terms: int = 20
