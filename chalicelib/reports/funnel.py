"""
Adds up a program's funnel from the steps of its closed days, by two calls or a few more for a year.

A funnel is about those who clicked in a period, and counts how far they got by its end: so no step has more than the
one it is a part of, whoever came before the period, or without a click.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.kit import instants
from chalicelib.kit.calendars import Calendar
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.instants import midnight
from chalicelib.kit.tally import Tally
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.funnel_shapes import (
    DaysTaken,
    FunnelCustomers,
    FunnelQuery,
    FunnelStep,
    FunnelStepName,
    FunnelView,
    FunnelWarning,
    ResolvedDays,
)
from chalicelib.reports.metrics import LEAST, rounded
from chalicelib.reports.shapes import MOST_DAYS, Ratio
from chalicelib.stats.counts import Counts
from chalicelib.stats.day_sums import cuts_of
from chalicelib.stats.journey_table import DaySteps, steps_key
from chalicelib.stats.report import Span
from chalicelib.stats.steps import BEFORE, STEPS, Bought, Measured, SectionSteps, Step
from chalicelib.stats.table import RollupCursor, closed_before, find_cursor, program_subject, query_rows

_A_DAY = timedelta(days=1)
_A_MOMENT = timedelta(milliseconds=1)
_DAY = 24 * 3600 * 1000
# The step that each is a part of. Visitors are told apart by their address and browser, of which an office has one:
# more people may sign up than visitors are counted, but not more than clicked.
_BEFORE: dict[FunnelStepName, FunnelStepName] = {
    "human_clicks": "hits",
    "unique_visitors": "human_clicks",
    "signed_up": "human_clicks",
    "bought": BEFORE["bought"],
    "bought_again": BEFORE["bought_again"],
    "became_partner": BEFORE["became_partner"],
}


def funnel(reference: str, query: FunnelQuery, *, at: datetime) -> FunnelView:
    """Return a program's funnel over days that are over. The same query gives the same bytes, unless a day changes."""
    program = programs.find(reference).program
    cursor = find_cursor(program.id)
    warnings: list[FunnelWarning] = []
    span = _span(query, program, cursor, warnings, at=at)
    added = _Sum(span)
    for row in query_rows(
        steps_key(program_subject(program.id)), span.begin.date().isoformat(), (span.end - _A_MOMENT).date().isoformat()
    ):
        assert isinstance(row, DaySteps)
        added.add(row)
    complete = not warnings
    steps = list(added.steps())
    customers = added.customers()
    ratios = [one.share_of_before for one in steps if one.share_of_before is not None]
    if any(0 < one.denominator < LEAST for one in (*ratios, customers.bought_again)):
        warnings.append("small_numbers")
    return FunnelView(
        object="funnel",
        program=program.id,
        currency=program.currency,
        query=ResolvedDays(span.first.isoformat(), span.last.isoformat(), span.zone),
        as_of=instants.text(added.as_of or span.end),
        complete=complete,
        warnings=[*warnings, "unique_not_summable"],
        steps=steps,
        customers=customers,
    )


def _span(
    query: FunnelQuery,
    program: Program,
    cursor: RollupCursor | None,
    warnings: list[FunnelWarning],
    *,
    at: datetime,
) -> Span:
    """Return the days of a query that are over, and since when they are counted. Refuses a query without any."""
    own_zones = {program.calendar.zone, *(zone for zone, _ in program.calendar.former)}
    if query.timezone is not None and query.timezone not in {"UTC", *own_zones}:
        raise InvalidValue("A funnel is counted by the program's own days, or UTC's.", pointer="/timezone")
    calendar = Calendar(query.timezone) if query.timezone is not None else program.calendar
    open_from = closed_before(cursor)
    closed = calendar.day_of(midnight(open_from)) - _A_DAY if open_from > date.min else None
    if closed is None:
        raise InvalidValue("A funnel is counted once a day is over.", pointer="/to")
    span = Span(
        FunnelQuery(from_=query.from_, to=query.to or closed.isoformat(), timezone=query.timezone),
        program,
        at=at,
        most_days=MOST_DAYS,
    )
    if closed < span.first:
        raise InvalidValue(f"A funnel is counted once a day is over: up to {closed.isoformat()}.", pointer="/from")
    if span.last > closed:
        warnings.append("open_days_left_out")
        span.last, span.end = closed, calendar.midnight(closed + _A_DAY)
    stepped_from = cursor.stepped_from if cursor is not None else None
    since = date.fromisoformat(stepped_from) if stepped_from is not None else open_from
    if since > program.created_at.date() and span.begin < midnight(since):
        first = calendar.day_of(midnight(since) - _A_MOMENT) + _A_DAY
        if first > span.last:
            raise InvalidValue(f"Steps are counted from {first.isoformat()} on.", pointer="/to")
        warnings.append("range_cut")
        span.first, span.begin = first, calendar.midnight(first)
    return span


