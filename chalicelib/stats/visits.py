"""
Reads a link's clicks of a day once it is over: how many people left them, and where they came from.

The clicks are read for the visitors anyway, so that knowing where they came from costs nothing per click.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from chalicelib.clicks import table as clicks
from chalicelib.kit import ids
from chalicelib.kit.dynamo import items
from chalicelib.stats.encoding import CLICK_CLASSES
from chalicelib.stats.table import Origins

# What is known of each click, by the attribute that has it; what has none is under the empty name.
ORIGINS = ("country", "device", "referrer_host")
# Anybody can send any referrer: of a link's day, the hosts with most clicks are named, and the others together.
MOST_HOSTS, OTHER = 20, "other"
_MIDNIGHT = "00:00"


class Visits(Struct, frozen=True):
    """A link's visitors on a day, and in each section of it, and its clicks by their origins."""

    visitors: int
    by_section: dict[str, int]
    origins: Origins


def read_visits(partitions: Iterable[str], cuts: Sequence[str] = ()) -> Visits:
    """Read the clicks of some partitions of one day, which is cut at some of its quarters of an hour."""
    visitors: dict[str, set[str]] = defaultdict(set)
    counted: dict[str, dict[str, Counter[tuple[str, int]]]] = {name: defaultdict(Counter) for name in ORIGINS}
    for partition in partitions:
        for click in items.query(clicks.TABLE, partition, attributes=["sk", "kind", "visitor", *ORIGINS]):
            kind = click["kind"]["S"]
            since = section_of(f"{ids.time_of(click['sk']['S']):%H:%M}", cuts)
            if kind == "human":
                visitors[since].add(click["visitor"]["S"])
            for name, sections in counted.items():
                value = click[name]["S"] if name in click else ""
                sections[since][value, CLICK_CLASSES.index(kind)] += 1
    _bound(counted["referrer_host"])
    by_section = {since: len(several) for since, several in sorted(visitors.items())}
    origins = {name: _packed(sections) for name, sections in counted.items()}
    return Visits(len(set().union(*visitors.values())), by_section, origins)


def section_of(moment: str, cuts: Sequence[str]) -> str:
    """
    Return where the section of a day begins that a moment is in.

    >>> section_of("22:45", ["23:00"]), section_of("23:00", ["23:00"])
    ('00:00', '23:00')
    """
    return max((cut for cut in cuts if cut <= moment), default=_MIDNIGHT)


def _bound(sections: dict[str, Counter[tuple[str, int]]]) -> None:
    """Count the hosts together that are not among those with most clicks; of as many, the first by name."""
    totals: Counter[str] = Counter()
    for counted in sections.values():
        for (host, _), number in counted.items():
            if host:
                totals[host] += number
    listed = {host for host, _ in sorted(totals.items(), key=lambda one: (-one[1], one[0]))[:MOST_HOSTS]} | {""}
    for since, counted in sections.items():
        bounded: Counter[tuple[str, int]] = Counter()
        for (host, place), number in counted.items():
            bounded[host if host in listed else OTHER, place] += number
        sections[since] = bounded


def _packed(sections: dict[str, Counter[tuple[str, int]]]) -> dict[str, dict[str, list[int]]]:
    packed: dict[str, dict[str, list[int]]] = {}
    for since, counted in sorted(sections.items()):
        by_name: dict[str, list[int]] = defaultdict(lambda: [0] * len(CLICK_CLASSES))
        for (name, place), number in sorted(counted.items()):
            by_name[name][place] = number
        packed[since] = dict(by_name)
    return packed
