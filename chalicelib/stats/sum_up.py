"""Sums up partners and programmes over local days, in a bounded number of reads."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.kit import instants
from chalicelib.kit.errors import ValueRefused
from chalicelib.links import find as links
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.stats.numbers import Numbers, total
from chalicelib.stats.shapes import MOST_DAYS, DayFigures, PartnerStatsQuery, StatsQuery, StatsView, figures
from chalicelib.stats.table import (
    ClickHour,
    OutcomeHour,
    ProgramDay,
    StatsRow,
    UniqueDay,
    of_link,
    of_partner,
    of_program,
    of_unique,
)

_MOST_LINKS = 100
Counted = Iterable[tuple[datetime, Numbers]]


class Span:
    """Local days, both ends included, and the instants they cover."""

    def __init__(self, query: StatsQuery, *, at: datetime) -> None:
        try:
            self.zone = ZoneInfo(query.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueRefused("This is not the name of a time zone.", pointer="/timezone") from error
        self.last = _day(query.to, "/to") or at.astimezone(self.zone).date()
        self.first = _day(query.from_, "/from") or self.last - timedelta(days=29)
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise ValueRefused(f"Ask for 1 to {MOST_DAYS} days at a time.", pointer="/from")
        self.begin = datetime.combine(self.first, time(), self.zone).astimezone(UTC)
        self.end = datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def days(self) -> Iterator[str]:
        for number in range((self.last - self.first).days + 1):
            yield (self.first + timedelta(days=number)).isoformat()


def of_one_partner(reference: str, query: PartnerStatsQuery, *, at: datetime) -> StatsView:
    """
    Sum up a partner in one programme: fresh to the second, but for unique visitors.

    Reads: one query for each of the partner's links (at most 100) and its visitors, and one for
    what came of them; each covers at most 92 days of hours, whatever their number of clicks.
    """
    span = Span(query, at=at)
    member = partners.find(reference)
    programme_ids = [enrolment.program_id for enrolment in member.enrolments]
    if query.program is not None:
        programme_ids = [programs.find(query.program).program.id]
    if len(programme_ids) != 1:
        raise ValueRefused("Say which `program`: the partner is not in exactly one.", pointer="/program")
    program = programs.find(programme_ids[0]).program
    found, _ = links.page(member.partner.id, limit=_MOST_LINKS)
    codes = [link.key for link in found if link.program_id == program.id]
    hours = [row for code_key in codes for row in _hours(of_link(code_key), span)]
    hours += _hours(of_partner(member.partner.id, program.id), span)
    unique: dict[str, int] = defaultdict(int)
    for row in (row for code_key in codes for row in _dated(of_unique(code_key), span)):
        if isinstance(row, UniqueDay):
            unique[row.sk] += row.visitors
    return _view(member.partner.id, program.id, program.currency, span, _minutes(hours), unique, as_of=at)


def of_one_program(reference: str, query: StatsQuery, *, at: datetime) -> StatsView:
    """Sum up a programme, as of the last roll-up: one query, a row a day, whatever its size."""
    span = Span(query, at=at)
    program = programs.find(reference).program
    days = [row for row in _dated(of_program(program.id), span) if isinstance(row, ProgramDay)]
    unique = {row.sk: row.unique for row in days}
    counted = (
        (datetime.fromisoformat(f"{row.sk}T{quarter}:00+00:00"), numbers)
        for row in days
        for quarter, numbers in row.quarters.items()
    )
    as_of = max((row.as_of for row in days), default=at)
    return _view(program.id, program.id, program.currency, span, counted, unique, as_of=as_of)


def brought_by(partner_id: str, program_id: str, *, since: datetime, until: datetime) -> tuple[int, int]:
    """Return a partner's sales, and their revenue less refunds, from one moment to another, in whole minutes."""
    first, last = instants.hour_of(since), instants.hour_of(until) + "~"
    subject = of_partner(partner_id, program_id)
    found = list(StatsRow.query(subject, StatsRow.sk.between(first, last), consistent_read=True))
    numbers = total(minute for begun, minute in _minutes(found) if since <= begun <= until)
    return numbers.sales, numbers.revenue - numbers.refunded


def _hours(subject: str, span: Span) -> list[StatsRow]:
    last = instants.hour_of(span.end) + "~"
    return list(StatsRow.query(subject, StatsRow.sk.between(instants.hour_of(span.begin), last), consistent_read=True))


def _dated(subject: str, span: Span) -> list[StatsRow]:
    """Return rows by UTC day, from the day the span begins in to the one it ends in."""
    first, last = span.begin.date().isoformat(), span.end.date().isoformat()
    return list(StatsRow.query(subject, StatsRow.sk.between(first, last), consistent_read=True))


def _minutes(hours: Iterable[StatsRow]) -> Counted:
    for row in hours:
        if isinstance(row, ClickHour | OutcomeHour):
            hour = datetime.fromisoformat(f"{row.sk[:13]}:00:00+00:00")
            for minute, numbers in row.minutes().items():
                yield hour + timedelta(minutes=minute), numbers


def _view(
    subject: str,
    program_id: str,
    currency: str,
    span: Span,
    counted: Counted,
    unique: dict[str, int],
    *,
    as_of: datetime,
) -> StatsView:
    by_day: dict[str, Numbers] = {day: Numbers() for day in span.days()}
    for begun, numbers in counted:
        if span.begin <= begun < span.end:
            by_day[begun.astimezone(span.zone).date().isoformat()].add(numbers)
    days = [
        DayFigures(day, figures(numbers, unique=unique.get(day, 0), currency=currency))
        for day, numbers in by_day.items()
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
        totals=figures(total(by_day.values()), unique=visitors, currency=currency),
        days=days,
    )


def _day(written: str | None, pointer: str) -> date | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise ValueRefused("This is not a date.", pointer=pointer) from error
