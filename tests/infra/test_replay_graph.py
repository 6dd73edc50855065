"""Partners who join as customers in a replay, and the forest that is compared with the service's graph."""

import copy
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from infra.replay import books, facts, graph, joining, reports, sources, steps, story

FIRST = date(1997, 1, 1)
IDS = {name: f"ptr_{name}" for name in ("ada", "bob", "cy", "dora", "emil")}


def tell(seed):
    """Five customers buy on each of eighty days, and each again half a year later."""
    bought = [
        sources.Purchase(
            number * 2 + again, str(number), FIRST + timedelta(days=number // 5 + again * 180), 1000 + number
        )
        for number in range(400)
        for again in range(2)
    ]
    people = {"bots": ["bot"], "browsers": ["browser"], "seed": seed}
    history = story.tell(bought, **people)
    joining.let_some_join(history, **people)
    return history


@pytest.fixture(scope="module")
def long_story():
    return tell(7)


def test_the_same_partners_join_as_customers_each_time(long_story):
    assert tell(7) == long_story


def test_partners_bring_partners_who_bring_others_and_nobody_comes_by_one_who_has_yet_to_join(long_story):
    customers = long_story.customers
    places = graph.places_of(long_story, facts.facts_of(long_story, {"browser": "mobile"}))

    for customer in customers.values():
        if customer.partner is not None:
            joined = customers[customer.partner].joins
            assert joined is None or joined < customer.comes, customer
        assert {visit.partner for visit in customer.visits} <= {customer.partner}
        assert {visit.day for visit in customer.visits} <= set(long_story.days)
    brought = [name for name, place in places.items() if place.by is not None]
    # Most partners are there from the first day, and the others have bought when they join.
    assert len(long_story.partners) / 5 < len(brought) < len(long_story.partners) / 2
    assert all(customers[name].joins == customers[name].purchases[0].day for name in brought)
    assert graph.figures(places)["deepest"] >= 3
    assert sum(place.below for place in places.values()) == sum(place.depth for place in places.values())
    # Whatever the depth, each tree has what its partners are credited with.
    sources_ = [place for place in places.values() if place.by is None]
    assert sum(place.through for place in sources_) == sum(place.direct for place in places.values())


def test_who_joins_as_a_customer_has_bought_before(long_story):
    became = [way for way in steps.ways_of(long_story) if way.became_partner is not None]

    assert {way.name for way in became} == {
        name for name, one in long_story.customers.items() if one.joins is not None and books.rate_of(one) is not None
    }
    assert all(way.bought <= way.became_partner for way in became)


@pytest.fixture
def places():
    """Ada brings Bob, he brings Cy and a friend, Cy brings Dora; Emil brings nobody, and gave back all he bought."""
    customers = {"ada": story.Customer("ada", "partner", purchases=[sources.Purchase(1, "ada", FIRST, 100)])}
    for number, (name, by) in enumerate({"bob": "ada", "cy": "bob", "dora": "cy", "friend": "bob"}.items(), start=2):
        day = FIRST + timedelta(days=number)
        bought = [sources.Purchase(number, name, day, 10**number)]
        joins = None if name == "friend" else day
        customers[name] = story.Customer(name, "code", by, signs_up=day, purchases=bought, joins=joins)
    customers["emil"] = story.Customer("emil", "partner", purchases=[sources.Purchase(9, "emil", FIRST, 50)])
    refunds = {FIRST: [story.Refund("r-9", 9, 50)], date(1997, 2, 1): [story.Refund("r-3", 3, 1)]}
    history = story.Story(list(IDS), customers, refunds, [FIRST])
    return graph.places_of(history, facts.facts_of(history, {}))


def test_what_a_partner_brought_flows_through_all_above_them(places):
    assert places == {
        "ada": graph.Place(None, 0, 100, 100, 111_099, 1, 3),
        "bob": graph.Place("ada", 1, 100, 100_999, 110_999, 2, 2),
        "cy": graph.Place("bob", 2, 999, 10_000, 10_000, 1, 1),
        "dora": graph.Place("cy", 3, 10_000, 0, 0, 0, 0),
        "emil": graph.Place(None),
    }
    assert graph.figures(places) == {
        "brought_partners": 3,
        "deepest": 3,
        "most_through": 111_099,
        "most_through_of": "ada",
    }


class Walked:
    """Answers sources and trees of some places, a row a page, and no deeper than one level at once."""

    def __init__(self, places):
        self.places = {name: place for name, place in places.items() if not place.is_empty}

    def api(self, _method, path, _body=None):
        parts = urlsplit(path)
        at = int(dict(parse_qsl(parts.query)).get("cursor", 0))
        if parts.path.startswith("/_local/"):
            return {"now": "1998-07-01T12:00:00Z"}
        if parts.path.endswith("/tree"):
            rows = list(self.tree(parts.path.split("/")[3].removeprefix("ptr_")))
        else:
            rows = [self.source(name) for name, place in self.places.items() if place.by is None]
        through = sum(place.direct for place in self.places.values())
        whole = {"as_of": "1998-07-01T00:00:00Z", "complete": True, "currency": "USD", "depth": 1}
        sums = {"own": sum(place.own for place in self.places.values()), "through": through}
        following = str(at + 1) if at + 1 < len(rows) else None
        return whole | {"totals": sums, "data": rows[at : at + 1], "next_cursor": following}

    def source(self, name):
        place, tree = self.places[name], [self.places[one] for one in self.tree_of(name)]
        sums = {"customers": sum(one.customers for one in tree), "depth": max(one.depth for one in tree)}
        return {"partner": IDS[name], **vars(place), "partners": place.below, **sums}

    def tree_of(self, name):
        yield name
        for one, place in self.places.items():
            if place.by == name:
                yield from self.tree_of(one)

    def tree(self, name):
        top = self.places[name].depth
        for one in self.tree_of(name):
            place = self.places[one]
            if place.depth - top <= 1:
                yield {"partner": IDS[one], **vars(place), "parent": IDS.get(place.by), "depth": place.depth - top}


def check(walked, places):
    checks = reports.Checks()
    graph.check_graph(checks, Walked(walked), "prg_1", places, IDS)
    return checks


def test_each_partner_of_a_deep_tree_is_compared_however_little_an_answer_shows(places):
    checks = check(places, places)

    assert checks.wrong == []
    # Sources and five more; six numbers of Ada as a source; her tree, and seven numbers of each of four.
    assert checks.compared == 6 + 6 + 1 + 4 * 7


def test_a_graph_that_differs_from_the_input_is_named_with_both_numbers(places):
    flat, poorer = copy.deepcopy(places), copy.deepcopy(places)
    flat["cy"].by, flat["cy"].depth, flat["dora"].depth = None, 0, 1
    poorer["dora"].direct, poorer["cy"].through = 1, 10_001

    assert "graph, sources: the service says ['ada', 'cy'], the input ['ada']" in check(flat, places).wrong
    assert check(poorer, places).wrong == [
        "graph, cy, through: the service says 10001, the input 10000",
        "graph, dora, direct: the service says 1, the input 0",
        "graph, total through: the service says 111100, the input 111099",
    ]
