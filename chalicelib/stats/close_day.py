"""
Closes a program's day: writes the daily rollup of every subject, and counts its visitors.

A stretch of subjects at a time, so that memory is bounded however many links a day had; and a day that takes longer
than one run is gone on with by the next.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from chalicelib.clicks import table as clicks
from chalicelib.clicks.table import partition_of
from chalicelib.kit.dynamo import items, rows, writes
from chalicelib.kit.walk import Deadline
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.encoding import shard_of
from chalicelib.stats.table import (
    CountsByTime,
    OutcomeCounts,
    QuarterHours,
    Rollup,
    StatsRow,
    UniqueDay,
    daily_key,
    link_subject,
    unique_key,
)

log = logging.getLogger(__name__)

# Rows that are in memory together.
_TOGETHER = 1000

Key = tuple[str, str]


class DayClosing:
    """The closing of one UTC day of a program, of which *touched* are all ranges that have counts."""

    def __init__(self, program: str, day: date, touched: Iterable[Key], *, at: datetime) -> None:
        self.program = program
        self.day = day.isoformat()
        self.at = at
        self._keys: dict[str, list[Key]] = defaultdict(list)
        for key in touched:
            self._keys[key[0]].append(key)
        self._own = sorted(subject for subject in self._keys if not subject.startswith("link#"))
        # What came of links, and of the program but for clicks.
        self._by_link: dict[str, QuarterHours] = defaultdict(_quarters)
        self._sum = _quarters()

    def run(self, *, after: str, deadline: Deadline) -> str | None:
        """
        Close the day, from behind the link *after* which the last run ended; returns after which this one did.

        None, once all is closed. At least one stretch is done, or a day would never be.
        """
        self._close_partners()
        links = sorted({one for one in self._keys if one.startswith("link#")} | self._by_link.keys())
        for stretch in self._stretches([one for one in links if one > after]):
            self._close_links(stretch)
            if deadline.passed and stretch[-1] != links[-1]:
                return stretch[-1]
        self._close_program(links)
        return None

    def _close_partners(self) -> None:
        for stretch in self._stretches(self._own):
            sums: dict[str, QuarterHours] = defaultdict(_quarters)
            links: dict[str, set[str]] = defaultdict(set)
            for row in self._ranges(stretch):
                add_quarters(sums[row.pk], row.counts())
                add_quarters(self._sum, row.counts())
                if isinstance(row, OutcomeCounts):
                    for begun, code_key, counts in row.counts_by_link():
                        add_quarters(self._by_link[link_subject(code_key)], iter(((begun, counts),)))
                        links[row.pk].add(code_key)
            for subject, quarters in sums.items():
                if not subject.startswith("none"):
                    self._put(subject, quarters, links=sorted(links[subject]))

    def _close_links(self, stretch: Sequence[str]) -> None:
        sums: dict[str, QuarterHours] = defaultdict(_quarters)
        for row in self._ranges(stretch):
            add_quarters(sums[row.pk], row.counts())
        for link in stretch:
            for quarter, counts in self._by_link.get(link, {}).items():
                sums[link][quarter].add(counts)
            self._put(link, sums[link])
            put_visitors(link, self.day, self._keys.get(link, ()), total(sums[link].values()), at=self.at)

    def _close_program(self, links: Sequence[str]) -> None:
        """Sum up what was closed: of links the clicks, as what came of them is in what came of partners."""
        visitors = 0
        for begin in range(0, len(links), _TOGETHER):
            own = links[begin : begin + _TOGETHER]
            for rollup in rows.find_all(Rollup, [(daily_key(link), self.day) for link in own]).values():
                for quarter, counts in rollup.quarters.items():
                    self._sum[quarter].add(counts.of_clicks())
            visitors += count_stored_visitors(own, self.day)
        self._put(self.program, self._sum)
        if links:
            put_rollup(UniqueDay(unique_key(self.program), self.day, visitors=visitors, as_of=self.at))

    def _stretches(self, subjects: Iterable[str]) -> Iterator[list[str]]:
        """Cut subjects into stretches of about as many ranges as are read together, each subject whole."""
        stretch: list[str] = []
        size = 0
        for subject in subjects:
            stretch.append(subject)
            size += 1 + len(self._keys.get(subject, ()))
            if size >= _TOGETHER:
                yield stretch
                stretch, size = [], 0
        if stretch:
            yield stretch

    def _ranges(self, subjects: Iterable[str]) -> Iterable[StatsRow]:
        keys = [key for subject in subjects for key in self._keys.get(subject, ())]
        return rows.find_all(StatsRow, keys).values() if keys else ()

    def _put(self, subject: str, quarters: QuarterHours, *, links: Sequence[str] = ()) -> None:
        put_rollup(Rollup(daily_key(subject), self.day, quarters=dict(quarters), links=list(links), as_of=self.at))


def add_quarters(quarters: QuarterHours, ranges: CountsByTime) -> None:
    """Add ranges to the quarters of an hour they are in."""
    for begin, counts in ranges:
        quarters[f"{begin:%H}:{begin.minute // 15 * 15:02}"].add(counts)


def put_rollup(row: Rollup | UniqueDay) -> None:
    """Put a rollup, unless a later one is there."""
    newer = type(row).as_of.does_not_exist() | (type(row).as_of <= row.as_of)
    if writes.commit(writes.put_if(row, newer)):
        log.info("%s %s: a later rollup was faster", row.pk, row.sk)


def put_visitors(link: str, day: str, ranges: Iterable[Key], counts: Counts, *, at: datetime) -> None:
    """Count a link's visitors on a day anew, from the clicks of its ranges; *counts* is what is known of that day."""
    partitions = {partition_of(pk.removeprefix("link#"), sk[:13], shard_of(sk)) for pk, sk in ranges}
    put_rollup(
        UniqueDay(
            unique_key(link),
            day,
            visitors=_visitors(partitions),
            human_clicks=counts.human,
            leads=counts.leads,
            sales=counts.sales,
            as_of=at,
        )
    )


def count_stored_visitors(links: Iterable[str], day: str) -> int:
    """Return the sum of the visitors that were counted of links."""
    keys = [(unique_key(link), day) for link in links]
    return sum(row.visitors for row in rows.find_all(UniqueDay, keys).values()) if keys else 0


def _visitors(partitions: Iterable[str]) -> int:
    """Return how many people left clicks in some partitions of one day."""
    visitors = set()
    for partition in partitions:
        for click in items.query(clicks.TABLE, partition, attributes=["kind", "visitor"]):
            if click["kind"]["S"] == "human":
                visitors.add(click["visitor"]["S"])
    return len(visitors)


def _quarters() -> QuarterHours:
    return defaultdict(Counts)
