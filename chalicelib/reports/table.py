"""A report as a table: what its CSV has, and its page."""

from collections.abc import Container, Iterable, Iterator, Sequence
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
    of_metrics = list(columns(view.query.metrics, RATIOS))
    before = [f"before_{name}" for name in of_metrics] if view.query.compare is not None else []
    return [*view.query.by, *of_metrics, *before]


def _row(view: ReportView, row: ReportRow) -> list[Cell]:
    names = view.query.metrics
    written = [*(row.by[name] or "" for name in view.query.by), *cells(row.metrics, names)]
    if view.query.compare is not None:
        written += cells(row.before, names)
    return written


def columns(metrics: Iterable[str], ratios: Container[str]) -> Iterator[str]:
    """Yield the columns of metrics."""
    for name in metrics:
        yield from (name, f"{name}_numerator", f"{name}_denominator") if name in ratios else (name,)


def cells(metrics: dict[str, Value] | None, names: Sequence[str]) -> Iterator[Cell]:
    """Yield the cells of metrics; empty ones where there are none."""
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
