"""Reports of partners and programs over local days, in a bounded number of reads."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.kit import instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.roll_up import closed_before
from chalicelib.stats.shapes import MOST_DAYS, DayMetrics, PartnerStatsQuery, StatsQuery, StatsView, metrics
from chalicelib.stats.table import (
    CountsByTime,
    Rollup,
    RollupCursor,
    StatsRow,
    UniqueDay,
    daily_key,
    hourly_key,
    link_subject,
    partner_subject,
    program_subject,
    unique_key,
)


class LinkClicks(NamedTuple):
    """Clicks of people on a link: in total, and since a day."""

    ever: int
    lately: int


class Span:
    """Local days, both ends included, and the instants they cover."""

    def __init__(self, query: StatsQuery, *, at: datetime) -> None:
        try:
            self.zone = ZoneInfo(query.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidValue("This is not the name of a time zone.", pointer="/timezone") from error
        self.last = _day(query.to, "/to") or at.astimezone(self.zone).date()
        self.first = _day(query.from_, "/from") or self.last - timedelta(days=29)
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise InvalidValue(f"Ask for 1 to {MOST_DAYS} days at a time.", pointer="/from")
        self.begin = datetime.combine(self.first, time(), self.zone).astimezone(UTC)
        self.end = datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def days(self) -> Iterator[str]:
        for number in range((self.last - self.first).days + 1):
            yield (self.first + timedelta(days=number)).isoformat()


def partner_report(reference: str, query: PartnerStatsQuery, *, at: datetime) -> StatsView:
    """
    Report on a partner in one program: current to the second, but for unique visitors.

    Reads: for each of the partner's links (at most 100), and for their conversions, one query for closed days
    and one for the ranges since; each link's visitors by one more. As many whatever the number of clicks.
    """
    span = Span(query, at=at)
    profile = partners.find(reference)
    program_ids = [enrollment.program_id for enrollment in profile.enrollments]
    if query.program is not None:
        program_ids = [programs.find(query.program).program.id]
    if len(program_ids) != 1:
        raise InvalidValue("Say which `program`: the partner is in none, or in several.", pointer="/program")
    program = programs.find(program_ids[0]).program
    subjects = [link_subject(link.key) for link in links.list_all(profile.partner.id) if link.program_id == program.id]
    unique: dict[str, int] = defaultdict(int)
    for subject in subjects:
        _add_unique(unique, subject, span)
    subjects.append(partner_subject(profile.partner.id, program.id))
    open_from = closed_before(rows.find(RollupCursor, program_subject(program.id), "cursor"))
    ranges = (one for subject in subjects for row in _rows(subject, subject, span, open_from) for one in row.counts())
    return _view(profile.partner.id, program.id, program.currency, span, ranges, unique, as_of=at)


def program_report(reference: str, query: StatsQuery, *, at: datetime) -> StatsView:
    """Report on a program, as of the last rollup: three queries, whatever its size."""
    span = Span(query, at=at)
    program = programs.find(reference).program
    subject = program_subject(program.id)
    cursor = rows.find(RollupCursor, subject, "cursor")
    unique: dict[str, int] = defaultdict(int)
    _add_unique(unique, subject, span)
    rollups = list(_rows(subject, hourly_key(subject), span, closed_before(cursor)))
    ranges = (one for row in rollups for one in row.counts())
    moments = [cursor.as_of] if cursor is not None and cursor.as_of else []
    as_of = max([*moments, *(row.as_of for row in rollups if isinstance(row, Rollup))], default=at)
    return _view(program.id, program.id, program.currency, span, ranges, unique, as_of=as_of)


def brought_by(partner_id: str, program_id: str, *, since: datetime, until: datetime) -> tuple[int, int, int]:
    """Return a partner's sales, their revenue less refunds, and sign-ups, from one moment to another, in minutes."""
    counts = counts_of_partner(partner_id, program_id, since=since, until=until)
    return counts.sales, counts.revenue - counts.refunded, counts.leads


def count_link_clicks(link: Link, *, since: date, at: datetime) -> LinkClicks:
    """
    Count people's clicks on a link, in total and from a UTC day on: current to the second.

    Reads: the cursor of its program's rollups, one query for closed days, of a small row each, and one for the
    ranges since. As many whatever the number of clicks.
    """
    subject, begun = link_subject(link.key), link.created_at.date()
    open_from = max(closed_before(rows.find(RollupCursor, program_subject(link.program_id), "cursor")), begun)
    by_day: dict[date, int] = defaultdict(int)
    if begun < open_from:
        last_closed = open_from - timedelta(days=1)
        for row in _between(unique_key(subject), begun.isoformat(), last_closed.isoformat()):
            if isinstance(row, UniqueDay):
                by_day[date.fromisoformat(row.sk)] += row.human_clicks
    for row in _between(subject, open_from.isoformat(), at.date().isoformat()):
        for moment, counts in row.counts():
            by_day[moment.date()] += counts.human
    return LinkClicks(sum(by_day.values()), sum(clicks for day, clicks in by_day.items() if day >= since))


def counts_of_partner(partner_id: str, program_id: str, *, since: datetime, until: datetime) -> Counts:
    """Return the counts of a partner's conversions from one moment to another, in whole minutes."""
    hours = _between(partner_subject(partner_id, program_id), instants.hour_of(since), instants.hour_of(until))
    return total(minute for row in hours for begun, minute in row.counts() if since <= begun <= until)


def _rows(subject: str, ranges: str, span: Span, open_from: date) -> Iterator[StatsRow]:
    """Yield the rows of a subject: its closed days, and then its ranges."""
    last_closed = min(open_from - timedelta(days=1), span.end.date()) if open_from > date.min else date.min
    if span.begin.date() <= last_closed:
        yield from _between(daily_key(subject), span.begin.date().isoformat(), last_closed.isoformat())
    begin = max(span.begin, datetime.combine(open_from, time(), UTC))
    if begin < span.end:
        yield from _between(ranges, instants.hour_of(begin), instants.hour_of(span.end))


def _add_unique(unique: dict[str, int], subject: str, span: Span) -> None:
    for row in _between(unique_key(subject), span.begin.date().isoformat(), span.end.date().isoformat()):
        if isinstance(row, UniqueDay):
            unique[row.sk] += row.visitors


def _between(pk: str, first: str, last: str) -> Iterator[StatsRow]:
    """Return the rows from one day (or hour) to another, both included."""
    between: Iterator[StatsRow] = StatsRow.query(pk, StatsRow.sk.between(first, last + "~"), consistent_read=True)
    return between


def _view(
    subject: str,
    program_id: str,
    currency: str,
    span: Span,
    ranges: CountsByTime,
    unique: dict[str, int],
    *,
    as_of: datetime,
) -> StatsView:
    by_day: dict[str, Counts] = {day: Counts() for day in span.days()}
    for begun, counts in ranges:
        if span.begin <= begun < span.end:
            by_day[begun.astimezone(span.zone).date().isoformat()].add(counts)
    days = [
        DayMetrics(day, metrics(counts, unique=unique.get(day, 0), currency=currency)) for day, counts in by_day.items()
    ]
    visitors = sum(unique.get(day, 0) for day in by_day)
    return StatsView(
        object="stats",
        subject=subject,
        program=program_id,
        from_=span.first.isoformat(),
        to=span.last.isoformat(),
        timezone=str(span.zone),
        as_of=instants.text(as_of),
        totals=metrics(total(by_day.values()), unique=visitors, currency=currency),
        days=days,
    )


def _day(text: str | None, pointer: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidValue("This is not a date.", pointer=pointer) from error
