"""Reads the stored graph of a program: nodes by partner or by place, and sources by rank. A sheet is one read."""

from collections.abc import Iterable, Iterator

from chalicelib.graph.forest import Node, Source
from chalicelib.graph.table import (
    NODES_A_SHEET,
    SOURCES_A_SHEET,
    Graph,
    NodeSheet,
    PlaceSheet,
    SourceSheet,
    bucket_of,
    nodes_key,
    places_key,
    sheet_key,
    sources_key,
)
from chalicelib.kit.dynamo import rows


class NodeReader:
    """Reads the nodes of a graph by their places, and remembers the sheets that it has read."""

    def __init__(self, graph: Graph, program_id: str) -> None:
        self._graph = graph
        self._program_id = program_id
        self._sheets: dict[int, list[Node]] = {}

    @property
    def sheets(self) -> int:
        """Return how many sheets it has read."""
        return len(self._sheets)

    def place_of(self, partner: str) -> int | None:
        """Return the place of a partner's node; None if they have none."""
        return self.places_of([partner]).get(partner)

    def places_of(self, several: Iterable[str]) -> dict[str, int]:
        """Return the places of those partners who have one."""
        names = list(several)
        key = places_key(self._program_id)
        keys = {(key, sheet_key(self._graph.slot, bucket_of(one, self._graph.buckets))) for one in names}
        stored = rows.find_all(PlaceSheet, sorted(keys), consistent=False)
        places = {partner: place for row in stored.values() for partner, place in row.places.items()}
        return {one: places[one] for one in names if one in places}

    def node_at(self, place: int) -> Node:
        """Return the node at a place."""
        number = place // NODES_A_SHEET
        self._read([number])
        return self._sheets[number][place % NODES_A_SHEET]

    def nodes_at(self, places: Iterable[int]) -> list[Node]:
        """Return the nodes at some places, in their order; the sheets are read a hundred a call."""
        several = list(places)
        self._read(sorted({place // NODES_A_SHEET for place in several}))
        return [self.node_at(place) for place in several]

    def _read(self, numbers: list[int]) -> None:
        key, slot = nodes_key(self._program_id), self._graph.slot
        keys = {(key, sheet_key(slot, one)): one for one in numbers if one not in self._sheets}
        for row_key, row in rows.find_all(NodeSheet, list(keys), consistent=False).items():
            self._sheets[keys[row_key]] = row.nodes


def find_nodes(graph: Graph, program_id: str, several: Iterable[str]) -> list[Node]:
    """Return the nodes of those partners who have one."""
    reader = NodeReader(graph, program_id)
    return reader.nodes_at(sorted(reader.places_of(several).values()))


def read_sources(graph: Graph, program_id: str, *, first: int, most: int) -> list[Source]:
    """Return the sources from a rank on, the first one being 0."""
    last = min(first + most, graph.sources) - 1
    numbers = range(first // SOURCES_A_SHEET, last // SOURCES_A_SHEET + 1) if last >= first else range(0)
    listed = [source for number in numbers for source in _sheet(graph, program_id, number)]
    begin = first - (numbers[0] * SOURCES_A_SHEET if numbers else 0)
    return listed[begin : begin + most] if numbers else []


def _sheet(graph: Graph, program_id: str, number: int) -> Iterator[Source]:
    row = rows.find(SourceSheet, sources_key(program_id), sheet_key(graph.slot, number), consistent=False)
    if row is not None:
        yield from row.sources
