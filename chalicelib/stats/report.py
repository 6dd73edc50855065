"""Reports of partners and programs over local days, in a bounded number of reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from chalicelib.kit import instants
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as link_search
from chalicelib.links.table import Link
from chalicelib.partners.duplicates import families_of
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.stats.counts import Counts, total
from chalicelib.stats.partner_counts import PartnerCounts, read_counts
from chalicelib.stats.shapes import (
    MOST_DAYS,
    DayMetrics,
    LinkMetrics,
    Metrics,
    PartnerStatsQuery,
    PartnerStatsView,
    StatsQuery,
    StatsView,
    metrics,
)
from chalicelib.stats.table import (
    Rollup,
    RollupCursor,
    StatsRow,
    UniqueDay,
    closed_before,
    counts_by_link,
    daily_key,
    find_cursor,
    find_open_day,
    hourly_key,
    link_subject,
    partner_subject,
    program_subject,
    query_rows,
    unique_key,
)

_A_MOMENT = timedelta(milliseconds=1)


class Span:
    """Local days, both ends included, and the instants they cover."""

    def __init__(self, query: StatsQuery, program: Program, *, at: datetime, most_days: int = MOST_DAYS) -> None:
        if query.timezone is not None and not instants.is_zone(query.timezone):
            raise InvalidValue("This is not the name of a time zone.", pointer="/timezone")
        self.calendar = Calendar(query.timezone) if query.timezone else program.calendar
        self.zone = self.calendar.zone_at(at)
        self.last = _day(query.to, "/to") or self.calendar.day_of(at)
        self.first = _day(query.from_, "/from") or self.last - timedelta(days=29)
        if not 0 <= (self.last - self.first).days < most_days:
            raise InvalidValue(f"Request 1 to {most_days} days at a time.", pointer="/from")
        self.begin = self.calendar.midnight(self.first)
        self.end = self.calendar.midnight(self.last + timedelta(days=1))

    def since(self, begin: datetime | None) -> "Span":
        """Return it with what was before from a moment on; itself, if there is none."""
        if begin is None:
            return self
        span = copy(self)
        span.begin = begin
        return span

    def days(self) -> Iterator[str]:
        for number in range((self.last - self.first).days + 1):
            yield (self.first + timedelta(days=number)).isoformat()


def partner_report(
    profile: PartnerProfile, query: PartnerStatsQuery, *, at: datetime, links: Sequence[Link] | None = None
) -> PartnerStatsView:
    """
    Report on a partner in one program, and on their links: current to the second, but for unique visitors.

    Reads: their links, unless they are passed, and their numbers (see `partner_counts`); for each end of the span
    that is not a whole UTC day, and for the visitors of open days, a hundred links a call. The number of reads does not
    depend on the number of clicks.
    """
    program = _program_of(profile, query)
    span = Span(query, program, at=at)
    counts = _read_span(profile.partner.id, program, span, at=at)
    several = links if links is not None else link_search.list_all(profile.partner.id)
    own = [link for link in several if link.program_id == program.id]
    by_link, visitors = counts.by_link(span.begin, span.end), counts.visitors()
    unique = {link.key: _within(visitors.get(link.key, {}), span) for link in own}
    view = _view(
        profile.partner.id, program.id, program.currency, span, counts.by_time(), _sum(unique.values()), as_of=at
    )
    listed = [
        LinkMetrics(
            link.id,
            link.code,
            link.channel,
            metrics(by_link.get(link.key, Counts()), unique=sum(unique[link.key].values()), currency=program.currency),
        )
        for link in reversed(own)
    ]
    return PartnerStatsView(**structs.asdict(view), links=listed)


def partner_totals(profile: PartnerProfile, query: PartnerStatsQuery, *, at: datetime) -> Counts:
    """Sum up a partner's numbers in one program: as in their report, in few reads."""
    program = _program_of(profile, query)
    span = Span(query, program, at=at)
    return _read_span(profile.partner.id, program, span, at=at).total(span.begin, span.end)


def _program_of(profile: PartnerProfile, query: PartnerStatsQuery) -> Program:
    program_ids = [enrollment.program_id for enrollment in profile.enrollments]
    if query.program is not None:
        program_ids = [programs.find(query.program).program.id]
    if len(program_ids) != 1:
        raise InvalidValue("Name the `program`: the partner is in none or in several.", pointer="/program")
    return programs.find(program_ids[0]).program


def _read_span(partner_id: str, program: Program, span: Span, *, at: datetime) -> PartnerCounts:
    first, last = span.begin.date(), (span.end - _A_MOMENT).date()
    return read_counts(partner_id, program, first=first, last=last, at=at)


def _within(visitors: Mapping[str, int], span: Span) -> dict[str, int]:
    return {day: number for day, number in visitors.items() if span.first.isoformat() <= day <= span.last.isoformat()}


def link_report(reference: str, query: StatsQuery, *, at: datetime) -> StatsView:
    """
    Report on a link: its clicks, and the conversions of customers it referred.

    Reads: the cursor of its program's rollups, one query for closed days, one for the ranges since, one for those of
    its partner's conversions, and one for visitors. The number of reads does not depend on the number of clicks.
    """
    link = link_search.find(reference)
    program = programs.find(link.program_id).program
    span = Span(query, program, at=at)
    ranges = link_ranges(link, span, find_open_day(program.id)).ranges
    unique = _unique(link_subject(link.key), span)
    return _view(link.id, program.id, program.currency, span, ranges, unique, as_of=at)


