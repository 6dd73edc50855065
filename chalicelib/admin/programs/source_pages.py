"""Shows a program's sources, drawn and as a table: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from typing import Any

from chalicelib.admin.english import day, money, number
from chalicelib.admin.names import names_of
from chalicelib.admin.page import AdminPage
from chalicelib.graph.drawing import Line, draw
from chalicelib.graph.outline import Outlined, outline
from chalicelib.graph.read import NodeReader, read_sources
from chalicelib.graph.shapes import CycleView, SourceRow, SourcesQuery, SourcesView
from chalicelib.graph.sources import MOST_IN_FILE, list_sources, save_sources
from chalicelib.graph.table import Graph, find_graph
from chalicelib.kit import bodies
from chalicelib.kit.responses import Document
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

_A_PAGE = 50
# Of the drawing: sources, levels below them, partners whom each brought, and lines in all.
_DRAWN, _DEPTH, _EACH, _LINES = 8, 2, 4, 40
_CYCLES = 5


def page(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show a page of a program's sources; the first one also draws those with most through them."""
    program = programs.find(reference).program
    cursor = fields.get("cursor", "")
    view = list_sources(program.id, _query(cursor))
    graph = find_graph(program.id)
    drawn = _outline(program.id, graph) if graph is not None and not cursor else []
    cycles = view.cycles[:_CYCLES]
    named = {one.partner for one in view.data} | {one.node.partner for one in drawn}
    names = names_of(named | {partner for cycle in cycles for partner in cycle.partners})
    values = {
        "program": program,
        "view": view,
        "drawing": draw(_lines(program, view, drawn, names)) if drawn else None,
        "drawn": [_drawn(one, program, names) for one in drawn],
        "through": money(view.totals.through, view.currency),
        "own": money(view.totals.own, view.currency),
        "rows": [_row(one, view.currency, names) for one in view.data],
        "cycles": [_cycle(one, names) for one in cycles],
        "most_in_file": MOST_IN_FILE,
        "begun": bool(cursor),
    }
    return AdminPage("sources", "programs", "Sources", values)


def save(reference: str) -> Document:
    """Return the file of a program's sources, with the partners' names."""
    program = programs.find(reference).program
    graph = find_graph(program.id)
    listed = read_sources(graph, program.id, first=0, most=MOST_IN_FILE) if graph is not None else []
    names = {one: row.name for one, row in partners.find_rows([source.partner for source in listed]).items()}
    return save_sources(program.id, names=names, locale="en")


def _query(cursor: str) -> SourcesQuery:
    fields = {"limit": str(_A_PAGE)} | ({"cursor": cursor} if cursor else {})
    return bodies.typed(fields, SourcesQuery, strict=False)


def _outline(program_id: str, graph: Graph) -> list[Outlined]:
    places = [source.place for source in read_sources(graph, program_id, first=0, most=_DRAWN)]
    return outline(NodeReader(graph, program_id), places, depth=_DEPTH, each=_EACH, most=_LINES)


def _lines(program: Program, view: SourcesView, drawn: list[Outlined], names: Mapping[str, str]) -> list[Line]:
    top = Line(0, program.name, money(view.totals.through, view.currency), view.totals.through)
    lines = [top]
    for one in drawn:
        node = one.node
        words = money(node.through, view.currency) + (f", and {number(one.left_out)} more" if one.left_out else "")
        lines.append(Line(one.depth + 1, names.get(node.partner, node.partner), words, node.through))
    return lines


def _drawn(one: Outlined, program: Program, names: Mapping[str, str]) -> dict[str, Any]:
    edge = one.node.edge if one.depth else None
    return {
        "id": one.node.partner,
        "name": names.get(one.node.partner, one.node.partner),
        "by": names.get(edge.by, edge.by) if edge is not None else "",
        "through": money(one.node.through, program.currency),
        "left_out": number(one.left_out) if one.left_out else "",
    }


def _row(one: SourceRow, currency: str, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "rank": number(one.rank),
        "id": one.partner,
        "name": names.get(one.partner, one.partner),
        "own": money(one.own, currency),
        "direct": money(one.direct, currency),
        "through": money(one.through, currency),
        "partners": number(one.partners),
        "customers": number(one.customers),
    }


def _cycle(one: CycleView, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "partner": one.partner,
        "name": names.get(one.partner, one.partner),
        "ring": ", ".join(names.get(partner, partner) for partner in one.partners),
        "since": day(one.edge.bound_at),
    }
