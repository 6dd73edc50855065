"""The return on a program's cost as CSV: the rows of its breakdown, or the lines of its cost."""

from collections.abc import Iterator

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.responses import Document
from chalicelib.language.formats import spreadsheet_of
from chalicelib.reports.table import ReportIncomplete
from chalicelib.roi.shapes import Exact, ExactRatio, LineView, RoiRow, RoiView

_LINES = (
    *("line", "source", "currency", "in_cost", "part", "count", "of", "each"),
    *("amount", "amount_numerator", "amount_denominator"),
)
_ROWS = (
    *("row", "revenue", "refunded", "net_revenue", "value", "value_numerator", "value_denominator"),
    *("referrer_rewards", "referee_rewards", "cost", "cost_numerator", "cost_denominator"),
    *("roi", "roi_numerator", "roi_denominator", "customers"),
)


def as_csv(view: RoiView, *, locale: str | None = None) -> Document:
    """Return the rows as CSV, or without a breakdown the lines, each part its own row. Refuses what is not complete."""
    if not view.complete:
        raise ReportIncomplete(
            f"Only {view.query.from_} to {view.query.to} can be counted: request these days.",
            pointer="/from" if "range_cut" in view.warnings else "/to",
        )
    by = view.query.by
    header = ("name", *_ROWS) if by else _LINES
    table: Iterator[list[Cell]] = (_row(row, by) for row in view.rows) if by else _lines(view.lines)
    text = csv_text.written(header, table, dialect=spreadsheet_of(locale))
    return Document(text, "text/csv; charset=utf-8", f"roi-{view.query.from_}-{view.query.to}.csv")


def _lines(lines: list[LineView]) -> Iterator[list[Cell]]:
    for line in lines:
        own: list[Cell] = [line.name, line.source, line.currency, "yes" if line.in_cost else "no"]
        if not line.parts:
            yield [*own, "", "", "", "", *_exact(line.amount)]
        for part in line.parts:
            yield [*own, part.what, part.count, part.of, csv_text.Number(part.each), *_exact(part.amount)]


def _row(row: RoiRow, by: str) -> list[Cell]:
    return [
        row.name or "",
        "shared" if row.shared else by,
        *(row.revenue, row.refunded, row.net_revenue),
        *_exact(row.value),
        *(row.referrer_rewards, row.referee_rewards),
        *_exact(row.cost),
        *_ratio(row.roi),
        row.customers,
    ]


def _exact(amount: Exact | None) -> Iterator[Cell]:
    if amount is None:
        yield from ("", "", "")
    else:
        yield from (amount.amount, csv_text.Number(amount.numerator), csv_text.Number(amount.denominator))


def _ratio(ratio: ExactRatio | None) -> Iterator[Cell]:
    if ratio is None:
        yield from ("", "", "")
    else:
        yield from (csv_text.Number(one) for one in (ratio.value, ratio.numerator, ratio.denominator))
