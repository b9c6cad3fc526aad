"""What one request may ask for: every limit of this package, in one place."""

from pydantic import BaseModel, Field

LARGEST_NUMBER = 2**63 - 2  # of limit and offset: a bigint, and one row more can be asked for


class Limits(BaseModel, frozen=True):
    """Limits that whoever runs the service may set; beyond one is a 400 that names it."""

    default_page: int | None = Field(None, description="rows of an answer unless a limit is given")
    largest_page: int | None = Field(None, description="most rows of an answer that is no stream")
    query_length: int = Field(8_192, description="bytes of a query string")
    filters: int = Field(50, description="conditions, nested ones included")
    list_values: int = Field(1000, description="values in one in.(…)")
    select_items: int = Field(500, description="columns in all, embedded and of `*` too")
    embedding_depth: int = Field(10, description="relations embedded in each other")
    order_terms: int = Field(20, description="terms of an order")
