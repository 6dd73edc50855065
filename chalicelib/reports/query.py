"""Resolves the query of a report: its defaults, its days, what it is filtered by; or refuses it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct

from chalicelib.kit.errors import InvalidValue
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.programs.table import Program
from chalicelib.reports.dimensions import CONSECUTIVE, OF_LINKS, OF_PARTNERS, OF_TIME
from chalicelib.reports.metrics import OF_CLICKS, VISITORS
from chalicelib.reports.shapes import (
    DEFAULT_METRICS,
    DIMENSIONS,
    METRICS,
    MOST_DAYS,
    MOST_DAYS_OF_MANY,
    Dimension,
    Metric,
    ReportQuery,
    ResolvedQuery,
)
from chalicelib.stats.report import Span

_MOST_DIMENSIONS = 2
N = TypeVar("N", bound=str)


class Request(Struct, frozen=True):
    """
    A query with its references resolved.

    *of_partners* says whether it needs the counts of partners, *of_many* those of several, *of_links* those of each
    link, and *divided* whether the time of the day matters.
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
    def of_partners(self) -> bool:
        by_partner = any(one in OF_PARTNERS for one in self.by) or self.partner is not None or self.of_links
        return by_partner and self.link is None

    @property
    def of_many(self) -> bool:
        return self.of_partners and self.partner is None

    @property
    def divided(self) -> bool:
        of_time = any(one in OF_TIME for one in self.by)
        return of_time or self.query.weekday is not None or self.query.hour is not None

    def span(self, program: Program, *, at: datetime) -> Span:
        """Return the days, at most as many as can be counted."""
        return Span(self.query, program, at=at, most_days=MOST_DAYS_OF_MANY if self.of_many else MOST_DAYS)

    def filters(self) -> dict[str, str | None]:
        """Return what each dimension must be, if anything; a click's class apart."""
        return {
            "partner": self.partner,
            "link": self.link.key if self.link is not None else None,
            "channel": self.query.channel,
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
            link=self.link.id if self.link is not None else None,
            channel=self.query.channel,
            click_class=self.query.click_class,
            weekday=self.query.weekday,
            hour=self.query.hour,
        )


def resolve(query: ReportQuery, program: Program) -> Request:
    """Return a query with its references resolved. Refuses names that are unknown, and what cannot be counted."""
    metrics = _names(query.metrics, METRICS, "/metrics") if query.metrics is not None else DEFAULT_METRICS
    by = _names(query.by, DIMENSIONS, "/by") if query.by is not None else ()
    if len(by) > _MOST_DIMENSIONS:
        raise InvalidValue(f"Name at most {_MOST_DIMENSIONS} dimensions.", pointer="/by")
    if "click_class" in by or query.click_class is not None:
        _refuse_others(metrics, "Only clicks have a class: of the metrics, {} can be counted by it.", OF_CLICKS)
    filters = (query.partner, query.link, query.channel, query.click_class, query.weekday, query.hour)
    if VISITORS in metrics and (any(one not in CONSECUTIVE for one in by) or any(one is not None for one in filters)):
        raise InvalidValue(
            f"`{VISITORS}` are counted for the whole program, by {', '.join(CONSECUTIVE)} or in total.",
            pointer="/metrics",
        )
    partner = partners.find(query.partner).partner.id if query.partner is not None else None
    link = links.find(query.link) if query.link is not None else None
    if link is not None and link.program_id != program.id:
        raise links.LinkNotFound("This link belongs to another program.")
    return Request(query, metrics, by, partner, link)


def _names(written: str, closed_set: Sequence[N], pointer: str) -> tuple[N, ...]:
    by_name = {str(name): name for name in closed_set}
    names = written.split(",")
    for name in names:
        if name not in by_name:
            raise InvalidValue(f"There is no {name!r} among {', '.join(by_name)}.", pointer=pointer)
        if names.count(name) > 1:
            raise InvalidValue(f"`{name}` occurs more than once.", pointer=pointer)
    return tuple(by_name[name] for name in names)


def _refuse_others(metrics: Sequence[str], sentence: str, allowed: Sequence[str]) -> None:
    if any(one not in allowed for one in metrics):
        raise InvalidValue(sentence.format(", ".join(allowed)), pointer="/metrics")
