"""What came in on the first page: of one program, from whom and whether on time; of several, each beside the others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.admin.programs import periods, report_words
from chalicelib.admin.programs.overview import METRICS, Overview
from chalicelib.kit.dynamo import rows
from chalicelib.programs.table import Program
from chalicelib.reports.shapes import Value
from chalicelib.stats.table import RollupCursor, program_subject

FIELDS = ("program", *periods.FIELDS)
# The partners and channels of a program that the page shows.
_FEW = 5


def show(several: Sequence[Program], fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Return what came in on the days that the fields say: to the program that they say, if it is one of these."""
    chosen = [one for one in several if one.id == fields.get("program")] or several
    shown = form(several, fields, at=at)
    if not chosen:
        return shown
    if len(chosen) > 1:
        return shown | _all(chosen, fields, at=at)
    overview = Overview(chosen[0], periods.read(fields, chosen[0].calendar.day_of(at)), at=at)
    return shown | {
        "chosen": chosen[0],
        "numbers": overview.period(),
        "tiles": overview.tiles(),
        "sources": overview.sources(_FEW),
        "by_partner": overview.report_path("partner", "net_revenue"),
        "by_channel": overview.report_path("channel", "human_clicks"),
        "promptness": overview.promptness(),
    }


def form(several: Sequence[Program], fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Return the values of the form that chooses days and a program, and nothing that came in."""
    first = next((one for one in several if one.id == fields.get("program")), several[0] if several else None)
    today = first.calendar.day_of(at) if first is not None else at.date()
    keeps = {"program": first.id} if first is not None and first.id == fields.get("program") else {}
    return {
        "period": periods.read(fields, today),
        "periods": periods.NAMES,
        "keeps": keeps,
        "numbers": None,
        "chosen": None,
        "compared": [],
        "sums": [],
        "labels": {name: report_words.METRICS[name] for name in METRICS},
    }


def _all(several: Sequence[Program], fields: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """Count each program on its own local days; and together, those of each currency that several have."""
    cursors = rows.find_all(RollupCursor, [(program_subject(one.id), "cursor") for one in several])
    overviews = []
    for one in several:
        period = periods.read(fields, one.calendar.day_of(at))
        cursor = cursors.get((program_subject(one.id), "cursor"), RollupCursor(program_subject(one.id), "cursor"))
        overviews.append(Overview(one, period, at=at, cursor=cursor))
    by_currency: dict[str, list[Overview]] = {}
    for overview in overviews:
        by_currency.setdefault(overview.program.currency, []).append(overview)
    return {
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
