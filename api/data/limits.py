"""What one request may ask for: every limit of this package, in one place."""

from dataclasses import dataclass, field
from typing import Any

LARGEST_NUMBER = 2**63 - 2  # of limit and offset: a bigint, and one row more can be asked for


def _limit(default: int | None, what: str) -> Any:
    return field(default=default, metadata={"help": what})


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that whoever runs the service may set; beyond one is a 400 that names it."""

    default_page: int | None = _limit(None, "rows of an answer unless a limit is given")
    largest_page: int | None = _limit(None, "most rows of an answer that is no stream")
    query_length: int = _limit(8_192, "bytes of a query string")
    filters: int = _limit(50, "conditions, nested ones included")
    list_values: int = _limit(1000, "values in one in.(…)")
    select_items: int = _limit(500, "columns in all, of embedded relations and of `*` too")
    embedding_depth: int = _limit(10, "relations embedded in each other")
    order_terms: int = _limit(20, "terms of an order")
