"""What one request may ask for: every limit of this package, in one place."""

DEFAULT_PAGE = 20  # rows, when neither limit nor Range says otherwise
LARGEST_PAGE = 1000  # rows; who asks for more gets this many
LONGEST_QUERY_STRING = 8_192  # bytes, before percent-decoding; Sanic takes headers up to 16,384
MOST_FILTERS = 50
MOST_SELECT_ITEMS = 200  # in all, embedded ones included
DEEPEST_SELECT = 10  # levels of embedding
MOST_ORDER_TERMS = 20
MOST_LIST_VALUES = 1000  # in one in.(…)
DEEPEST_JSON = 32  # levels of arrays and objects in a body
LONGEST_NUMBER = 30  # digits
LARGEST_EXPONENT = 60  # of a number written as 1e5: no more digits than these after spelling out
LARGEST_OFFSET = 2**63 - 1  # PostgreSQL's bigint
