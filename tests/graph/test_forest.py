"""The forest of partners: whatever the edges are, it is one, in order, and its roots have all that flows."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.graph.forest import Edge, Person, build

DAY = datetime(2026, 3, 10, tzinfo=UTC)
# Random programs in the gate.
PROGRAMS = 60


def random_program(chance, number, *, most_ring=None):
    """Return people, any of whom may have brought any; some are merged. And what each is credited with."""
    names = [f"ptr_{one:05}" for one in range(number)]
    merged = {one: chance.choice(names) for one in chance.sample(names, number // 10)}
    merged = {one: into for one, into in merged.items() if into not in merged and into != one}
    people = []
    for place, name in enumerate(names):
        # Whom somebody was brought by is most often older, so that there are trees as well as rings.
        by = chance.choice(names[: place + 1] if chance.random() < 0.9 else names) if chance.random() < 0.7 else None
        at = DAY + timedelta(minutes=chance.randrange(10**6))
        edge = Edge(f"cus_{name}", by, at, at, f"cnv_{place}") if by is not None else None
        people.append(Person(name, merged.get(name), [f"cus_{name}"], edge))
    direct = {chance.choice(names): chance.randrange(-500, 10_000) for _ in range(number)}
    return people, direct


def forest_of(people, direct):
    return build(people, direct=direct, customers={}, own={})


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_any_people_make_a_forest_in_order_whose_sums_are_counted_anew(seed):
    chance = random.Random(seed)
    people, direct = random_program(chance, chance.randrange(1, 80))
    forest = forest_of(people, direct)
    survivors = {one.partner: one.merged_into for one in people if one.merged_into}
    names = [node.partner for node in forest.nodes]

    assert len(set(names)) == len(names)
    credited = defaultdict(int)
    for partner, amount in direct.items():
        credited[survivors.get(partner, partner)] += amount
    for place, node in enumerate(forest.nodes):
        subtree = forest.nodes[place : place + node.size]
        assert all(one.depth > node.depth for one in subtree[1:])
        assert node.through == sum(credited[one.partner] for one in subtree)
        if node.parent is not None:
            parent = forest.nodes[node.parent]
            assert node.parent < place < node.parent + parent.size
            assert node.depth == parent.depth + 1
            assert node.edge.by == parent.partner
    roots = [node for node in forest.nodes if node.parent is None]
    assert sum(root.size for root in roots) == len(names)
    assert [root.through for root in roots] == sorted((root.through for root in roots), reverse=True)
    assert sum(one.through for one in forest.sources) == sum(direct.values())
    # Nobody is left out but those of whom there is nothing to tell.
    everybody = {survivors.get(one.partner, one.partner) for one in people}
    edged = {node.edge.by for node in forest.nodes if node.edge is not None}
    assert edged | {one for one, amount in credited.items() if amount} <= set(names)
    assert set(names) <= everybody


@pytest.mark.parametrize("seed", range(PROGRAMS // 3))
def test_of_each_ring_the_edge_that_was_bound_last_does_not_count_and_no_other(seed):
    chance = random.Random(seed)
    people, direct = random_program(chance, chance.randrange(1, 40))
    forest = forest_of(people, direct)
    survivors = {one.partner: one.merged_into for one in people if one.merged_into}
    edges = {}
    for one in people:
        if one.edge is not None:
            name = survivors.get(one.partner, one.partner)
            edges[name] = min(edges.get(name, one.edge), one.edge, key=lambda edge: (edge.bound_at, edge.customer))
    rings = set()
    for begin in edges:
        path, partner = [], begin
        while partner in edges and partner not in path:
            path.append(partner)
            partner = survivors.get(edges[partner].by, edges[partner].by)
        if partner in path:
            rings.add(frozenset(path[path.index(partner) :]))

    assert len(forest.cycles) == len(rings)
    for cycle in forest.cycles:
        [ring] = [one for one in rings if cycle.partner in one]
        assert cycle.edge.bound_at == max(edges[one].bound_at for one in ring)
        assert set(cycle.partners) <= ring
    assert {node.partner for node in forest.nodes if node.cut} == {cycle.partner for cycle in forest.cycles}


def test_a_chain_of_ten_thousand_ends():
    edges = [Edge(f"cus_{one}", f"ptr_{one - 1}", DAY, DAY) if one else None for one in range(10_000)]
    people = [Person(f"ptr_{one}", None, [], edge) for one, edge in enumerate(edges)]

    forest = build(people, direct={"ptr_9999": 7}, customers={"ptr_9999": 1}, own={"ptr_0": 5})

    [source] = forest.sources
    assert (source.partner, source.own, source.direct, source.through) == ("ptr_0", 5, 0, 7)
    assert (source.partners, source.customers, source.depth) == (9999, 1, 9999)


@pytest.mark.bench
def test_a_million_conversions_of_a_hundred_thousand_partners_add_up_to_the_cent():
    chance = random.Random(1)
    people, _ = random_program(chance, 100_000)
    names = [one.partner for one in people]
    direct, total = defaultdict(int), 0
    for _ in range(1_000_000):
        amount = chance.randrange(1, 1_000_000)
        amount -= chance.randrange(amount) if chance.random() < 0.1 else 0
        direct[chance.choice(names)] += amount
        total += amount

    forest = forest_of(people, direct)

    assert sum(one.through for one in forest.sources) == sum(node.direct for node in forest.nodes) == total
    assert forest.cycles
