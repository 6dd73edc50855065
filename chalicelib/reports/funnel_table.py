"""The steps of a funnel as CSV."""

from collections.abc import Iterator

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.reports.funnel_shapes import FunnelStep, FunnelView
from chalicelib.reports.shapes import Ratio
from chalicelib.reports.table import ReportIncomplete

_SHARES = ("share_of_before", "share_of_first")
COLUMNS = (
    *("step", "before", "count"),
    *(f"{share}{part}" for share in _SHARES for part in ("", "_numerator", "_denominator")),
    *("in_period", "measured", "days_p50", "days_p90"),
)


def as_csv(view: FunnelView, *, locale: str | None = None) -> Document:
    """Return a funnel's steps as CSV. Refuses a funnel that is not complete."""
    if not view.complete:
        raise ReportIncomplete(
            f"Only {view.query.from_} to {view.query.to} can be counted: request these days.",
            pointer="/from" if "range_cut" in view.warnings else "/to",
        )
    text = csv_text.written(COLUMNS, (list(_cells(one)) for one in view.steps), dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"funnel-{view.query.from_}-{view.query.to}.csv")


def _cells(step: FunnelStep) -> Iterator[Cell]:
    yield from (step.step, step.before or "", step.count)
    for share in (step.share_of_before, step.share_of_first):
        yield from _parts(share)
    yield step.in_period
    if step.days is None:
        yield from ("", "", "")
    else:
        yield step.days.measured
        yield from (csv_text.Number(one) if one is not None else "" for one in (step.days.p50, step.days.p90))


def _parts(ratio: Ratio | None) -> tuple[Cell, Cell, Cell]:
    if ratio is None:
        return "", "", ""
    return csv_text.Number(ratio.value) if ratio.value is not None else "", ratio.numerator, ratio.denominator
