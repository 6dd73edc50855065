"""
The forest of a program's partners: who brought whom, and what flows through each.

Pure: no I/O, no clock. Takes and gives money in minor units. Memory grows with the partners; time, a little faster.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

# Of a ring of more partners, so many are named.
MOST_NAMED = 20


class Edge(Struct, frozen=True, array_like=True):
    """
    That a partner is a customer whom another partner referred.

    *conversion* is the one that bound them, if it was stored. They came by the link of *code_key*, or by an
    introduction; by neither, if an admin made the referral.
    """

    customer: str
    by: str
    bound_at: datetime
    touched_at: datetime
    conversion: str | None = None
    code_key: str | None = None
    introduction: str | None = None


class Person(Struct, frozen=True, array_like=True):
    """A partner of the program, as a walk read them: whom they were merged into, and which customers they are."""

    partner: str
    merged_into: str | None = None
    customers: list[str] = []
    edge: Edge | None = None


class Node(Struct, array_like=True):
    """
    A partner in the forest. *parent* is the place of who brought them, *size* how many are in their subtree.

    *own* is what they bought themselves, *direct* what they are credited with, *through* the same of their subtree. If
    *cut*, their own edge closes a ring and does not count.
    """

    partner: str
    depth: int
    parent: int | None
    edge: Edge | None
    size: int = 1
    customers: int = 0
    own: int = 0
    direct: int = 0
    through: int = 0
    cut: bool = False


class Source(Struct, frozen=True, array_like=True):
    """A root of the forest: the place of its node, and what its tree has. *customers* are those who bought."""

    partner: str
    place: int
    own: int
    direct: int
    through: int
    partners: int
    customers: int
    depth: int


class Cycle(Struct, frozen=True, array_like=True):
    """An edge that does not count: of the ring that it closes, it was bound last. At most twenty *partners* of it."""

    partner: str
    edge: Edge
    partners: list[str]


class Forest(Struct, frozen=True):
    """Partners in preorder, each tree after the other; the sources of it, and the edges that were cut."""

    nodes: list[Node]
    sources: list[Source]
    cycles: list[Cycle]


def build(
    people: Sequence[Person],
    *,
    direct: Mapping[str, int],
    customers: Mapping[str, int],
    own: Mapping[str, int],
) -> Forest:
    """
    Return the forest of some people; merged ones are one partner.

    *direct* is what each is credited with, and *customers* how many of these bought, by the id that it is counted
    under; *own* is what each bought. Partners of whom there is nothing to tell have no node.
    """
    survivors = {one.partner: one.merged_into for one in people if one.merged_into is not None}
    edges = _first_edges(people, survivors)
    cycles = _cut(edges)
    folded = [_folded(one, survivors) for one in (direct, customers, own)]
    children: dict[str, list[str]] = defaultdict(list)
    for child, edge in edges.items():
        if edge is not None:
            children[edge.by].append(child)
    members = {one for several in folded for one, value in several.items() if value}
    members |= {*children, *(cycle.partner for cycle in cycles), *(one for one, edge in edges.items() if edge)}
    through, size = _sums(members, edges, children, folded[0])
    nodes: list[Node] = []
    sources: list[Source] = []
    cut = {cycle.partner: cycle for cycle in cycles}
    roots = [one for one in members if edges.get(one) is None]
    for root in sorted(roots, key=lambda one: (-through[one], -folded[2].get(one, 0), one)):
        place = len(nodes)
        pending: list[tuple[str, int, int | None]] = [(root, 0, None)]
        while pending:
            partner, depth, parent = pending.pop()
            edge = edges.get(partner) or (cut[partner].edge if partner in cut else None)
            bought, own_, direct_ = (one.get(partner, 0) for one in (folded[1], folded[2], folded[0]))
            node = Node(partner, depth, parent, edge, size[partner], bought, own_, direct_, through[partner])
            node.cut = partner in cut
            below = sorted(children.get(partner, ()), key=lambda one: (-through[one], one))
            pending += ((child, depth + 1, len(nodes)) for child in reversed(below))
            nodes.append(node)
        sources.append(_source(place, nodes[place:]))
    return Forest(nodes, sources, cycles)


def _first_edges(people: Iterable[Person], survivors: Mapping[str, str]) -> dict[str, Edge | None]:
    """Return the edge of each partner that counts: of several customers who they are, the one who was bound first."""
    edges: dict[str, Edge | None] = {}
    for person in people:
        partner = survivors.get(person.partner, person.partner)
        before = edges.setdefault(partner, None)
        edge = person.edge
        if edge is not None and (before is None or _order(edge) < _order(before)):
            edges[partner] = replace(edge, by=survivors.get(edge.by, edge.by))
    return edges


def _order(edge: Edge) -> tuple[datetime, str]:
    return edge.bound_at, edge.customer


def _cut(edges: dict[str, Edge | None]) -> list[Cycle]:
    """Take the edge that was bound last out of each ring, and return these."""
    cycles: list[Cycle] = []
    done: set[str] = set()
    for begin in edges:
        path: dict[str, None] = {}
        partner: str | None = begin
        while partner is not None and partner not in done and partner not in path:
            path[partner] = None
            edge = edges.get(partner)
            partner = edge.by if edge is not None else None
        if partner is not None and partner in path:
            walked = list(path)
            ring = {one: edge for one in walked[walked.index(partner) :] if (edge := edges[one]) is not None}
            last = max(ring, key=lambda one: (_order(ring[one]), one))
            cycles.append(Cycle(last, ring[last], sorted(ring)[:MOST_NAMED]))
            edges[last] = None
        done.update(path)
    return cycles


def _folded(values: Mapping[str, int], survivors: Mapping[str, str]) -> dict[str, int]:
    """Return the values of merged partners as their survivor's."""
    folded: dict[str, int] = defaultdict(int)
    for partner, value in values.items():
        folded[survivors.get(partner, partner)] += value
    return folded


def _sums(
    members: Iterable[str],
    edges: Mapping[str, Edge | None],
    children: Mapping[str, list[str]],
    direct: Mapping[str, int],
) -> tuple[dict[str, int], dict[str, int]]:
    """Return what flows through each partner, and how many are in each one's tree: leaves first."""
    through = {one: direct.get(one, 0) for one in members}
    size = dict.fromkeys(through, 1)
    missing = {one: len(children.get(one, ())) for one in through}
    ready = [one for one, number in missing.items() if not number]
    while ready:
        partner = ready.pop()
        edge = edges.get(partner)
        if edge is None:
            continue
        through[edge.by] += through[partner]
        size[edge.by] += size[partner]
        missing[edge.by] -= 1
        if not missing[edge.by]:
            ready.append(edge.by)
    return through, size


def _source(place: int, nodes: Sequence[Node]) -> Source:
    root = nodes[0]
    return Source(
        root.partner,
        place,
        root.own,
        root.direct,
        root.through,
        root.size - 1,
        sum(node.customers for node in nodes),
        max(node.depth for node in nodes),
    )
