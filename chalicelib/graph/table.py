"""
Stored graphs of programs, beside their statistics: the graph of the last walk, and the walk that is under way.

A graph has sheets of nodes, in preorder, of places, by which a partner's node is looked up, and of sources. There are
two slots: a walk writes into the one that is not read, and then its graph is the one that is.
"""

import json
import zlib

from msgspec import Struct
from pynamodb.attributes import BooleanAttribute

from chalicelib.graph.forest import Cycle, Node, Person, Source
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.attributes import Instant, OptionalInstant, OptionalText, Text, WholeNumber
from chalicelib.kit.structured import Structured
from chalicelib.kit.walk import Position
from chalicelib.stats.table import StatsRow, program_subject

NODES_A_SHEET, SOURCES_A_SHEET = 200, 1000
GRAPH, WALK = "graph", "walk"
BOUGHT = "graph#bought"


class Sums(Struct, frozen=True):
    """What all partners of a program bought themselves, and what they brought; net of refunds, in minor units."""

    own: int = 0
    through: int = 0


class Graph(StatsRow, discriminator="graph"):
    """
    A program's graph: what was counted before *as_of*, and in which slot its sheets are.

    *partners* are all of the program, merged ones as one; *nodes* those who brought, were brought, or bought anything.
    *cycles* are the first hundred edges that do not count because they close a ring, of *cycle_count*.
    """

    slot = Text()
    as_of = Instant()
    walked_at = Instant()
    complete = BooleanAttribute()
    partners = WholeNumber()
    nodes = WholeNumber()
    buckets = WholeNumber()
    sources = WholeNumber()
    sums: Structured[Sums] = Structured(Sums)
    cycles: Structured[list[Cycle]] = Structured(list[Cycle])
    cycle_count = WholeNumber()


class GraphWalk(StatsRow, discriminator="graph_walk"):
    """How far the walk of a program is: how many sheets of people are read, and where the next one begins."""

    as_of = Instant()
    sheets = WholeNumber(default=0)
    position = OptionalText()
    all_read = BooleanAttribute(default=False)
    tries = WholeNumber(default=0)
    storing_at = OptionalInstant()

    @property
    def place(self) -> Position | None:
        return json.loads(self.position) if self.position is not None else None


class PeopleSheet(StatsRow, discriminator="graph_people"):
    """Some of a program's partners, as the walk read them, with the edge to who brought each."""

    people: Structured[list[Person]] = Structured(list[Person])


class NodeSheet(StatsRow, discriminator="graph_nodes"):
    """Some nodes of a graph, in preorder: the subtree of one is a range."""

    nodes: Structured[list[Node]] = Structured(list[Node])


class PlaceSheet(StatsRow, discriminator="graph_places"):
    """Where the nodes of some partners are."""

    places: Structured[dict[str, int]] = Structured(dict[str, int])


class SourceSheet(StatsRow, discriminator="graph_sources"):
    """Some sources of a program, those with most through them first."""

    sources: Structured[list[Source]] = Structured(list[Source])


class Bought(StatsRow, discriminator="graph_bought"):
    """What customers bought in a program on a day, or in a part of it, net of what was taken back."""

    amounts: Structured[dict[str, int]] = Structured(dict[str, int])


class BoughtWalk(StatsRow, discriminator="graph_bought_walk"):
    """Up to where what was received is counted: the page of a shard of a UTC day that is next."""

    day = Text()
    shard = WholeNumber(default=0)
    page = WholeNumber(default=0)
    position = OptionalText()

    @property
    def place(self) -> Position | None:
        return json.loads(self.position) if self.position is not None else None


def graph_key(program_id: str) -> str:
    """Return the partition of a program's graph and its walk."""
    return f"graph#{program_subject(program_id)}"


def people_key(program_id: str) -> str:
    """Return the partition of the people that a walk has read."""
    return f"graph_people#{program_subject(program_id)}"


def nodes_key(program_id: str) -> str:
    return f"graph_nodes#{program_subject(program_id)}"


def places_key(program_id: str) -> str:
    return f"graph_places#{program_subject(program_id)}"


def sources_key(program_id: str) -> str:
    return f"graph_sources#{program_subject(program_id)}"


def bought_key(program_id: str) -> str:
    """Return the partition of what a program's customers bought."""
    return f"graph_bought#{program_subject(program_id)}"


def partitions_of(program_id: str) -> list[str]:
    """Return all partitions that a program's graph has."""
    keys = (graph_key, people_key, nodes_key, places_key, sources_key, bought_key)
    return [key(program_id) for key in keys]


def sheet_key(slot: str, number: int) -> str:
    return f"{slot}#{number:06}"


def bucket_of(partner: str, buckets: int) -> int:
    """Return the sheet of places that a partner is in."""
    return zlib.crc32(partner.encode()) % buckets


def find_graph(program_id: str) -> Graph | None:
    """Return a program's graph; None if no walk has ended yet."""
    return rows.find(Graph, graph_key(program_id), GRAPH)


def put(row: StatsRow) -> None:
    """Write a row that may exist."""
    writes.commit(writes.put_if(row, StatsRow.pk.exists() | StatsRow.pk.does_not_exist()))
