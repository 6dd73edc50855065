"""
The path of a customer to the source of influence: who referred them, who referred that partner, and so on.

The customer's own edge, and those of partners who came since the last walk, are read as they are now; the rest is
the walk's, whose forest has no rings. So a path ends, whatever the data.
"""

from chalicelib.graph.edges import edge_of, read_people
from chalicelib.graph.forest import Cycle, Edge
from chalicelib.graph.read import NodeReader
from chalicelib.graph.shapes import CycleView, EdgeView, Ended, PathView, SourceQuery, SourceView
from chalicelib.graph.table import Graph, find_graph
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.referrals.find import CustomerProfile, find, find_account
from chalicelib.referrals.table import Referral

# Programs whose paths are in one answer; edges that are read as they are now; sheets of nodes that a path reads.
MOST_PROGRAMS, _MOST_NEW, MOST_SHEETS = 5, 3, 12


def show_source(reference: str, query: SourceQuery) -> SourceView:
    """Return a customer's paths: of one program, or of the first five that they were referred to."""
    program_id = programs.find(query.program).program.id if query.program is not None else None
    profile = find(reference, program_id)
    merged = profile.customer.merged_into
    account = find_account(merged) if merged is not None else profile
    assert account is not None, "a guest's account is there"
    paths, more = read_paths(account, program_id)
    return SourceView("source", account.customer.customer_id, paths, more)


def read_paths(
    profile: CustomerProfile, program_id: str | None = None, *, most_programs: int = MOST_PROGRAMS
) -> tuple[list[PathView], bool]:
    """Return the paths of a customer who was not merged, the oldest referral's first; and whether there are more."""
    own = [one for one in profile.referrals if program_id in (None, one.program_id)]
    own.sort(key=lambda one: (one.bound_at, one.program_id))
    return [_path(one) for one in own[:most_programs]], len(own) > most_programs


def _path(referral: Referral) -> PathView:
    edges = [edge_of(referral)]
    graph = find_graph(referral.program_id)
    reader = NodeReader(graph, referral.program_id) if graph is not None else None
    place = None
    for _ in range(_MOST_NEW):
        partner = _survivor(edges[-1].by)
        place = reader.place_of(partner) if reader is not None else None
        if place is not None:
            break
        above = _edge_now(partner, referral.program_id)
        if above is None:
            return _end(referral, edges, partner, "source")
        if above.by == partner or any(edge.customer == above.customer for edge in edges):
            return _end(referral, edges, partner, "cycle", Cycle(partner, above, [partner]))
        edges.append(above)
    else:
        return _end(referral, edges, edges[-1].by, "cut")
    assert reader is not None, "who has a place is in a graph"
    assert graph is not None, "who has a place is in a graph"
    node = reader.node_at(place)
    while node.parent is not None and node.edge is not None:
        if reader.sheets >= MOST_SHEETS:
            return _end(referral, edges, node.partner, "cut")
        edges.append(node.edge)
        node = reader.node_at(node.parent)
    if node.cut:
        return _end(referral, edges, node.partner, "cycle", _cycle_of(graph, node.partner, node.edge))
    return _end(referral, edges, node.partner, "source")


def _survivor(partner_id: str) -> str:
    row = partners.find_rows([partner_id]).get(partner_id)
    return (row.merged_into if row is not None else None) or partner_id


def _edge_now(partner_id: str, program_id: str) -> Edge | None:
    """Return the edge of a partner as it is now, with those of their duplicates."""
    row = partners.find_rows([partner_id]).get(partner_id)
    if row is None:
        return None
    family = [row, *partners.find_rows(row.duplicates or ()).values()]
    edges = [person.edge for person in read_people(family, program_id) if person.edge is not None]
    return min(edges, key=lambda edge: (edge.bound_at, edge.customer), default=None)


def _cycle_of(graph: Graph, partner: str, edge: Edge | None) -> Cycle | None:
    """Return the ring that a partner's edge closes; of very many rings, its partners are not stored."""
    named = next((one for one in graph.cycles if one.partner == partner), None)
    return named or (Cycle(partner, edge, [partner]) if edge is not None else None)


def _end(referral: Referral, edges: list[Edge], source: str, ended: Ended, cycle: Cycle | None = None) -> PathView:
    views = [EdgeView.of(edge) for edge in edges]
    return PathView(referral.program_id, views, source, ended, CycleView.of(cycle) if cycle is not None else None)
