"""Shows any report of a program: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlencode

from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import report_words
from chalicelib.admin.programs.changes import change
from chalicelib.kit import bodies
from chalicelib.kit.responses import Document
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Category
from chalicelib.reports.dimensions import CONSECUTIVE, OF_TERMS, OF_TIME
from chalicelib.reports.metrics import WITH_CLICKS
from chalicelib.reports.report import report
from chalicelib.reports.shapes import DEFAULT_METRICS, ClickClass, Compare, ReportQuery, ReportView, Value
from chalicelib.reports.table import as_csv

# More rows are only in the file.
_MOST_ROWS = 200
# Those of lines along time are drawn from the table: as many as six lines of half a year have.
_MOST_POINTS = 1100
# So many metrics have a chart.
_CHARTS = 2
# The fields that are of the query as they are; "by" and "then" are its dimensions, and each metric is a field.
FIELDS = (
    *("from", "to", "timezone", "partner", "category", "link", "channel", "click_class"),
    *("country", "device", "referrer_host", "tier", "terms_version", "customer", "weekday", "hour", "sort", "compare"),
)
_COMPARED: dict[Compare, str] = {
    "previous": "As many days before",
    "month": "A month earlier",
    "quarter": "A quarter earlier",
    "year": "A year earlier",
}
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
    table = _table(view, with_parts=bool(fields.get("parts"))) if view is not None else None
    values = {
        "program": program,
        "fields": filled_in,
        "filtered": any(name in filled_in for name in FIELDS if name not in ("from", "to", "sort", "compare")),
        "groups": report_words.GROUPS,
        "checked": {name for name in report_words.METRICS if name in filled_in} or {*DEFAULT_METRICS},
        "dimensions": report_words.DIMENSIONS,
        "classes": _CLASSES,
        "customers": report_words.CUSTOMERS,
        "categories": [(one, report_words.name_of("category", one)) for one in get_args(Category)],
        "sortable": report_words.METRICS,
        "spans_before": _COMPARED,
        "weekdays": [(str(number), report_words.name_of("weekday", str(number))) for number in range(1, 8)],
        "saved": file,
        "without_clicks": _of_terms(fields) and any(fields.get(name) for name in WITH_CLICKS),
        "report": table,
    }
    return AdminPage("report", "programs", "Report", values, charts=table is not None and bool(table["charts"]))


def _table(view: ReportView, *, with_parts: bool) -> dict[str, Any]:
    when = _time_of(view)
    rows = view.rows[: _MOST_POINTS if when is not None else _MOST_ROWS]
    owners = {owner for row in rows if (owner := row.by.get("partner")) is not None}
    names = {identifier: one.name for identifier, one in partners.find_rows(sorted(owners)).items()}
    before = view.before

    def cells(metrics: Mapping[str, Value], earlier: Mapping[str, Value] | None) -> list[dict[str, str]]:
        return [cell for name in view.query.metrics for cell in _cells(view, name, metrics, earlier, with_parts)]

    labels = [report_words.METRICS[name] for name in view.query.metrics]
    return {
        "view": view,
        "columns": [one for label in labels for one in ((label, f"{label}, before") if before else (label,))],
        "by": [report_words.DIMENSIONS[name] for name in view.query.by],
        "charts": _charts(view, when) if len(rows) == len(view.rows) or when is None else [],
        "rows": [
            ([_name(*one, names, when) for one in row.by.items()], cells(row.metrics, row.before)) for row in rows
        ],
        "totals": cells(view.totals, before.totals if before else None),
        "more": len(view.rows) - len(rows),
        "not_drawn": when is not None and len(rows) < len(view.rows),
        "warnings": [report_words.WARNINGS[one] for one in view.warnings],
    }


def _cells(
    view: ReportView, metric: str, now: Mapping[str, Value], earlier: Mapping[str, Value] | None, with_parts: bool
) -> list[dict[str, str]]:
    """Return a metric's cell, and that of before, if the report is compared."""
    currency = view.currency
    own = report_words.value_of(metric, now[metric], currency)
    parts = report_words.parts_of(metric, now[metric], currency)
    cell = {"value": own, "parts": parts, "below": parts if with_parts else ""}
    if view.before is None:
        return [cell]
    if earlier is None:
        return [cell, {"value": "–", "parts": "", "below": ""}]
    before, parts = earlier[metric], report_words.parts_of(metric, earlier[metric], currency)
    if not parts:
        cell["below"] = change(metric, now[metric], before, currency)
    written = report_words.value_of(metric, before, currency)
    return [cell, {"value": written, "parts": parts, "below": parts if with_parts else ""}]


def _time_of(view: ReportView) -> str | None:
    """Return the dimension along which a report is drawn as lines, if it is by one of time."""
    of_time = [name for name in view.query.by if name in OF_TIME]
    return next((name for name in of_time if name in CONSECUTIVE), next(iter(of_time), None))


def _charts(view: ReportView, when: str | None) -> list[dict[str, Any]]:
    """Return the charts of a report: lines along time, bars otherwise; none of a single row."""
    if not view.query.by or len(view.rows) < 2:
        return []
    names, wide = len(view.query.by), 2 if view.before else 1
    return [
        {
            "kind": "lines" if when is not None else "bars",
            "column": names + place * wide,
            "title": report_words.METRICS[name],
            "total": report_words.value_of(name, view.totals[name], view.currency),
            "names": names,
            "before": names + place * wide + 1 if view.before and names == 1 and when is not None else "",
        }
        for place, name in enumerate(view.query.metrics[:_CHARTS])
    ]


def _name(dimension: str, name: str | None, names: Mapping[str, str], when: str | None) -> dict[str, str | int | None]:
    """Return the name of a row, the page of what it names, and when it is, if that is drawn."""
    named: dict[str, str | int | None] = {
        "name": report_words.name_of(dimension, name),
        "page": None,
        "at": None,
        "short": "",
    }
    if dimension == "partner" and name is not None:
        return named | {"name": names.get(name, name), "page": f"/admin/partners/{name}"}
    if dimension == "link" and name is not None:
        return named | {"page": f"/admin/links/{name}"}
    if dimension == when and name is not None:
        return named | {
            "at": report_words.step_of(dimension, name),
            "short": report_words.short_of(dimension, name),
        }
    return named
