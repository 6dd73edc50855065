"""Cohorts as CSV: a row for each cohort and month."""

from chalicelib.kit import csv_text
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.reports.cohort_metrics import RATIOS
from chalicelib.reports.cohort_shapes import CohortsView
from chalicelib.reports.table import ReportIncomplete, cells, columns


def cohorts_as_csv(view: CohortsView, *, locale: str | None = None) -> Document:
    """Return the cells of cohorts as CSV. Refuses what is not complete."""
    query = view.query
    if not view.complete:
        raise ReportIncomplete(
            f"Only {query.from_} to {query.to} can be counted: request these months.", pointer="/from"
        )
    header = ["cohort", "since", "month", "members", *columns(query.metrics, RATIOS)]
    rows = (
        [row.cohort, cell.since, cell.month, row.members, *cells(cell.metrics, query.metrics)]
        for row in view.cohorts
        for cell in row.months
    )
    text = csv_text.written(header, rows, dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"cohorts-{query.of}-{query.from_}-{query.to}.csv")
