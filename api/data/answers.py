"""Answering: what PostgreSQL gave becomes a status, headers and a body."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from api.data.headers import Media
from api.data.plan import LISTS, Plan, Shape
from api.data.running import Answer


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An HTTP response, whatever the server."""

    status: int
    headers: dict[str, str]
    body: bytes


def respond(plan: Plan, answer: Answer, path: str, pairs: Sequence[tuple[str, str]]) -> HttpAnswer:
    """The response to a request.

    Statuses and Content-Range are PostgREST's:
    https://docs.postgrest.org/en/v12/references/api/pagination_count.html

    Args:
        plan: what was asked.
        answer: what PostgreSQL gave.
        path: of the request, for the link to the next page.
        pairs: of its query string, likewise.
    """
    if plan.shape is Shape.NOTHING:
        return HttpAnswer(204, {}, b"")
    rows = min(answer.found, plan.limit)
    first, last = plan.offset, plan.offset + rows - 1
    total = "*" if answer.total is None else str(answer.total)
    media = Media.OBJECT if plan.exactly_one else Media.JSON
    headers = {
        "Content-Type": f"{media.value}; charset=utf-8",
        "Content-Range": f"{first}-{last}/{total}" if rows else f"*/{total}",
    }
    if applied := plan.preferences.applied():
        headers["Preference-Applied"] = applied
    if plan.shape in LISTS and rows and answer.found > plan.limit:
        headers["Link"] = f'<{_next(plan, path, pairs)}>; rel="next"'
    partial = answer.total is not None and rows < answer.total
    return HttpAnswer(206 if partial else 200, headers, answer.body or b"null")


def _next(plan: Plan, path: str, pairs: Sequence[tuple[str, str]]) -> str:
    kept = [(name, value) for name, value in pairs if name not in {"limit", "offset"}]
    page = [("limit", str(plan.limit)), ("offset", str(plan.offset + plan.limit))]
    # Quoting leaves nothing that could end the header or the <…> around the link.
    return f"{quote(path, safe='/%')}?{urlencode([*kept, *page], safe='.,()*:')}"
