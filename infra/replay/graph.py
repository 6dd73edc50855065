"""
Compares the graph of a story's program, partner by partner, with what its visits and purchases alone say.

What flows through each is counted here in another way than the service does it: what a partner brought is added to each
partner above them, one after the other.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.replay.books import CURRENCY, rate_of
from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks
from infra.replay.story import Story

_A_PAGE = 100
_MOST_TRIES, _PAUSE = 100, 0.2
_NUMBERS = ("depth", "own", "direct", "through", "customers", "below")


@dataclass
class Place:
    """Who brought a partner; in cents, what they bought, brought, and what flows through them; how many are *below*."""

    by: str | None
    depth: int = 0
    own: int = 0
    direct: int = 0
    through: int = 0
    customers: int = 0
    below: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell of them, as far as they alone are concerned."""
        return self.by is None and not (self.below or self.own or self.direct or self.customers)


def places_of(story: Story, facts: Iterable[Fact]) -> dict[str, Place]:
    """Return the place of each partner of a story in its forest."""
    own, places = _bought(story), {}
    for name in story.partners:
        customer = story.customers[name]
        by = customer.partner if customer.joins is not None and rate_of(customer) is not None else None
        places[name] = Place(by, own=own[name])
    for fact in facts:
        if fact.partner is not None:
            place = places[fact.partner]
            place.direct += fact.numbers.get("net_revenue", 0)
            place.customers += fact.numbers.get("customers", 0)
    for place in places.values():
        place.through += place.direct
        above = place.by
        while above is not None:
            place.depth += 1
            places[above].through += place.direct
            places[above].below += 1
            above = places[above].by
    return places


def check_graph(
    checks: Checks, client: Client, program: str, places: Mapping[str, Place], partners: Mapping[str, str]
) -> None:
    """Walk the graph, and compare its sources, the tree of each, and the sums. *partners* has the partners' ids."""
    _walk(client, program)
    names = {identifier: name for name, identifier in partners.items()}
    pages = list(_pages(client, f"/v1/programs/{program}/sources?limit={_A_PAGE}"))
    listed = {names[row["partner"]]: row for page in pages for row in page["data"]}
    there = {name: place for name, place in places.items() if not place.is_empty}
    checks.check("graph, sources", sorted(listed), sorted(name for name, one in there.items() if one.by is None))
    trees: dict[str, list[str]] = defaultdict(list)
    for name in there:
        trees[_source_of(name, places)].append(name)
    for name, row in listed.items():
        tree = trees[name]
        _check_source(checks, f"graph, source {name}", row, places[name], [places[one] for one in tree])
        if row["partners"]:
            _check_tree(checks, name, list(_tree(client, program, partners[name])), tree, places, names)
    attributed = sum(place.direct for place in places.values())
    checks.check("graph, complete", pages[0]["complete"], True)
    checks.check("graph, currency", pages[0]["currency"], CURRENCY)
    checks.check("graph, through all sources", sum(row["through"] for row in listed.values()), attributed)
    checks.check("graph, total through", pages[0]["totals"]["through"], attributed)
    checks.check("graph, total own", pages[0]["totals"]["own"], sum(place.own for place in places.values()))


def figures(places: Mapping[str, Place]) -> dict[str, Any]:
    """Return how many partners came by a partner, how long the longest way down is, and the largest source."""
    largest = max(places, key=lambda name: places[name].through, default=None)
    return {
        "brought_partners": sum(place.by is not None for place in places.values()),
        "deepest": max((place.depth for place in places.values()), default=0),
        "most_through": places[largest].through if largest is not None else 0,
        "most_through_of": largest,
    }


def _source_of(name: str, places: Mapping[str, Place]) -> str:
    """Return the partner at the top of a partner's tree."""
    while (by := places[name].by) is not None:
        name = by
    return name


def _check_source(checks: Checks, what: str, row: Mapping[str, Any], place: Place, tree: list[Place]) -> None:
    for name in ("own", "direct", "through"):
        checks.check(f"{what}, {name}", row[name], getattr(place, name))
    checks.check(f"{what}, partners", row["partners"], place.below)
    checks.check(f"{what}, customers", row["customers"], sum(one.customers for one in tree))
    checks.check(f"{what}, depth", row["depth"], max((one.depth for one in tree), default=0))


def _check_tree(
    checks: Checks,
    source: str,
    rows: list[dict[str, Any]],
    tree: list[str],
    places: Mapping[str, Place],
    names: Mapping[str, str],
) -> None:
    """Compare each row of a source's tree with its partner's place; *names* are those of the service's ids."""
    checks.check(f"graph, partners below {source}", sorted(names[row["partner"]] for row in rows), sorted(tree))
    for row in rows:
        name = names[row["partner"]]
        checks.check(f"graph, {name}, by", names.get(row["parent"] or ""), places[name].by)
        for number in _NUMBERS:
            checks.check(f"graph, {name}, {number}", row[number], getattr(places[name], number))


def _walk(client: Client, program: str) -> None:
    """Have the graph walked up to last midnight; if the service's own schedule is at it, wait until that has ended."""
    for _ in range(_MOST_TRIES):
        client.api("POST", "/_local/schedules", {"run": "trace_sources"})
        now = client.api("GET", "/_local/clock")
        as_of = client.api("GET", f"/v1/programs/{program}/sources?limit=1")["as_of"]
        if as_of is not None and as_of[:10] == now["now"][:10]:
            return
        time.sleep(_PAUSE)


def _bought(story: Story) -> Counter[str]:
    """Return what each customer bought, net of refunds."""
    bought: Counter[str] = Counter()
    buyers: dict[int, str] = {}
    for customer in story.customers.values():
        for purchase in customer.purchases:
            bought[customer.name] += purchase.cents
            buyers[purchase.line] = customer.name
    for several in story.refunds.values():
        for refund in several:
            bought[buyers[refund.line]] -= refund.cents
    return bought


def _tree(client: Client, program: str, partner: str, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield a partner's tree, with the depth of each below its source: from where an answer ends, another goes on."""
    for page in _pages(client, f"/v1/partners/{partner}/tree?program={program}&limit={_A_PAGE}"):
        for row in page["data"]:
            if row["depth"] == page["depth"] and row["below"]:
                yield from _tree(client, program, row["partner"], depth + row["depth"])
            else:
                yield row | {"depth": depth + row["depth"]}


def _pages(client: Client, path: str) -> Iterator[dict[str, Any]]:
    page = client.api("GET", path)
    yield page
    while page["next_cursor"] is not None:
        page = client.api("GET", f"{path}&cursor={page['next_cursor']}")
        yield page
