"""Compares the sources of a story's program with what its purchases alone say: what they bought, and what flows in."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks
from infra.replay.story import Story

_A_PAGE = 100
_MOST_TRIES, _PAUSE = 100, 0.2


def check_graph(
    checks: Checks, client: Client, program: str, story: Story, facts: Iterable[Fact], partners: Mapping[str, str]
) -> None:
    """Walk the graph, and compare each source's own purchases and customers, and the sums. *partners* has their ids."""
    _walk(client, program)
    credited: Counter[str] = Counter()
    for fact in facts:
        if fact.partner is not None:
            credited[fact.partner] += fact.numbers.get("net_revenue", 0)
    own = _bought(story)
    names = {identifier: name for name, identifier in partners.items()}
    first, listed = _sources(client, program)
    through = 0
    for row in listed:
        name = names[row["partner"]]
        checks.check(f"graph, {name}, own", row["own"], own[name])
        checks.check(f"graph, {name}, direct", row["direct"], credited[name])
        through += row["through"]
    attributed = sum(credited.values())
    checks.check("graph, complete", first["complete"], True)
    checks.check("graph, through all sources", through, attributed)
    checks.check("graph, total through", first["totals"]["through"], attributed)
    checks.check("graph, total own", first["totals"]["own"], sum(own[name] for name in partners))


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


def _sources(client: Client, program: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the first page of the sources, and the sources of all pages."""
    pages = list(_pages(client, f"/v1/programs/{program}/sources?limit={_A_PAGE}"))
    return pages[0], [row for page in pages for row in page["data"]]


def _pages(client: Client, path: str) -> Iterator[dict[str, Any]]:
    page = client.api("GET", path)
    yield page
    while page["next_cursor"] is not None:
        page = client.api("GET", f"{path}&cursor={page['next_cursor']}")
        yield page
