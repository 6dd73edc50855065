"""Ranks a program's partners, and the channels of its links, over UTC days."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec import Struct

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.walk import Deadline
from chalicelib.links import find as links
from chalicelib.programs import find as programs
from chalicelib.stats.counts import Counts
from chalicelib.stats.roll_up import closed_before
from chalicelib.stats.shapes import MOST_RANKED_DAYS, RankedView, RankingQuery, RankingView, metrics
from chalicelib.stats.table import (
    CountsByTime,
    OutcomeCounts,
    Rollup,
    RollupCursor,
    StatsRow,
    daily_key,
    link_subject,
    program_day,
    program_subject,
)

MOST_SECONDS = 8.0
_NO_CHANNEL = ""
_BY: dict[str, Callable[[Counts], int]] = {
    "revenue": lambda counts: counts.revenue - counts.refunded,
    "sales": lambda counts: counts.sales,
    "leads": lambda counts: counts.leads,
    "clicks": lambda counts: counts.human,
}


class _Sums(Struct, frozen=True):
    """The counts of each partner, and of each link, so far."""

    partners: dict[str, Counts]
    links: dict[str, Counts]


def rank(reference: str, query: RankingQuery, *, at: datetime, most_seconds: float = MOST_SECONDS) -> RankingView:
    """
    Rank a program's partners by a metric, and its channels by clicks: the first *limit* of each.

    Clicks count for the partner whose link it is; conversions for the link by which the customer was sent, and for the
    partner. Each day's rows are read once, newest day first, bounded by time: *complete* says whether the first day was
    reached, and *from* is the first one counted.
    """
    deadline = Deadline(most_seconds)
    program = programs.find(reference).program
    first, last = _span(query, at=at)
    cursor = rows.find(RollupCursor, program_subject(program.id), "cursor")
    sums = _Sums(defaultdict(Counts), defaultdict(Counts))
    day = last
    while day >= first and not deadline.passed:
        _add_day(sums, program.id, day, closed=day < closed_before(cursor))
        day -= timedelta(days=1)
    channels = _by_channel(sums)

    def ranked(counts: dict[str, Counts], by: str) -> list[RankedView]:
        value = _BY[by]
        ordered = sorted(counts.items(), key=lambda one: (-value(one[1]), one[0]))[: query.limit]
        return [RankedView(name or None, metrics(one, unique=0, currency=program.currency)) for name, one in ordered]

    return RankingView(
        object="ranking",
        program=program.id,
        from_=(day + timedelta(days=1)).isoformat(),
        to=last.isoformat(),
        by=query.by,
        complete=day < first,
        partners=ranked(sums.partners, query.by),
        channels=ranked(channels, "clicks"),
    )


def _add_day(sums: _Sums, program_id: str, day: date, *, closed: bool) -> None:
    """Add a day: from daily rollups if it is closed, else from its ranges."""
    date_text = day.isoformat()
    touched = [(row.pk, row.sk) for row in StatsRow.by_program_day.query(program_day(program_id, date_text))]
    if closed:
        touched = list({(daily_key(pk), date_text): None for pk, _ in touched if not pk.startswith("none")})
    came_by: set[tuple[str, str]] = set()
    for row in rows.find_all(StatsRow, touched, consistent=False).values() if touched else ():
        subject = row.pk.removeprefix("days#")
        if subject.startswith("link#"):
            _add(sums.links[subject.removeprefix("link#")], row.counts())
        elif subject.startswith("ptr_"):
            _add(sums.partners[subject.partition("#")[0]], row.counts())
        if isinstance(row, OutcomeCounts):
            for _, code_key, counts in row.counts_by_link():
                sums.links[code_key].add(counts)
        elif isinstance(row, Rollup):
            came_by.update((daily_key(link_subject(code_key)), date_text) for code_key in row.links)
    # Links that nobody followed on a closed day, but whose customers came again.
    quiet = sorted(came_by - set(touched))
    for row in rows.find_all(StatsRow, quiet, consistent=False).values() if quiet else ():
        _add(sums.links[row.pk.removeprefix("days#link#")], row.counts())


def _add(sum_: Counts, ranges: CountsByTime) -> None:
    for _, counts in ranges:
        sum_.add(counts)


def _by_channel(sums: _Sums) -> dict[str, Counts]:
    """Return the counts by channel, and add each link's clicks to its partner's."""
    channels: dict[str, Counts] = defaultdict(Counts)
    for key, link in links.find_by_codes(sums.links).items():
        channels[link.channel or _NO_CHANNEL].add(sums.links[key])
        sums.partners[link.partner_id].add(sums.links[key].of_clicks())
    return channels


def _span(query: RankingQuery, *, at: datetime) -> tuple[date, date]:
    try:
        last = date.fromisoformat(query.to) if query.to else at.date()
        first = date.fromisoformat(query.from_) if query.from_ else last - timedelta(days=29)
    except ValueError as error:
        raise InvalidValue("This is not a date.", pointer="/from") from error
    if not 0 <= (last - first).days < MOST_RANKED_DAYS:
        raise InvalidValue(f"Ask for 1 to {MOST_RANKED_DAYS} days at a time.", pointer="/from")
    return first, last
