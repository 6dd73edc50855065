"""Resolves the query of a report: its defaults, its days, what it is filtered by; or refuses it."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

from msgspec import Struct, structs

from chalicelib.kit.calendars import Calendar
from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import CONSECUTIVE, OF_LINKS, OF_ORIGIN, OF_PARTNERS, OF_TERMS, OF_TIME
from chalicelib.reports.metrics import OF_CLICKS, VISITORS, WITH_CLICKS
from chalicelib.reports.shapes import (
    DEFAULT_METRICS,
    DIMENSIONS,
    METRICS,
    MOST_DAYS,
    Dimension,
    Metric,
    ReportQuery,
    ResolvedQuery,
)
from chalicelib.stats.report import Span

_MOST_DIMENSIONS = 2
_FILTERS = ("partner", "category", "link", "channel", *OF_ORIGIN, *OF_TERMS, "weekday", "hour")
N = TypeVar("N", bound=str)


class Request(Struct, frozen=True):
    """
    A query with its references resolved.

    *of_partners* says whether it needs the counts of partners, *of_links* those of each link, *divided* whether it
    matters when something was, and *hourly* whether the time of the day does.
    """

    query: ReportQuery
    metrics: tuple[Metric, ...]
    by: tuple[Dimension, ...]
    partner: str | None
    link: Link | None

    @property
    def of_links(self) -> bool:
        return any(one in OF_LINKS for one in self.by) or self.query.channel is not None

    @property
    def origin(self) -> str | None:
        """Return the kind of origin that clicks are counted by, if any."""
        filters = self.filters()
        return next((name for name in OF_ORIGIN if name in self.by or filters[name] is not None), None)

    @property
    def of_channels(self) -> bool:
        return "channel" in self.by or self.query.channel is not None

    @property
    def of_terms(self) -> bool:
        """Return whether outcomes are counted by what they were decided with."""
        filters = self.filters()
        return any(name in self.by or filters[name] is not None for name in OF_TERMS)

    @property
    def of_categories(self) -> bool:
        return "category" in self.by or self.query.category is not None

    @property
    def of_partners(self) -> bool:
        by_partner = any(one in OF_PARTNERS for one in self.by) or self.partner is not None or self.of_links
        return (by_partner or self.of_categories) and self.link is None

    @property
    def hourly(self) -> bool:
        return "hour" in self.by or self.query.hour is not None

    @property
    def divided(self) -> bool:
        return any(one in OF_TIME for one in self.by) or self.query.weekday is not None or self.hourly

    def calendar(self, program: Program) -> Calendar:
        """Return the calendar whose days are counted."""
        return Calendar(self.query.timezone) if self.query.timezone is not None else program.calendar

    def by_its_days(self, program: Program) -> bool:
        """Return whether days are the program's, or UTC's: these have sums of each partner and link."""
        return self.query.timezone is None or self.query.timezone in ("UTC", *_zones_of(program.calendar))

    def span(self, program: Program, *, at: datetime, last: date | None = None) -> Span:
        """Return the days, at most as many as can be counted; up to *last*, if the query does not say."""
        query = self.query
        if last is not None and query.to is None:
            query = structs.replace(query, to=last.isoformat())
        return Span(query, program, at=at, most_days=MOST_DAYS)

    def of_days(self, first: date, last: date) -> "Request":
        """Return the same request of other days."""
        return structs.replace(self, query=structs.replace(self.query, from_=first.isoformat(), to=last.isoformat()))

    def filters(self) -> dict[str, str | None]:
        """Return what each dimension must be, if anything; a click's class apart."""
        return {
            "partner": self.partner,
            "category": self.query.category,
            "link": self.link.key if self.link is not None else None,
            "channel": self.query.channel,
            **{name: getattr(self.query, name) for name in OF_ORIGIN},
            "tier": self.query.tier,
            "terms_version": str(self.query.terms_version) if self.query.terms_version is not None else None,
            "customer": self.query.customer,
            "weekday": str(self.query.weekday) if self.query.weekday is not None else None,
            "hour": f"{self.query.hour:02}" if self.query.hour is not None else None,
        }

    def resolved(self, span: Span) -> ResolvedQuery:
        """Return what is counted, as the answer says it."""
        return ResolvedQuery(
            metrics=[*self.metrics],
            by=[*self.by],
            from_=span.first.isoformat(),
            to=span.last.isoformat(),
            timezone=span.zone,
            partner=self.partner,
            category=self.query.category,
            link=self.link.id if self.link is not None else None,
            channel=self.query.channel,
            click_class=self.query.click_class,
            country=self.query.country,
            device=self.query.device,
            referrer_host=self.query.referrer_host,
            tier=self.query.tier,
            terms_version=self.query.terms_version,
            customer=self.query.customer,
            weekday=self.query.weekday,
            hour=self.query.hour,
            sort=self.query.sort,
            compare=self.query.compare,
        )