class _Sum:
    """The sum of the sections that are in a span."""

    def __init__(self, span: Span) -> None:
        self.as_of: datetime | None = None
        self._span = span
        self._counts, self._visitors = Counts(), 0
        self._taken: Counter[Step] = Counter()
        self._by_click: Counter[Step] = Counter()
        self._bought = Bought()
        self._took: dict[Measured, Tally] = {}

    def add(self, row: DaySteps) -> None:
        """Add a day. Refuses one that was cut at the midnights of another time zone."""
        calendar = self._span.calendar
        if not set(cuts_of(calendar, date.fromisoformat(row.sk))) <= set(row.cuts):
            raise InvalidValue(f"On {row.sk}, the program had days of another time zone.", pointer="/timezone")
        self.as_of = row.as_of if self.as_of is None else max(self.as_of, row.as_of)
        for since, numbers in row.sums.items():
            if self._has(f"{row.sk}T{since}"):
                self._counts.add(Counts(*numbers))
        within = [number for since, number in row.steps.visitors.items() if self._has(f"{row.sk}T{since}")]
        self._visitors += row.steps.unique if len(within) == len(row.steps.visitors) else sum(within)
        for since, section in row.steps.sections.items():
            if self._has(f"{row.sk}T{since}"):
                self._add_section(section)

    def _has(self, section: str) -> bool:
        return self._span.begin <= datetime.fromisoformat(f"{section}:00+00:00") < self._span.end

    def _add_section(self, section: SectionSteps) -> None:
        self._taken.update(section.taken)
        for click, numbers in section.by_click.items():
            if self._has(click):
                self._by_click.update(numbers)
        for first, bought in section.by_first.items():
            if self._has(first):
                self._bought.add(bought)
        for what, tally in section.took.items():
            self._took.setdefault(what, Tally()).merge(tally)

    def steps(self) -> Iterator[FunnelStep]:
        """Yield the steps in their order."""
        clicks = self._counts
        of_clicks: dict[FunnelStepName, int] = {
            "hits": clicks.clicks + clicks.head,
            "human_clicks": clicks.human,
            "unique_visitors": self._visitors,
        }
        counted, in_period = {**of_clicks}, {**of_clicks}
        for step in STEPS:
            counted[step], in_period[step] = self._by_click[step], self._taken[step]
        for name, count in counted.items():
            before = _BEFORE.get(name)
            yield FunnelStep(
                step=name,
                before=before,
                count=count,
                share_of_before=_ratio(count, counted[before]) if before is not None else None,
                share_of_first=_ratio(count, counted["hits"]) if before is not None else None,
                in_period=in_period[name],
                days=self._days(name) if name in STEPS else None,
            )

    def customers(self) -> FunnelCustomers:
        """Return what those did who bought first in the span."""
        customers, own = self._taken["bought"], self._bought
        net = own.revenue - own.refunded
        return FunnelCustomers(
            customers=customers,
            days_to_convert=self._days("converted"),
            bought_again=_ratio(own.bought_again, customers),
            orders=own.orders,
            revenue=own.revenue,
            refunded=own.refunded,
            net_revenue=net,
            orders_per_customer=_ratio(own.orders, customers),
            average_order=_ratio(own.revenue, own.orders),
            lifetime_value=_ratio(net, customers),
        )

    def _days(self, what: str) -> DaysTaken:
        tally = next((tally for name, tally in self._took.items() if name == what), Tally())
        return DaysTaken(tally.count, *(_in_days(tally.percentile(percent)) for percent in (50, 90)))


def _in_days(milliseconds: int | None) -> str | None:
    return rounded(milliseconds, _DAY) if milliseconds is not None else None


def _ratio(numerator: int, denominator: int) -> Ratio:
    return Ratio(rounded(numerator, denominator), numerator, denominator)
