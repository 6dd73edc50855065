"""The sources of a program: partners whom nobody in it brought, by what flows through them; as JSON by page, or CSV."""

from collections.abc import Iterator, Mapping, Sequence

from chalicelib.graph.forest import Source
from chalicelib.graph.read import read_sources
from chalicelib.graph.shapes import CycleView, GraphSums, SourceRow, SourcesQuery, SourcesView
from chalicelib.graph.table import Graph, find_graph
from chalicelib.kit import csv_text, cursors, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

MOST_IN_FILE = 10_000
_COLUMNS = ("rank", "partner", "own", "direct", "through", "partners", "customers", "depth", "currency")


def list_sources(reference: str, query: SourcesQuery) -> SourcesView:
    """Return a page of a program's sources. Reads the graph and one sheet of a thousand; two at its end."""
    program = programs.find(reference).program
    graph = find_graph(program.id)
    list_name = f"sources of {program.id} as of {instants.text(graph.as_of) if graph is not None else None}"
    position = cursors.read(query.cursor, of=list_name)
    if graph is None:
        return _view(program, None, [], first=0, cursor=None)
    first = int(position["rank"]) if position is not None else 0
    listed = read_sources(graph, program.id, first=first, most=query.limit)
    following = first + len(listed)
    more = bool(listed) and following < graph.sources
    cursor = cursors.write({"rank": following}, of=list_name) if more else None
    return _view(program, graph, listed, first=first, cursor=cursor)


def save_sources(reference: str, *, names: Mapping[str, str] | None = None, locale: str | None = None) -> Document:
    """
    Return the sources as CSV, with the partners' *names* if they are given: the file adds up to what was attributed.

    Those behind the first ten thousand are in one line.
    """
    program = programs.find(reference).program
    graph = find_graph(program.id)
    listed = read_sources(graph, program.id, first=0, most=MOST_IN_FILE) if graph is not None else []
    header = list(_COLUMNS)
    if names is not None:
        header.insert(2, "name")
    text = csv_text.written(header, _lines(program, graph, listed, names), dialect=spreadsheet_of(locale))
    day = instants.text(graph.as_of)[:10] if graph is not None else "none"
    return Document(text, "text/csv; charset=utf-8", f"sources-{day}.csv")


def first_sources(program: Program, *, most: int) -> tuple[Graph | None, list[Source]]:
    """Return a program's graph and its first sources."""
    graph = find_graph(program.id)
    return graph, read_sources(graph, program.id, first=0, most=most) if graph is not None else []


def _lines(
    program: Program, graph: Graph | None, listed: Sequence[Source], names: Mapping[str, str] | None
) -> Iterator[list[Cell]]:
    for number, one in enumerate(listed, start=1):
        name: list[Cell] = [names.get(one.partner, "")] if names is not None else []
        sums: list[Cell] = [one.own, one.direct, one.through, one.partners, one.customers, one.depth]
        yield [number, one.partner, *name, *sums, program.currency]
    rest = graph.sources - len(listed) if graph is not None else 0
    if graph is not None and rest > 0:
        through = graph.sums.through - sum(one.through for one in listed)
        partners = graph.nodes - sum(one.partners + 1 for one in listed)
        yield [
            "",
            f"({rest} others)",
            *([""] if names is not None else []),
            "",
            "",
            through,
            partners,
            "",
            "",
            program.currency,
        ]


def _view(
    program: Program, graph: Graph | None, listed: Sequence[Source], *, first: int, cursor: str | None
) -> SourcesView:
    return SourcesView(
        object="sources",
        program=program.id,
        currency=program.currency,
        as_of=instants.text(graph.as_of) if graph is not None else None,
        complete=graph is not None and graph.complete,
        partners=graph.partners if graph is not None else 0,
        sources=graph.sources if graph is not None else 0,
        totals=GraphSums(graph.sums.own, graph.sums.through) if graph is not None else GraphSums(0, 0),
        cycle_count=graph.cycle_count if graph is not None else 0,
        cycles=[CycleView.of(one) for one in graph.cycles] if graph is not None else [],
        data=[SourceRow.of(first + number, one) for number, one in enumerate(listed, start=1)],
        has_more=cursor is not None,
        next_cursor=cursor,
    )
