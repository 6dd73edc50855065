"""A program's leaderboard: who brought how much of the whole in a period; and as a table."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.kit import csv_text, instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.kit.walk import Deadline
from chalicelib.language.formats import spreadsheet_of
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.reports.brought import Brought, read_brought, stopped_partners
from chalicelib.reports.leaderboard_shapes import (
    Concentration,
    LeaderboardQuery,
    LeaderboardRow,
    LeaderboardView,
    Period,
)
from chalicelib.reports.limits import MOST_SECONDS, ReportTooLarge
from chalicelib.reports.periods import days_of
from chalicelib.reports.places import Place, first_tenth, places_of, share_of
from chalicelib.reports.shapes import MOST_DAYS, MOST_ROWS
from chalicelib.reports.table import ReportIncomplete
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery

_DEFAULT: Period = "month"
# Of all time: more days than a program can have.
_ANY_DAYS = 400_000


def leaderboard(
    reference: str,
    query: LeaderboardQuery,
    *,
    at: datetime,
    most_seconds: float = MOST_SECONDS,
    most_calls: int | None = None,
    most_partners: int = MOST_ROWS,
) -> tuple[LeaderboardView, dict[str, Partner]]:
    """
    Return a program's leaderboard, and the rows of the partners who are on it.

    Bounded by time, and by calls if *most_calls* is set; *most_partners* are looked up besides, a hundred a call, and
    no other has a place in the answer.
    """
    program = programs.find(reference).program
    span = span_of(program, query, period=query.period, at=at)
    deadline = Deadline(most_seconds, most_calls)
    brought = read_brought(program, span, query.by, most_partners=most_partners, deadline=deadline, at=at)
    places = places_of(brought.values)
    listed = _listed(places, brought, most=MOST_ROWS if query.format == "csv" else query.limit)
    states = stopped_partners(program)
    total = sum(place.value for place in places) + brought.erased.value
    first = first_tenth(places)
    value = sum(place.value for place in first)
    view = LeaderboardView(
        object="leaderboard",
        program=program.id,
        currency=program.currency,
        period=query.period if query.from_ is not None or query.to is not None else query.period or _DEFAULT,
        from_=brought.first.isoformat(),
        to=brought.last.isoformat(),
        timezone=span.zone,
        by=query.by,
        as_of=instants.text(at),
        complete=brought.complete,
        ranked=len(places),
        total=total,
        erased=brought.erased,
        concentration=Concentration(len(first), value, share_of(value, total)),
        data=[
            LeaderboardRow(*place, share_of(place.value, total), states.get(place.partner, "active"))
            for place in listed
        ],
    )
    return view, brought.rows


def span_of(program: Program, query: StatsQuery, *, period: Period | None, at: datetime) -> Span:
    """Return the days of a period in the program's time zone, or another one; or those that a query names."""
    named = query.from_ is not None or query.to is not None
    if named and period is not None:
        raise InvalidValue("Name a period, or days, not both.", pointer="/period")
    if named:
        return Span(query, program, at=at, most_days=MOST_DAYS)
    calendar = Span(StatsQuery(timezone=query.timezone), program, at=at).calendar
    first, last = days_of(period or _DEFAULT, today=calendar.day_of(at), since=calendar.day_of(program.created_at))
    days = StatsQuery(from_=first.isoformat(), to=last.isoformat(), timezone=query.timezone)
    return Span(days, program, at=at, most_days=_ANY_DAYS)


def _listed(places: list[Place], brought: Brought, *, most: int) -> list[Place]:
    return [place for place in places if place.partner in brought.rows][:most]


def as_csv(view: LeaderboardView, *, names: Mapping[str, str] | None = None, locale: str | None = None) -> Document:
    """Return all places as CSV, with the partners' *names* if they are given. Refuses what is not whole."""
    if not view.complete:
        raise ReportIncomplete(
            f"There was no time for all days, only for {view.from_} to {view.to}: request these.", pointer="/from"
        )
    if len(view.data) < view.ranked:
        raise ReportTooLarge(f"The leaderboard has {view.ranked} places; at most {len(view.data)} are in a file.")
    header = ["rank", "partner", "value", "share", "share_numerator", "share_denominator", "state"]
    rows: list[list[Cell]] = []
    for row in view.data:
        share = csv_text.Number(row.share.value) if row.share.value is not None else ""
        name: list[Cell] = [names.get(row.partner, "")] if names is not None else []
        of_total: list[Cell] = [share, row.share.numerator, row.share.denominator]
        rows.append([row.rank, row.partner, *name, row.value, *of_total, row.state])
    if names is not None:
        header.insert(2, "name")
    text = csv_text.written(header, rows, dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"leaderboard-{view.by}-{view.from_}-{view.to}.csv")