class RolledUp(NamedTuple):
    """Counts of a span of time, and when the newest of its rollups was written; None if it has none."""

    ranges: list[tuple[datetime, Counts]]
    as_of: datetime | None


def link_ranges(link: Link, span: Span, open_from: date) -> RolledUp:
    """Read the counts of a link's clicks, and of the customers it referred, of days closed and open."""
    subject = link_subject(link.key)
    stored = list(_rows(subject, subject, span, open_from))
    # On open days, a link's own ranges have only its clicks. Its results are those of everybody who is one person.
    family = families_of([link.partner_id]).get(link.partner_id, [link.partner_id])
    outcomes = (row for one in family for row in _open_rows(partner_subject(one, link.program_id), span, open_from))
    of_link = [(begun, counts) for begun, code_key, counts in counts_by_link(outcomes) if code_key == link.key]
    return RolledUp([*(one for row in stored for one in row.counts()), *of_link], _newest(stored))


def program_report(reference: str, query: StatsQuery, *, at: datetime) -> StatsView:
    """Report on a program, as of the last rollup: three queries for a program of any size."""
    program = programs.find(reference).program
    span = Span(query, program, at=at)
    cursor = find_cursor(program.id)
    unique = program_visitors(program.id, span)
    rolled_up = program_rollups(program.id, span, closed_before(cursor))
    moments = (cursor.as_of if cursor is not None else None, rolled_up.as_of)
    as_of = max((moment for moment in moments if moment is not None), default=at)
    return _view(program.id, program.id, program.currency, span, rolled_up.ranges, unique, as_of=as_of)


def program_rollups(program_id: str, span: Span, open_from: date) -> RolledUp:
    """Read a program's rollups: its closed days, and the hours since."""
    subject = program_subject(program_id)
    rollups = list(_rows(subject, hourly_key(subject), span, open_from))
    return RolledUp([one for row in rollups for one in row.counts()], _newest(rollups))


def program_visitors(program_id: str, span: Span) -> dict[str, int]:
    """Return a program's unique visitors on each UTC day that has any."""
    return _unique(program_subject(program_id), span)


def _newest(stored: Iterable[StatsRow]) -> datetime | None:
    return max((row.as_of for row in stored if isinstance(row, Rollup)), default=None)


def total_of_programs(several: Sequence[Program], query: StatsQuery, *, at: datetime) -> dict[str, Metrics]:
    """Sum up programs, each as its report does, but without unique visitors: two queries each, and one read of all."""
    cursors = rows.find_all(RollupCursor, [(program_subject(one.id), "cursor") for one in several])
    totals = {}
    for program in several:
        span, subject = Span(query, program, at=at), program_subject(program.id)
        open_from = closed_before(cursors.get((subject, "cursor")))
        ranges = (one for row in _rows(subject, hourly_key(subject), span, open_from) for one in row.counts())
        counts = total(counts for begun, counts in ranges if span.begin <= begun < span.end)
        totals[program.id] = metrics(counts, unique=None, currency=program.currency)
    return totals


def _rows(subject: str, ranges: str, span: Span, open_from: date) -> Iterator[StatsRow]:
    """Yield the rows of a subject: its closed days, and then its ranges."""
    last_closed = min(open_from - timedelta(days=1), span.end.date()) if open_from > date.min else date.min
    if span.begin.date() <= last_closed:
        yield from query_rows(daily_key(subject), span.begin.date().isoformat(), last_closed.isoformat())
    yield from _open_rows(ranges, span, open_from)


def _open_rows(ranges: str, span: Span, open_from: date) -> Iterator[StatsRow]:
    """Yield the ranges of a subject in those days that are not closed."""
    begin = max(span.begin, instants.midnight(open_from))
    if begin < span.end:
        yield from query_rows(ranges, instants.hour_of(begin), instants.hour_of(span.end))


def _unique(subject: str, span: Span) -> dict[str, int]:
    """Return the unique visitors of each day that has any."""
    between = query_rows(unique_key(subject), span.begin.date().isoformat(), span.end.date().isoformat())
    return {row.sk: row.visitors for row in between if isinstance(row, UniqueDay)}


def _sum(several: Iterable[dict[str, int]]) -> dict[str, int]:
    summed: dict[str, int] = defaultdict(int)
    for one in several:
        for day, number in one.items():
            summed[day] += number
    return summed


def _view(
    subject: str,
    program_id: str,
    currency: str,
    span: Span,
    ranges: Iterable[tuple[datetime, Counts]],
    unique: dict[str, int],
    *,
    as_of: datetime,
) -> StatsView:
    by_day: dict[str, Counts] = {day: Counts() for day in span.days()}
    for begun, counts in ranges:
        if span.begin <= begun < span.end:
            by_day[span.calendar.day_of(begun).isoformat()].add(counts)
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
        timezone=span.zone,
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
