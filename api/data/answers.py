"""Answering: what PostgreSQL gave becomes a status, headers and a body."""

from urllib.parse import quote, urlencode

from api.data.errors import DataError
from api.data.params import Pairs
from api.data.plan import Plan
from api.data.running import Answer

Headers = list[tuple[str, str]]


def respond(plan: Plan, answer: Answer, path: str, pairs: Pairs = ()) -> tuple[int, Headers, bytes]:
    """The status, headers and body of the response to a request.

    Statuses and Content-Range are PostgREST's:
    https://docs.postgrest.org/en/v12/references/api/pagination_count.html

    Args:
        plan: what was asked.
        answer: what PostgreSQL gave.
        path: of the request, for the link to the next page.
        pairs: of its query string, likewise.

    Raises:
        DataError: what a function put into `response.error`.
    """
    status, headers, told = answer.status, answer.headers, answer.error
    if told is not None:
        texts = (told.get("details"), told.get("hint"), dict(headers))
        raise DataError(status or 400, told["code"], told["message"], *texts)
    if plan.accept.explain:
        return 200, [("Content-Type", plan.accept.content_type)], answer.body or b""
    if plan.gives_nothing:
        return status or 204, headers, b""
    rows, total = answer.rows, answer.total
    made = _headers(plan, rows, total)
    if plan.is_list and rows and answer.more:
        made.append(("Link", f'<{_next(plan, answer.last_key, path, pairs)}>; rel="next"'))
    partial = total is not None and rows is not None and rows < total
    given = {name.lower() for name, _ in headers}
    made = [(name, value) for name, value in made if name.lower() not in given]
    return status or (206 if partial else 200), [*made, *headers], answer.body or b""


def _headers(plan: Plan, rows: int | None, total: int | None) -> Headers:
    """What is told about a body: its type, its place among all rows, preferences that counted."""
    first, all_rows = plan.rows.page.offset, "*" if total is None else str(total)
    made = [("Content-Type", plan.accept.content_type)]
    if rows is not None or total is not None:
        place = f"{first}-{first + rows - 1}" if rows and total != 0 else "*"
        made.append(("Content-Range", f"{place}/{all_rows}"))
    if plan.preferences.applied:
        made.append(("Preference-Applied", ", ".join(plan.preferences.applied)))
    return made


def _next(plan: Plan, last_key: str | None, path: str, pairs: Pairs) -> str:
    """Where the next page is: after the last row where the order is by a key, else so many on."""
    page = plan.rows.page
    kept = [pair for pair in pairs if pair[0] not in {"limit", "offset"}]
    following = [("limit", str(page.limit))]
    if plan.page_key and last_key is not None:
        key, beyond = plan.page_key
        # What stood there for this page is implied by what is to stand there.
        kept = [pair for pair in kept if pair[0] != key or not pair[1].startswith(f"{beyond}.")]
        kept.append((key, f"{beyond}.{last_key}"))
    else:
        following.append(("offset", str(page.offset + (page.limit or 0))))
    # Quoting leaves nothing that could end the header or the <…> around the link.
    return f"{quote(path, safe='/%')}?{urlencode([*kept, *following], safe='.,()*:')}"
