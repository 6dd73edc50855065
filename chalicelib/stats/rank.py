"""Ranks a program's partners, and the channels of its links, over local days."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.instants import midnight
from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.stats.counts import Counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import (
    MOST_RANKED_DAYS,
    Metrics,
    RankedChannel,
    RankedPartner,
    RankingQuery,
    RankingView,
    metrics,
)
from chalicelib.stats.table import (
    OutcomeCounts,
    Rollup,
    RollupCursor,
    StatsRow,
    closed_before,
    daily_key,
    link_subject,
    program_day,
    program_subject,
)

MOST_SECONDS = 8.0
_A_DAY, _A_MOMENT = timedelta(days=1), timedelta(milliseconds=1)
# Rows that are read by one call; then it is asked whether time is up. Days with fewer are read together.
_TOGETHER = 100
_NO_CHANNEL = ""
_BY: dict[str, Callable[[Counts], int]] = {
    "revenue": lambda counts: counts.revenue - counts.refunded,
    "sales": lambda counts: counts.sales,
    "leads": lambda counts: counts.leads,
    "clicks": lambda counts: counts.human,
}


class _Sums(Struct, frozen=True):
    """The counts of each partner, and of each link, so far, in a span of time."""

    span: Span
    partners: dict[str, Counts]
    links: dict[str, Counts]

    def add(self, sum_: Counts, ranges: Iterable[tuple[datetime, Counts]]) -> None:
        """Add those ranges that are in the span."""
        for begun, counts in ranges:
            if self.span.begin <= begun < self.span.end:
                sum_.add(counts)

    def merge(self, other: "_Sums") -> None:
        """Add what was counted of another day."""
        for own, others in ((self.partners, other.partners), (self.links, other.links)):
            for name, counts in others.items():
                own[name].add(counts)


def rank(
    reference: str,
    query: RankingQuery,
    *,
    at: datetime,
    most_seconds: float = MOST_SECONDS,
    most_calls: int | None = None,
) -> RankingView:
    """
    Rank a program's partners by a metric, and its channels by clicks: the first *limit* of each.

    Clicks count for the partner who owns the link; conversions for the link that referred the customer, and for the
    partner. Each UTC day's rows are read once, newest day first, bounded by time, and by calls if *most_calls* is set:
    *complete* says whether the first day was reached, and *from* is the first day that is counted in full. The names
    of channels take another call for each hundred links.
    """
    deadline = Deadline(most_seconds, most_calls)
    program = programs.find(reference).program
    span = Span(query, program, at=at, most_days=MOST_RANKED_DAYS)
    cursor = rows.find(RollupCursor, program_subject(program.id), "cursor")
    sums = _Sums(span, defaultdict(Counts), defaultdict(Counts))
    first, day = span.begin.date(), min((span.end - _A_MOMENT).date(), at.date())
    for begun, touched in _groups(program.id, first, day, open_from=closed_before(cursor), deadline=deadline):
        whole = _count(span, touched, deadline=deadline)
        if whole is None:
            break
        sums.merge(whole)
        day = begun - _A_DAY
    channels = _by_channel(sums)

    def ranked(counts: dict[str, Counts], by: str) -> list[tuple[str, Metrics]]:
        value = _BY[by]
        ordered = sorted(counts.items(), key=lambda one: (-value(one[1]), one[0]))[: query.limit]
        return [(name, metrics(one, unique=None, currency=program.currency)) for name, one in ordered]

    return RankingView(
        object="ranking",
        program=program.id,
        from_=(span.first if day < first else _first_whole(day, span)).isoformat(),
        to=span.last.isoformat(),
        timezone=span.zone,
        by=query.by,
        complete=day < first,
        partners=[RankedPartner(*one) for one in ranked(_within(sums.partners), query.by)],
        channels=[RankedChannel(name or None, one) for name, one in ranked(_within(channels), "clicks")],
    )


def _groups(
    program_id: str, first: date, day: date, *, open_from: date, deadline: Deadline
) -> Iterator[tuple[date, list[tuple[str, str]]]]:
    """Yield groups of whole days, newest first, that one call can read: the first day, and the keys of their rows."""
    group: list[tuple[str, str]] = []
    begun = None
    while day >= first and not deadline.passed:
        keys = _touched(program_id, day, closed=day < open_from)
        if begun is not None and len(group) + len(keys) > _TOGETHER:
            yield begun, group
            group = []
        group, begun = [*group, *keys], day
        day -= _A_DAY
    if begun is not None:
        yield begun, group


def _touched(program_id: str, day: date, *, closed: bool) -> list[tuple[str, str]]:
    """Return the keys of the rows that count a day: its daily rollups if it is closed, else its ranges."""
    date_text = day.isoformat()
    keys = [(row.pk, row.sk) for row in StatsRow.by_program_day.query(program_day(program_id, date_text))]
    if closed:
        return list({(daily_key(pk), date_text): None for pk, _ in keys if not pk.startswith("none")})
    return keys


def _count(span: Span, touched: list[tuple[str, str]], *, deadline: Deadline) -> _Sums | None:
    """Count some days. None if there was no time for all of them; what one call reads is read in any case."""
    sums = _Sums(span, defaultdict(Counts), defaultdict(Counts))
    came_by: set[tuple[str, str]] = set()
    for begin in range(0, len(touched), _TOGETHER):
        if begin and deadline.passed:
            return None
        for row in rows.find_all(StatsRow, touched[begin : begin + _TOGETHER], consistent=False).values():
            _add_row(sums, row)
            if isinstance(row, Rollup):
                came_by.update((daily_key(link_subject(code_key)), row.sk) for code_key in row.links)
    # Links without clicks on a closed day, whose customers returned.
    quiet = sorted(came_by - set(touched))
    for row in rows.find_all(StatsRow, quiet, consistent=False).values() if quiet else ():
        sums.add(sums.links[row.pk.removeprefix("days#link#")], row.counts())
    return sums


def _add_row(sums: _Sums, row: StatsRow) -> None:
    subject = row.pk.removeprefix("days#")
    if subject.startswith("link#"):
        sums.add(sums.links[subject.removeprefix("link#")], row.counts())
    elif subject.startswith("ptr_"):
        # Their clicks are added with their links': of days that were closed by older code, only those have them.
        outcomes = ((begun, counts.without_clicks()) for begun, counts in row.counts())
        sums.add(sums.partners[subject.partition("#")[0]], outcomes)
    if isinstance(row, OutcomeCounts):
        for begun, code_key, counts in row.counts_by_link():
            sums.add(sums.links[code_key], [(begun, counts)])


def _first_whole(day: date, span: Span) -> date:
    """Return the first local day that is counted in full, if a UTC day was the last one that is not."""
    begun = midnight(day + timedelta(days=1))
    local = span.calendar.day_of(begun)
    return local + timedelta(days=begun > span.calendar.midnight(local))


def _within(counts: dict[str, Counts]) -> dict[str, Counts]:
    """Leave out those without numbers in the period."""
    return {name: one for name, one in counts.items() if one != Counts()}


def _by_channel(sums: _Sums) -> dict[str, Counts]:
    """Return the counts by channel, and add each link's clicks to its partner's."""
    channels: dict[str, Counts] = defaultdict(Counts)
    for key, link in links.find_by_codes(sums.links).items():
        channels[link.channel or _NO_CHANNEL].add(sums.links[key])
        sums.partners[link.partner_id].add(sums.links[key].of_clicks())
    return channels