def resolve(query: ReportQuery, program: Program) -> Request:
    """Return a query with its references resolved. Refuses names that are unknown, and what cannot be counted."""
    by = names_of(query.by, DIMENSIONS, "/by") if query.by is not None else ()
    if len(by) > _MOST_DIMENSIONS:
        raise InvalidValue(f"Name at most {_MOST_DIMENSIONS} dimensions.", pointer="/by")
    filters = {name: getattr(query, name) for name in _FILTERS}
    filtered = {name for name, value in filters.items() if value is not None}
    of_terms = [name for name in OF_TERMS if name in by or name in filtered]
    metrics = _metrics(query, of_clicks=not of_terms)
    if of_terms:
        _check_terms(of_terms, query, by, filtered, metrics, program)
    if "click_class" in by or query.click_class is not None:
        _refuse_others(metrics, "Only clicks have a class: of the metrics, {} can be counted by it.", OF_CLICKS)
    _check_origins(query, by, filtered, metrics, program)
    if VISITORS in metrics and (any(one not in CONSECUTIVE for one in by) or filtered or query.click_class):
        raise InvalidValue(
            f"`{VISITORS}` are counted for the whole program, by {', '.join(CONSECUTIVE)} or in total.",
            pointer="/metrics",
        )
    if query.sort is not None and query.sort not in metrics:
        raise InvalidValue("Sort by one of the report's metrics.", pointer="/sort")
    partner = partners.find(query.partner).partner.id if query.partner is not None else None
    link = _find_link(query.link, program) if query.link is not None else None
    return Request(query, metrics, by, partner, link)


def _metrics(query: ReportQuery, *, of_clicks: bool) -> tuple[Metric, ...]:
    """Return the metrics; the default ones without clicks, where these cannot be counted."""
    if query.metrics is not None:
        return names_of(query.metrics, METRICS, "/metrics")
    return tuple(name for name in DEFAULT_METRICS if of_clicks or name not in WITH_CLICKS)


def names_of(written: str, closed_set: Sequence[N], pointer: str) -> tuple[N, ...]:
    """Return the names in a text, separated by commas. Refuses those that are not of the set, or occur twice."""
    by_name = {str(name): name for name in closed_set}
    names = written.split(",")
    for name in names:
        if name not in by_name:
            raise InvalidValue(f"There is no {name!r} among {', '.join(by_name)}.", pointer=pointer)
        if names.count(name) > 1:
            raise InvalidValue(f"`{name}` occurs more than once.", pointer=pointer)
    return tuple(by_name[name] for name in names)


def _find_link(reference: str, program: Program) -> Link:
    try:
        link = links.find(reference)
    except links.LinkNotFound as error:
        raise links.LinkNotFound(error.detail, pointer="/link") from error
    if link.program_id != program.id:
        raise links.LinkNotFound("This link belongs to another program.", pointer="/link")
    return link


def _check_origins(
    query: ReportQuery, by: Sequence[str], filtered: Collection[str], metrics: Sequence[str], program: Program
) -> None:
    origins = [name for name in OF_ORIGIN if name in by or name in filtered]
    if not origins:
        return
    _refuse_others(metrics, "Only clicks have an origin: of the metrics, {} can be counted by it.", OF_CLICKS)
    if len(origins) > 1:
        raise InvalidValue(f"Name one of {', '.join(OF_ORIGIN)} at a time.", pointer="/by")
    _check_days("Origins are", query, by, filtered, program)


def _check_terms(
    of_terms: Sequence[str],
    query: ReportQuery,
    by: Sequence[str],
    filtered: Collection[str],
    metrics: Sequence[str],
    program: Program,
) -> None:
    """Refuse what cannot be counted by what outcomes were decided with."""
    named = of_terms[0]
    for other in ("click_class", *OF_ORIGIN):
        if other in by or getattr(query, other) is not None:
            pointer = "/by" if other in by or named in by else f"/{other}"
            raise InvalidValue(f"Clicks have no `{named}`, and outcomes no `{other}`.", pointer=pointer)
    clicks = [name for name in metrics if name in WITH_CLICKS]
    if clicks:
        raise InvalidValue(f"Clicks have no `{named}`: `{clicks[0]}` cannot be counted by it.", pointer="/metrics")
    _check_days(f"By `{named}`, outcomes are", query, by, filtered, program)


def _check_days(
    subject: str, query: ReportQuery, by: Sequence[str], filtered: Collection[str], program: Program
) -> None:
    """Refuse other days than those at which closed days are cut."""
    if "hour" in by or "hour" in filtered:
        raise InvalidValue(f"{subject} counted by day.", pointer="/by" if "hour" in by else "/hour")
    if query.timezone is not None and query.timezone not in ("UTC", *_zones_of(program.calendar)):
        raise InvalidValue(f"{subject} counted by the program's own days, or UTC's.", pointer="/timezone")


def _zones_of(calendar: Calendar) -> tuple[str, ...]:
    return (calendar.zone, *(zone for zone, _ in calendar.former))


def _refuse_others(metrics: Sequence[str], sentence: str, allowed: Sequence[str]) -> None:
    if any(one not in allowed for one in metrics):
        raise InvalidValue(sentence.format(", ".join(allowed)), pointer="/metrics")
