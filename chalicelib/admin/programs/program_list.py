"""Lists the programs of a mode, with their numbers of the last 30 days."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.admin.english import day
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.page import AdminVisit, mode_asked
from chalicelib.admin.programs.program_pages import metrics_row
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.cursors import Count, ListPage
from chalicelib.programs import find
from chalicelib.programs.shapes import ProgramsQuery
from chalicelib.programs.table import Program
from chalicelib.search.business import list_programs
from chalicelib.stats.report import total_of_programs
from chalicelib.stats.shapes import StatsQuery
from chalicelib.users.roles import Rights

# Two queries each, for their numbers. A file has no numbers, and so more programs.
_PAGE = 10


def programs(visit: AdminVisit, *, done: str = "") -> ListOf:
    """Return the list of the programs of a mode: all of them, or those that someone has a role in."""
    mode = mode_asked(visit.query)
    return ListOf(
        name="programs",
        section="programs",
        title="Programs" if mode == "live" else "Test programs",
        path="programs",
        query=ProgramsQuery,
        read=partial(_read, visit.rights),
        rows=partial(_rows, at=visit.at),
        header=(
            *("Created", "Name", "Currency", "Time zone", "Who may join", "Landing page", "Ends", "Your ID"),
            *("Test", "ID"),
        ),
        lines=_lines,
        own=("mode",),
        page=_PAGE,
        more={"mode": mode, "done": done},
    )


def _read(rights: Rights, query: ProgramsQuery) -> ListPage[Program]:
    if rights.may("stats:read"):
        return list_programs(query, list)
    stored = find.find_rows(rights.programs).values()
    theirs = [one for one in stored if one.mode == query.mode and not one.is_deleted]
    theirs.sort(key=lambda one: one.id, reverse=query.order == "newest")
    return ListPage(theirs, False, None, None, Count(len(theirs), exact=True))


def _rows(page: list[Program], *, at: datetime) -> list[Row]:
    totals = total_of_programs(page, StatsQuery(), at=at)
    return [
        {
            "id": one.id,
            "name": one.name,
            "since": day(one.created_at),
            **metrics_row(totals[one.id]),
            "sort": {"at": one.id},
        }
        for one in page
    ]


def _lines(page: list[Program]) -> list[Sequence[Cell]]:
    return [
        (
            *(instants.text(one.created_at), one.name, one.currency, one.timezone, one.joining, one.landing_url),
            one.end.sales_until if one.end else "",
            *(one.external_id or "", "yes" if one.mode == "test" else "", one.id),
        )
        for one in page
    ]
