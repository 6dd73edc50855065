"""The tree of a partner: whom they brought to a program, and whom these brought, to some depth."""

from chalicelib.graph.forest import Node
from chalicelib.graph.read import NodeReader
from chalicelib.graph.shapes import TreeQuery, TreeRow, TreeView
from chalicelib.graph.table import Graph, find_graph
from chalicelib.kit import cursors, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.partners import find as partners
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

# A page reads at most so many sheets of two hundred nodes: those that are too deep are passed over.
_MOST_SHEETS = 12


def show_tree(reference: str, query: TreeQuery) -> TreeView:
    """Return a page of a partner's tree. Reads the graph, a sheet of places, and at most twelve sheets of nodes."""
    profile = partners.find_survivor(reference)
    program = _program_of(profile, query.program)
    return read_tree(profile.partner.id, program, query)


def read_tree(partner_id: str, program: Program, query: TreeQuery) -> TreeView:
    """Return a page of the tree of a partner who was not merged into another."""
    graph = find_graph(program.id)
    reader = NodeReader(graph, program.id) if graph is not None else None
    begin = reader.place_of(partner_id) if reader is not None else None
    as_of = instants.text(graph.as_of) if graph is not None else None
    list_name = f"tree of {partner_id} in {program.id} to {query.depth} as of {as_of}"
    position = cursors.read(query.cursor, of=list_name)
    if graph is None or reader is None or begin is None:
        # Nothing is stored of who neither brought, nor was brought, nor bought.
        return _view(partner_id, program, graph, query, [TreeRow(partner_id, None, 0, None, False, 0, 0, 0, 0, 0)])
    root = reader.node_at(begin)
    end, place = begin + root.size, int(position["place"]) if position is not None else begin
    several: list[Node] = []
    hidden = 0
    while place < end and len(several) < query.limit and reader.sheets < _MOST_SHEETS:
        node = reader.node_at(place)
        several.append(node)
        at_the_bottom = node.depth - root.depth == query.depth
        hidden += node.size - 1 if at_the_bottom else 0
        # The subtree of a node is a range, so what is deeper is passed over without being read.
        place += node.size if at_the_bottom else 1
    parents = [one.parent for one in several if one.parent is not None]
    names = dict(zip(parents, (node.partner for node in reader.nodes_at(parents)), strict=True))
    rows = [
        TreeRow.of(one, parent=names.get(one.parent) if one.parent is not None else None, depth=one.depth - root.depth)
        for one in several
    ]
    cursor = cursors.write({"place": place}, of=list_name) if place < end else None
    return _view(partner_id, program, graph, query, rows, hidden=hidden, cursor=cursor)


def _program_of(profile: PartnerProfile, reference: str | None) -> Program:
    if reference is not None:
        return programs.find(reference).program
    several = [one.program_id for one in profile.enrollments]
    if len(several) != 1:
        raise InvalidValue("Name the `program`: the partner is in none or in several.", pointer="/program")
    return programs.find(several[0]).program


def _view(
    partner_id: str,
    program: Program,
    graph: Graph | None,
    query: TreeQuery,
    rows: list[TreeRow],
    *,
    hidden: int = 0,
    cursor: str | None = None,
) -> TreeView:
    return TreeView(
        object="tree",
        partner=partner_id,
        program=program.id,
        currency=program.currency,
        as_of=instants.text(graph.as_of) if graph is not None else None,
        complete=graph is not None and graph.complete,
        depth=query.depth,
        data=rows,
        hidden=hidden,
        has_more=cursor is not None,
        next_cursor=cursor,
    )
