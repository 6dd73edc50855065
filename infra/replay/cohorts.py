"""Compares the cohorts of a story's customers, number by number, with what the purchases alone say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from infra.replay.client import Client
from infra.replay.facts import Fact
from infra.replay.reports import Checks
from infra.replay.story import Story

_NUMBERS = ("active", "customers", "sales", "revenue", "refunded", "net_revenue", "rewards_net")
_MOST_COHORTS = 24
Cells = dict[tuple[str, str], Counter[str]]


def check_cohorts(checks: Checks, client: Client, program: str, story: Story, facts: list[Fact]) -> None:
    """Compare the customers of each month with what they did since, a request for every two years of months."""
    members, cells = _counted(story, facts)
    first, last = min(fact.month for fact in facts), max(fact.month for fact in facts)
    months = list(_months(first, last))
    for begin in range(0, len(months), _MOST_COHORTS):
        some = months[begin : begin + _MOST_COHORTS]
        query = {"from": some[0], "to": some[-1], "metrics": ",".join(_NUMBERS)}
        answer = client.api("GET", f"/v1/programs/{program}/cohorts?{urlencode(query)}")
        checks.check(f"cohorts {some[0]} to {some[-1]}, complete", answer["complete"], True)
        _check(checks, answer, some, members, cells)


def _counted(story: Story, facts: Iterable[Fact]) -> tuple[Counter[str], Cells]:
    """Return the members of each cohort, and what they did in each month: of customers whom a partner referred."""
    cohorts: dict[str, str] = {}
    active: dict[tuple[str, str], set[str]] = defaultdict(set)
    cells: Cells = defaultdict(Counter)
    referred = [fact for fact in facts if fact.customer is not None and fact.partner is not None]
    for fact in referred:
        signed_up = story.customers[str(fact.customer)].signs_up
        assert signed_up is not None, "who was referred signs up"
        cohorts[str(fact.customer)] = cohort = f"{signed_up:%Y-%m}"
        numbers = fact.numbers
        cells[cohort, fact.month].update({name: numbers.get(name, 0) for name in _NUMBERS})
        earned = numbers.get("referrer_earned", 0) + numbers.get("referee_earned", 0)
        cells[cohort, fact.month]["rewards_net"] += earned - numbers.get("referrer_reversed", 0)
        if numbers.get("sales"):
            active[cohort, fact.month].add(str(fact.customer))
    for cell, names in active.items():
        cells[cell]["active"] = len(names)
    return Counter(cohorts.values()), cells


def _check(checks: Checks, answer: dict[str, Any], some: list[str], members: Counter[str], cells: Cells) -> None:
    """Compare each cell, and the sums of each month and cohort, and of all, which are counted apart from them."""
    by_month: dict[str, Counter[str]] = defaultdict(Counter)
    whole: Counter[str] = Counter()
    for row in answer["cohorts"]:
        cohort, to_date = row["cohort"], Counter[str]()
        checks.check(f"cohort {cohort}, members", row["members"], members[cohort])
        for cell in row["months"]:
            expected = cells.get((cohort, cell["month"]), Counter())
            by_month[cell["month"]].update(expected)
            to_date.update(expected)
            _check_numbers(checks, f"cohort {cohort} in {cell['month']}", cell["metrics"], expected)
        _check_numbers(checks, f"cohort {cohort} to date", row["to_date"], to_date)
        whole.update(to_date)
    checks.check("cohorts", [row["cohort"] for row in answer["cohorts"]], some)
    for month in answer["months"]:
        _check_numbers(checks, f"all cohorts in {month['month']}", month["metrics"], by_month[month["month"]])
    _check_numbers(checks, "all cohorts to date", answer["totals"]["to_date"], whole)
    checks.check("all cohorts, members", answer["totals"]["members"], sum(members[one] for one in some))


def _check_numbers(checks: Checks, what: str, ours: dict[str, int], theirs: Counter[str]) -> None:
    for name, number in ours.items():
        checks.check(f"{what}, {name}", number, theirs[name])


def _months(first: str, last: str) -> Iterator[str]:
    year, month = (int(part) for part in first.split("-"))
    while (name := f"{year}-{month:02}") <= last:
        yield name
        year, month = year + month // 12, month % 12 + 1
