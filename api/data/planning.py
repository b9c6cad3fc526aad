"""Planning: a parsed query meets the catalogue and becomes a tree of known things only."""

from dataclasses import dataclass, field, replace

from api.data.catalogue import Catalogue, Relation
from api.data.embedding import find_relationship
from api.data.errors import DataError, bad_range, bad_syntax
from api.data.headers import ANYTHING, KNOWN, Accept, Media, Preferences, not_acceptable
from api.data.limits import Limits
from api.data.params import Page, Query
from api.data.plan import (
    LISTS,
    SHAPES,
    Call,
    Child,
    Node,
    Ordering,
    Plan,
    Shape,
    Value,
    Writer,
)
from api.data.scope import Scope
from api.data.selection import Embed, SelectItem, Star


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the headers of a request ask for."""

    accepts: tuple[Accept, ...] = (Accept(),)
    preferences: Preferences = field(default_factory=Preferences)
    rows: tuple[int, int | None] | None = None  # of Range
    body: bool = True


class Planner:
    """Plans queries over a catalogue, within limits."""

    def __init__(self, catalogue: Catalogue, limits: Limits) -> None:
        self.catalogue = catalogue
        self.limits = limits

    def read(self, relation: Relation, query: Query, wishes: Wishes) -> Plan:
        """The plan that reads a relation.

        Raises:
            DataError: a name is unknown, relations are not related, a page cannot be.
        """
        return self._finish(
            Plan(self._node(relation, relation, _items(query), query)), query, wishes
        )

    def call(self, call: Call, query: Query, wishes: Wishes) -> Plan:
        """The plan that calls a function.

        Raises:
            DataError: as `read`; also when a result without columns is filtered.
        """
        function = call.function
        shape = SHAPES[function.result]
        most = wishes.preferences.max_affected
        if most is not None and shape not in LISTS:
            message = "Function must return SETOF or TABLE when max-affected preference is used"
            raise DataError(400, "PGRST128", f"{message} with handling=strict")
        if function.rows is not None:
            node = self._node(call, function.rows, _items(query), query)
        elif query.select or query.filters or query.orders:
            what = "has no columns to select, filter or order by"
            raise bad_syntax(f"The result of '{function.name}' {what}")
        else:
            node = Node(call, page=query.page)
        if shape not in LISTS:
            wishes = replace(wishes, rows=None)
            if query.filters or query.orders or query.pages:
                # What such a function did would be done, and its answer left out.
                what = "is no list: it has no rows to filter, order or page"
                raise bad_syntax(f"The result of '{function.name}' {what}")
        return self._finish(Plan(node, shape), query, wishes)

    def _node(
        self,
        source: Relation | Call,
        relation: Relation,
        items: tuple[SelectItem, ...],
        query: Query,
    ) -> Node:
        embeds = [item for item in items if isinstance(item, Embed)]
        parts = query.split([(embed.alias, embed.relation) for embed in embeds])
        children = tuple(
            self._child(relation, embed, part) for embed, part in zip(embeds, parts, strict=True)
        )
        scope = Scope(relation, embeds, children, self.catalogue)
        outputs = {output.label: output for output in scope.outputs(items)}
        return Node(
            source,
            tuple(outputs.values()),
            tuple(scope.condition(condition) for where, condition in query.filters if not where),
            tuple(scope.ordering(term) for term in query.order),
            query.page,
            children,
        )

    def _child(self, relation: Relation, embed: Embed, query: Query) -> Child:
        way = find_relationship(self.catalogue, relation, embed)
        target = self.catalogue.relations[way.target]
        node = self._node(target, target, embed.items, query)
        page = replace(node.page, limit=self._bounded(node.page.limit))
        return Child(replace(node, page=page), way, embed.inner, embed.spread)

    def _bounded(self, limit: int | None) -> int | None:
        most = self.limits.largest_page
        return limit if most is None else min(most, most if limit is None else limit)

    def _finish(self, plan: Plan, query: Query, wishes: Wishes) -> Plan:
        """The plan with its page, its order and what its answer is to look like."""
        limit, offset = _rows(plan.node.page, wishes.rows)
        plan = replace(plan, preferences=wishes.preferences, body=wishes.body)
        plan = self._negotiated(plan, wishes.accepts, whole=_items(query) == (Star(),))
        if not plan.streams:
            # A stream is never whole in memory, here or there: it ends where the client says.
            limit = self._bounded(self.limits.default_page if limit is None else limit)
        order = plan.node.order
        relation = plan.node.source if isinstance(plan.node.source, Relation) else None
        paged = limit is not None and self.limits.default_page is not None
        if not order and relation and paged:
            # Pages must not overlap: without a wish, rows come in the order of their key.
            order = tuple(Ordering(Value(relation.columns[name])) for name in relation.key)
        one = plan.accept.media == Media.OBJECT
        shapes = {Shape.ROWS: Shape.ROW, Shape.VALUES: Shape.VALUE} if one else {}
        return replace(
            plan,
            node=replace(plan.node, order=order, page=Page(limit, offset)),
            shape=shapes.get(plan.shape, plan.shape),
            exactly_one=one and plan.shape in {Shape.ROWS, Shape.ROW, Shape.VALUES},
            page_key=_page_key(relation, order),
            counted=self.limits.largest_page,
        )

    def _negotiated(self, plan: Plan, accepts: tuple[Accept, ...], *, whole: bool) -> Plan:
        """The plan with the first body that the client would take and that can be written.

        Args:
            plan: so far.
            accepts: what the client would take.
            whole: whether rows are shown as they are, so that what is made for them can write them.
        """
        source = plan.node.source
        function = source.function if isinstance(source, Call) else None
        rows = source.function.rows if isinstance(source, Call) else source
        name = (rows.schema, rows.name) if rows and whole else None
        handlers = self.catalogue.handlers
        for accept in accepts:
            anything = replace(accept, media="application/octet-stream")
            if function and function.media in {accept.media, ANYTHING}:
                told = anything if function.media == ANYTHING else accept
                return replace(plan, accept=told, writer=Writer())
            if (name, ANYTHING) in handlers:
                return replace(plan, accept=anything, writer=Writer(handlers[name, ANYTHING], name))
            for rows_of in (name, None):
                if found := handlers.get((rows_of, accept.media)):
                    return replace(plan, accept=accept, writer=Writer(found, rows_of))
            if accept.media == ANYTHING:
                return replace(plan, accept=replace(accept, media=Media.JSON))
            if accept.media in KNOWN:
                return replace(plan, accept=accept)
        raise not_acceptable(accepts)


def _items(query: Query) -> tuple[SelectItem, ...]:
    return (Star(),) if query.select is None else query.select


def _rows(page: Page, rows: tuple[int, int | None] | None) -> tuple[int | None, int]:
    """What a page and a Range header have in common."""
    if rows is None:
        return page.limit, page.offset
    first, last = rows
    offset = max(page.offset, first)
    ends = [] if page.limit is None else [page.offset + page.limit]
    ends += [] if last is None else [last + 1]
    limit = min(ends) - offset if ends else None
    if limit is not None and limit < 0:
        raise bad_range("The Range header and limit or offset have no row in common.")
    return limit, offset


def _page_key(relation: Relation | None, order: tuple[Ordering, ...]) -> str | None:
    if relation is None or len(order) != 1 or order[0].child is not None or order[0].value.steps:
        return None
    name = order[0].value.column.name
    return name if name in relation.unique else None
