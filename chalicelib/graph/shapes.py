"""The API's queries and answers for the graph."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import ListQuery, Locale, Reference

# No start of the API waits for what computes them.
if TYPE_CHECKING:
    from chalicelib.graph.forest import Cycle, Edge, Node, Source

MOST_DEPTH = 6
Ended = Literal["source", "cycle", "cut"]


class SourcesQuery(ListQuery, forbid_unknown_fields=True):
    """
    Which page of the sources, those with most through them first.

    A CSV has the first ten thousand, and the rest in one line; with a `locale`, it has the separator that spreadsheets
    of that language expect.
    """

    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class TreeQuery(ListQuery, forbid_unknown_fields=True):
    """How deep to look, and which page; and the program, if the partner takes part in several."""

    program: Reference | None = None
    depth: Annotated[int, Meta(ge=1, le=MOST_DEPTH, description="how many levels below the partner are listed")] = (
        MOST_DEPTH
    )


class SourceQuery(Struct, forbid_unknown_fields=True):
    """The program, if only one is needed."""

    program: Reference | None = None


class EdgeView(Struct, frozen=True):
    """
    That a partner referred a customer. `touch` is by a link, whose `code` it is, by an introduction, or by an admin.

    `conversion` is the one that bound them: null in referrals of before it was stored.
    """

    customer: str
    partner: str
    bound_at: str
    touched_at: str
    touch: Literal["link", "introduction", "admin"]
    code: str | None
    introduction: str | None
    conversion: str | None

    @classmethod
    def of(cls, edge: "Edge") -> "EdgeView":
        """Return an edge as the API answers it."""
        return cls(
            customer=edge.customer,
            partner=edge.by,
            bound_at=instants.text(edge.bound_at),
            touched_at=instants.text(edge.touched_at),
            touch="introduction" if edge.introduction else "link" if edge.code_key is not None else "admin",
            code=edge.code_key,
            introduction=edge.introduction,
            conversion=edge.conversion,
        )


class CycleView(Struct, frozen=True):
    """An edge that does not count, because it closes a ring and was bound last; at most twenty of its partners."""

    partner: str
    edge: EdgeView
    partners: list[str]

    @classmethod
    def of(cls, cycle: "Cycle") -> "CycleView":
        """Return a cycle as the API answers it."""
        return cls(cycle.partner, EdgeView.of(cycle.edge), cycle.partners)


class GraphSums(Struct, frozen=True):
    """Sums in minor units, net of refunds: `own` is what people bought themselves, `through` what was attributed."""

    own: int
    through: int


class SourceRow(Struct, frozen=True):
    """
    A source: a partner whom nobody in the program brought, and what flows through them in minor units, net of refunds.

    `own` is what they bought themselves; `direct` what they are credited with; `through` that, and the same of all
    partners who came by them. `partners` are these, `customers` all who bought by any of them.
    """

    rank: int
    partner: str
    own: int
    direct: int
    through: int
    partners: int
    customers: int
    depth: int

    @classmethod
    def of(cls, rank: int, source: "Source") -> "SourceRow":
        """Return a source as the API answers it."""
        one = source
        return cls(rank, one.partner, one.own, one.direct, one.through, one.partners, one.customers, one.depth)


class SourcesView(Struct, frozen=True):
    """
    The sources of a program, as the last nightly walk stored them: what was counted before `as_of`.

    The `through` of all sources is the program's attributed revenue, to the cent. Not `complete`: the walk had no time
    for something, or no place. `as_of` is null before the first walk.
    """

    object: Literal["sources"]
    program: str
    currency: str
    as_of: str | None
    complete: bool
    partners: int
    sources: int
    totals: GraphSums
    cycle_count: int
    cycles: list[CycleView]
    data: list[SourceRow]
    has_more: bool
    next_cursor: str | None


class TreeRow(Struct, frozen=True):
    """
    A partner in a tree, and what flows through them. `edge` is how they came: null for one whom nobody brought.

    If `cut`, that edge closes a ring, and does not count. `below` are all partners who came by them.
    """

    partner: str
    parent: str | None
    depth: int
    edge: EdgeView | None
    cut: bool
    own: int
    direct: int
    through: int
    customers: int
    below: int

    @classmethod
    def of(cls, node: "Node", *, parent: str | None, depth: int) -> "TreeRow":
        """Return a node as the API answers it; *depth* is below the partner whose tree it is."""
        edge = EdgeView.of(node.edge) if node.edge is not None else None
        numbers = (node.own, node.direct, node.through, node.customers, node.size - 1)
        return cls(node.partner, parent, depth, edge, node.cut, *numbers)


class TreeView(Struct, frozen=True):
    """
    A partner's tree in a program, each partner before those they brought; those with most through them first.

    A page may be shorter than its `limit` in a very large tree. `hidden` is how many partners are deeper than `depth`,
    below those of this page.
    """

    object: Literal["tree"]
    partner: str
    program: str
    currency: str
    as_of: str | None
    complete: bool
    depth: int
    data: list[TreeRow]
    hidden: int
    has_more: bool
    next_cursor: str | None


class PathView(Struct, frozen=True):
    """
    How a customer came to a program: from their own edge up to the source of influence.

    `source` is the partner at the end. `ended` says why it ends there: `source`, nobody brought them; `cycle`, their
    own edge closes the ring of `cycle`, and does not count; `cut`, there are more than were read.
    """

    program: str
    edges: list[EdgeView]
    source: str
    ended: Ended
    cycle: CycleView | None


class SourceView(Struct, frozen=True):
    """The paths of a customer to their sources: one for each program that they were referred to, at most five."""

    object: Literal["source"]
    customer: str
    data: list[PathView]
    has_more: bool
