"""A report as a table: what its CSV has, and its page."""

from collections.abc import Iterator, Sequence
from functools import partial

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.errors import Refused
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.reports.metrics import RATIOS
from chalicelib.reports.shapes import Ratio, ReportRow, ReportView, Value


class ReportIncomplete(Refused):
    """A CSV is whole or not written: what it is to count begins later, or ends earlier, than its days."""


def as_csv(view: ReportView, *, locale: str | None = None) -> Document:
    """Return a report's rows as CSV. Refuses one that is not complete."""
    if not view.complete:
        raise ReportIncomplete(
            f"Only {view.query.from_} to {view.query.to} can be counted: request these days.",
            pointer="/from" if "range_cut" in view.warnings else "/to",
        )
    if view.query.compare is not None and view.before is None:
        raise ReportIncomplete("The days before cannot be counted in full: do not compare.", pointer="/compare")
    text = csv_text.written(header(view), map(partial(_row, view), view.rows), dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"report-{view.query.from_}-{view.query.to}.csv")


def header(view: ReportView) -> list[str]:
    """Return the columns of a report: its dimensions and metrics, then those before; ratios with their parts."""
    columns: list[str] = []
    for name in view.query.metrics:
        columns += [name, f"{name}_numerator", f"{name}_denominator"] if name in RATIOS else [name]
    before = [f"before_{name}" for name in columns] if view.query.compare is not None else []
    return [*view.query.by, *columns, *before]


def _row(view: ReportView, row: ReportRow) -> list[Cell]:
    names = view.query.metrics
    cells = [*(row.by[name] or "" for name in view.query.by), *_cells(row.metrics, names)]
    if view.query.compare is not None:
        cells += _cells(row.before, names)
    return cells


def _cells(metrics: dict[str, Value] | None, names: Sequence[str]) -> Iterator[Cell]:
    for name in names:
        if metrics is None:
            yield from [""] * (3 if name in RATIOS else 1)
            continue
        value = metrics[name]
        if isinstance(value, Ratio):
            yield csv_text.Number(value.value) if value.value is not None else ""
            yield from (value.numerator, value.denominator)
        else:
            yield value
