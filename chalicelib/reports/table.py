"""A report as a table: what its CSV has, and its page."""

from collections.abc import Container, Iterable, Iterator, Sequence

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.errors import Refused
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.reports.metrics import RATIOS
from chalicelib.reports.shapes import Ratio, ReportView, Value


class ReportIncomplete(Refused):
    """A CSV is whole or not written: what it is to count begins later, or ends earlier, than its days."""


def as_csv(view: ReportView, *, locale: str | None = None) -> Document:
    """Return a report's rows as CSV. Refuses one that is not complete."""
    if not view.complete:
        raise ReportIncomplete(
            f"Only {view.query.from_} to {view.query.to} can be counted: request these days.",
            pointer="/from" if "range_cut" in view.warnings else "/to",
        )
    rows = (
        [*(row.by[name] or "" for name in view.query.by), *cells(row.metrics, view.query.metrics)] for row in view.rows
    )
    text = csv_text.written(header(view), rows, dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"report-{view.query.from_}-{view.query.to}.csv")


def header(view: ReportView) -> list[str]:
    """Return the columns of a report: its dimensions and metrics, ratios with what they are made of."""
    return [*view.query.by, *columns(view.query.metrics, RATIOS)]


def columns(metrics: Iterable[str], ratios: Container[str]) -> Iterator[str]:
    """Yield the columns of metrics."""
    for name in metrics:
        yield from (name, f"{name}_numerator", f"{name}_denominator") if name in ratios else (name,)


def cells(metrics: dict[str, Value], names: Sequence[str]) -> Iterator[Cell]:
    """Yield the cells of metrics."""
    for name in names:
        value = metrics[name]
        if isinstance(value, Ratio):
            yield csv_text.Number(value.value) if value.value is not None else ""
            yield from (value.numerator, value.denominator)
        else:
            yield value
