"""What came in: of one program, from whom and whether on time; of several, each beside the others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import periods, report_words
from chalicelib.admin.programs.listed import listed
from chalicelib.admin.programs.overview import METRICS, Overview
from chalicelib.kit.dynamo import rows
from chalicelib.kit.walk import Deadline
from chalicelib.programs.table import Program
from chalicelib.reports.shapes import Value
from chalicelib.stats.table import RollupCursor, program_subject
from chalicelib.users.roles import Rights

FIELDS = ("program", *periods.FIELDS)
# The partners and channels of a program that the page shows.
_FEW = 5
# Each program takes two calls, or a few more for a year. What is not counted then has a page of its own.
_MOST_PROGRAMS = 10
_SECONDS, _CALLS = 5.0, 20


def overview(rights: Rights, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show what came in on the days that the fields say: to the program that they say, or to all."""
    several, more = listed(rights, most=_MOST_PROGRAMS)
    chosen = [one for one in several if one.id == fields.get("program")] or several
    values = _form(several, more, fields, at=at)
    if len(chosen) == 1:
        return _page(values | _one(chosen[0], fields, at=at))
    return _page(values | _all(chosen, fields, at=at) if chosen else values)


def refused(rights: Rights, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show the days as they were typed, and nothing that came in."""
    return _page(_form(*listed(rights, most=_MOST_PROGRAMS), fields, at=at))


def of_today(several: Sequence[Program], *, at: datetime) -> dict[str, Any]:
    """Return the numbers of an administrator's only program, for the page of what needs doing."""
    if len(several) != 1:
        return {"numbers": None, "tiles": [], "returns": None}
    [program] = several
    of_program = Overview(program, periods.read({}, program.calendar.day_of(at)), at=at)
    return {"numbers": of_program.period(), "tiles": of_program.tiles(), "returns": of_program.return_paths()}


def _page(values: dict[str, Any]) -> AdminPage:
    return AdminPage("overview", "today", "What came in", values)


def _form(several: Sequence[Program], more: bool, fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Return the values of the form that chooses days and a program."""
    named = next((one for one in several if one.id == fields.get("program")), None)
    first = named or next(iter(several), None)
    return {
        "period": periods.read(fields, first.calendar.day_of(at) if first is not None else at.date()),
        "periods": periods.NAMES,
        "keeps": {"program": named.id} if named is not None else {},
        "choices": [(one.id, one.name) for one in several] if len(several) > 1 else [],
        "more_programs": more,
        "numbers": None,
        "chosen": None,
        "compared": [],
        "sums": [],
        "labels": {name: report_words.METRICS[name] for name in METRICS},
    }


def _one(program: Program, fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    of_program = Overview(program, periods.read(fields, program.calendar.day_of(at)), at=at)
    return {
        "chosen": program,
        "numbers": of_program.period(),
        "tiles": of_program.tiles(),
        "sources": of_program.sources(_FEW),
        "by_partner": of_program.report_path("partner", "net_revenue"),
        "by_channel": of_program.report_path("channel", "human_clicks"),
        "returns": of_program.return_paths(),
        "promptness": of_program.promptness(),
    }


def _all(several: Sequence[Program], fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Count each program on its own local days; and together, those of each currency that several have."""
    cursors = rows.find_all(RollupCursor, [(program_subject(one.id), "cursor") for one in several])
    overviews, deadline = list[Overview](), Deadline(_SECONDS, _CALLS)
    for one in several:
        if deadline.passed:
            break
        period = periods.read(fields, one.calendar.day_of(at))
        cursor = cursors.get((program_subject(one.id), "cursor"), RollupCursor(program_subject(one.id), "cursor"))
        overviews.append(Overview(one, period, at=at, cursor=cursor))
    by_currency: dict[str, list[Overview]] = {}
    for overview in overviews:
        by_currency.setdefault(overview.program.currency, []).append(overview)
    return {
        "left": len(several) - len(overviews),
        "compared": [
            {"id": one.program.id, "name": one.program.name, **_cells(one, one.whole.totals, one.before)}
            for one in overviews
        ],
        "sums": [
            {"name": f"Together in {currency}", **_cells(own[0], *_together(own))}
            for currency, own in sorted(by_currency.items())
            if len(own) > 1
        ],
    }


def _together(overviews: Sequence[Overview]) -> tuple[dict[str, Value], dict[str, Value] | None]:
    """Add up programs of one currency; the days before, if they were counted of each."""
    before = [one.before for one in overviews if one.before is not None]
    now = _sum([one.whole.totals for one in overviews])
    return now, _sum(before) if len(before) == len(overviews) else None


def _sum(several: Sequence[Mapping[str, Value]]) -> dict[str, Value]:
    return {name: sum(value for one in several if isinstance(value := one[name], int)) for name in METRICS}


def _cells(overview: Overview, now: Mapping[str, Value], before: Mapping[str, Value] | None) -> dict[str, Any]:
    """Return the numbers as they are written, each with how it has changed."""
    return {name: overview.cell(name, now, before) for name in METRICS}
