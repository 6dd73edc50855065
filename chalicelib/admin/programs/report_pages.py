"""Shows any report of a program: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode

from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import report_words
from chalicelib.kit import bodies
from chalicelib.kit.responses import Document
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Category
from chalicelib.reports.dimensions import OF_TERMS
from chalicelib.reports.metrics import RATIOS, WITH_CLICKS
from chalicelib.reports.report import report
from chalicelib.reports.shapes import DEFAULT_METRICS, MOST_DAYS, ClickClass, ReportQuery, ReportView
from chalicelib.reports.table import as_csv

# More rows are only in the file.
_MOST_ROWS = 200
# So many metrics have a chart, of a report by one dimension with so many rows; a chart of days has room for a year's.
_CHARTS, _MOST_BARS = 2, 30
# The fields that are of the query as they are; "by" and "then" are its dimensions, and each metric is a field.
FIELDS = (
    *("from", "to", "timezone", "partner", "category", "link", "channel", "click_class"),
    *("country", "device", "referrer_host", "tier", "terms_version", "customer", "weekday", "hour", "sort"),
)
_CLASSES: dict[ClickClass, str] = {
    "human": "People",
    "bot": "Bots",
    "preview": "Link previews",
    "prefetch": "Prefetches",
    "head": "HEAD requests",
}


def page(reference: str, fields: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show a report, by fields that stay in the address."""
    view = report(reference, _query(fields), at=at)
    return _page(reference, fields, view)


def refused(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show the form as it was filled in, without a report."""
    return _page(reference, fields, None)


def save(reference: str, fields: Mapping[str, str], *, at: datetime) -> Document:
    """Return the file of the report that the page with these fields shows."""
    return as_csv(report(reference, _query(fields), at=at), locale="en")


def _query(fields: Mapping[str, str]) -> ReportQuery:
    written = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    by = [value for name in ("by", "then") if (value := fields.get(name, "").strip())]
    if by:
        written["by"] = ",".join(by)
    metrics = [name for name in report_words.METRICS if fields.get(name)]
    if metrics := [name for name in metrics if not (_of_terms(fields) and name in WITH_CLICKS)]:
        written["metrics"] = ",".join(metrics)
    return bodies.typed(written, ReportQuery, strict=False)


def _of_terms(fields: Mapping[str, str]) -> bool:
    """Return whether a report is by what outcomes were decided with: clicks have none of that, and no columns."""
    return any(fields.get(name) in OF_TERMS for name in ("by", "then")) or any(fields.get(name) for name in OF_TERMS)


def _page(reference: str, fields: Mapping[str, str], view: ReportView | None) -> AdminPage:
    program = programs.find(reference).program
    filled_in = {name: value for name, value in fields.items() if value.strip()}
    file = f"/admin/programs/{program.id}/report?{urlencode({**filled_in, 'format': 'csv'})}"
    table = _table(view) if view is not None else None
    values = {
        "program": program,
        "fields": filled_in,
        "filtered": any(name in filled_in for name in FIELDS if name not in ("from", "to", "sort")),
        "groups": report_words.GROUPS,
        "checked": {name for name in report_words.METRICS if name in filled_in} or {*DEFAULT_METRICS},
        "dimensions": report_words.DIMENSIONS,
        "classes": _CLASSES,
        "customers": report_words.CUSTOMERS,
        "categories": [(one, report_words.name_of("category", one)) for one in get_args(Category)],
        "sortable": report_words.METRICS,
        "weekdays": [(str(number), report_words.name_of("weekday", str(number))) for number in range(1, 8)],
        "saved": file,
        "without_clicks": _of_terms(fields) and any(fields.get(name) for name in WITH_CLICKS),
        "report": table,
    }
    return AdminPage("report", "programs", "Report", values, charts=table is not None and bool(table["charts"]))


def _table(view: ReportView) -> dict[str, Any]:
    rows = view.rows[: MOST_DAYS if view.query.by == ["day"] else _MOST_ROWS]
    owners = {owner for row in rows if (owner := row.by.get("partner")) is not None}
    names = {identifier: one.name for identifier, one in partners.find_rows(sorted(owners)).items()}

    def cells(metrics: Mapping[str, Any]) -> list[str]:
        return [report_words.value_of(name, metrics[name], view.currency) for name in view.query.metrics]

    return {
        "view": view,
        "columns": [report_words.METRICS[name] for name in view.query.metrics],
        "by": [report_words.DIMENSIONS[name] for name in view.query.by],
        "charts": _charts(view),
        "rows": [([_name(*one, names) for one in row.by.items()], cells(row.metrics)) for row in rows],
        "totals": cells(view.totals),
        "more": len(view.rows) - len(rows),
        "warnings": [report_words.WARNINGS[one] for one in view.warnings],
    }


def _charts(view: ReportView) -> list[tuple[str, int, str]]:
    """Return the charts of a report by one dimension: the kind, the column of the table, and the title of each."""
    of_days = view.query.by == ["day"]
    if len(view.query.by) != 1 or not 1 < len(view.rows) <= (MOST_DAYS if of_days else _MOST_BARS):
        return []
    columns = enumerate(view.query.metrics, start=1)
    numbers = [(number, report_words.METRICS[name]) for number, name in columns if name not in RATIOS]
    return [("days" if of_days else "bars", *one) for one in numbers[:_CHARTS]]


def _name(dimension: str, name: str | None, names: Mapping[str, str]) -> dict[str, str | None]:
    """Return the name of a row, and the page of what it names."""
    if dimension == "partner" and name is not None:
        return {"name": names.get(name, name), "page": f"/admin/partners/{name}", "day": None}
    if dimension == "day":
        return {"name": report_words.name_of(dimension, name), "page": None, "day": name}
    link = f"/admin/links/{name}" if dimension == "link" and name is not None else None
    return {"name": report_words.name_of(dimension, name), "page": link, "day": None}
