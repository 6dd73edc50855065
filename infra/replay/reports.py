"""Compares reports of the service, number by number, with what the input files say."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from infra.replay.client import Client
from infra.replay.facts import Fact, summed

_OF_CLICKS = ("hits",)
_NUMBERS = (
    *("hits", "human_clicks", "leads", "sales", "customers", "events", "refunds", "revenue", "refunded", "net_revenue"),
    *("unattributed_leads", "unattributed_sales", "unattributed_revenue"),
    *("referrer_earned", "referrer_reversed", "referee_earned"),
)
Key = tuple[str | None, ...]


class Comparison(NamedTuple):
    """A report: its dimensions, under which name it has a fact, its metrics; perhaps of people's clicks alone."""

    by: str
    name: Callable[[Fact], Key]
    metrics: tuple[str, ...] = _NUMBERS
    of_people: bool = False


def comparisons(partners: Mapping[str, str], channels: Mapping[str, str | None]) -> list[Comparison]:
    """Return what is compared. *partners* has their ids by name, *channels* those of their links."""

    def channel(fact: Fact) -> str | None:
        return channels[fact.partner] if fact.partner is not None and fact.linked else None

    return [
        Comparison("month", lambda fact: (fact.month,)),
        Comparison("partner", lambda fact: (partners[fact.partner] if fact.partner is not None else None,)),
        Comparison("channel", lambda fact: (channel(fact),)),
        Comparison("month,channel", lambda fact: (fact.month, channel(fact))),
        Comparison("referrer_host", lambda fact: (fact.host,), _OF_CLICKS),
        Comparison("device", lambda fact: (fact.device,), _OF_CLICKS, of_people=True),
    ]


class Checks:
    """What was compared: how many numbers, and those that differ, each with both."""

    def __init__(self) -> None:
        self.compared = 0
        self.wrong: list[str] = []

    def check(self, what: str, ours: Any, theirs: Any) -> None:
        """Compare what the service says with what the input does."""
        self.compared += 1
        if ours != theirs:
            self.wrong.append(f"{what}: the service says {ours}, the input {theirs}")


def check_reports(
    checks: Checks, client: Client, program: str, facts: list[Fact], several: Iterable[Comparison]
) -> None:
    """Compare reports with facts, over all of their days."""
    first, last = min(fact.day for fact in facts), max(fact.day for fact in facts)
    for one in several:
        expected = summed_by(facts, one)
        actual: dict[Key, Counter[str]] = {}
        for begin, end in years(first, last):
            for key, numbers in _rows(client, program, one, begin, end):
                actual.setdefault(key, Counter()).update(numbers)
        for key in sorted(expected.keys() | actual.keys(), key=str):
            for metric in one.metrics:
                what = f"report by {one.by}, {', '.join(str(part) for part in key)}, {metric}"
                checks.check(what, actual.get(key, Counter())[metric], expected.get(key, Counter())[metric])


def summed_by(facts: Iterable[Fact], one: Comparison) -> dict[Key, Counter[str]]:
    """Return what a report must say."""
    chosen = [fact for fact in facts if not one.of_people or fact.numbers.get("human_clicks")]
    return summed(chosen, [one.name(fact) for fact in chosen])


def years(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Yield spans that a report may have: each year's days."""
    while first <= last:
        end = min(last, date(first.year, 12, 31))
        yield first, end
        first = end + timedelta(days=1)


def _rows(client: Client, program: str, one: Comparison, first: date, last: date) -> Iterator[tuple[Key, Any]]:
    query = {"by": one.by, "metrics": ",".join(one.metrics), "from": first.isoformat(), "to": last.isoformat()}
    report = client.api(
        "GET", f"/v1/programs/{program}/report?{urlencode(query | ({'click_class': 'human'} if one.of_people else {}))}"
    )
    if not report["complete"]:
        raise SystemExit(f"The report by {one.by} is not complete: {report['warnings']}")
    for row in report["rows"]:
        yield tuple(row["by"][name] for name in one.by.split(",")), row["metrics"]
