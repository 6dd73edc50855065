"""However many partners a forest has, what a page shows of it is read in few sheets."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from chalicelib.graph import read, tree
from chalicelib.graph.forest import Edge, Person, build
from chalicelib.graph.outline import outline
from chalicelib.graph.shapes import TreeQuery
from chalicelib.graph.table import NODES_A_SHEET

DAY = datetime(2026, 3, 10, tzinfo=UTC)
PARTNERS = 20_000
PROGRAM = SimpleNamespace(id="prg_1", currency="USD")
GRAPH = SimpleNamespace(slot="a", as_of=DAY, complete=True, buckets=1)


@pytest.fixture(scope="module")
def forest():
    """A forest in which a few brought very many."""
    chance = random.Random(5)
    people = [Person("ptr_00000")]
    for number in range(1, PARTNERS):
        by = f"ptr_{int(number * chance.random() ** 3):05}" if number % 100 else None
        at = DAY + timedelta(minutes=number)
        people.append(Person(f"ptr_{number:05}", None, [], Edge(f"cus_{number}", by, at, at) if by else None))
    direct = {person.partner: chance.randrange(1, 1000) for person in people}
    return build(people, direct=direct, customers={}, own={})


@pytest.fixture
def reader(forest, monkeypatch):
    """Have sheets read from the forest in memory; the reader counts them."""

    def read_sheets(self, numbers):
        for one in numbers:
            self._sheets.setdefault(one, forest.nodes[one * NODES_A_SHEET : (one + 1) * NODES_A_SHEET])

    places = {node.partner: place for place, node in enumerate(forest.nodes)}
    monkeypatch.setattr(read.NodeReader, "_read", read_sheets)
    monkeypatch.setattr(read.NodeReader, "place_of", lambda _self, partner: places.get(partner))
    made = []
    monkeypatch.setattr(tree, "find_graph", lambda _program: GRAPH)
    monkeypatch.setattr(tree, "NodeReader", lambda *args: made.append(read.NodeReader(*args)) or made[-1])
    return made


def test_an_outline_reads_ten_sheets_besides_those_of_its_places(forest, reader):
    own = read.NodeReader(GRAPH, PROGRAM.id)
    places = [source.place for source in forest.sources[:8]]

    listed = outline(own, places, depth=2, each=4, most=40)

    assert own.sheets <= len(places) + 10 + 1
    assert 8 < len(listed) <= 40
    for one in listed:
        below = [
            other for other in listed if other.node.parent is not None and forest.nodes[other.node.parent] is one.node
        ]
        assert one.left_out == one.node.size - 1 - sum(other.node.size for other in below)
        assert len(below) <= 4


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_the_pages_of_a_tree_list_each_partner_once_to_a_depth_in_few_sheets(forest, reader, depth):
    root = forest.nodes[0]
    listed, hidden, cursor = [], 0, None
    while True:
        page = tree.read_tree(root.partner, PROGRAM, TreeQuery(limit=100, depth=depth, cursor=cursor))
        listed += page.data
        hidden += page.hidden
        if page.next_cursor is None:
            break
        cursor = page.next_cursor

    subtree = forest.nodes[: root.size]
    assert [one.partner for one in listed] == [node.partner for node in subtree if node.depth <= depth]
    assert len(listed) + hidden == root.size
    # What is read of the parents of a page's last partners comes on top.
    assert max(one.sheets for one in reader) <= 12 + 1 + depth
