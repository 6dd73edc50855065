"""Shows cohorts as a shaded table: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin.english import LOCALE, money, number
from chalicelib.admin.page import AdminPage
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.language import formats
from chalicelib.programs import find as programs
from chalicelib.reports.cohort_csv import cohorts_as_csv
from chalicelib.reports.cohort_shapes import (
    COHORT_METRICS,
    CohortMetric,
    CohortRow,
    CohortsQuery,
    CohortsView,
    CohortWarning,
)
from chalicelib.reports.cohorts import cohorts
from chalicelib.reports.months import first_day
from chalicelib.reports.shapes import Ratio, Value
from chalicelib.stats.counts import CohortKind

FIELDS = ("of", "metric", "from", "to")
KINDS: dict[CohortKind, str] = {
    "customers": "Customers",
    "partners": "Partners",
}
METRICS: dict[CohortMetric, str] = {
    "lifetime_value": "Revenue of each, to date",
    "net_revenue": "Revenue, net",
    "rewards_net": "Rewards, net",
    "sales": "Sales",
    "active": "Active",
    "retention": "Share active",
}
_MEANINGS: dict[CohortMetric, str] = {
    "lifetime_value": "Numbers are the revenue since, less refunds, divided by all of the row.",
    "net_revenue": "Numbers are the revenue of the month, less refunds.",
    "rewards_net": "Numbers are the rewards of both sides in the month, less what was taken back.",
    "sales": "Numbers are the sales of the month.",
    "active": "Active is who had a sale in the month.",
    "retention": "Active is who had a sale in the month.",
}
WARNINGS: dict[CohortWarning, str] = {
    "range_cut": "Earlier months are not included: they were not counted this way.",
    "unfinished_month": "The last month of each row can still grow.",
    "small_numbers": "Some rows are about fewer than 30: they say little.",
}
_MONEY: tuple[CohortMetric, ...] = ("lifetime_value", "net_revenue", "rewards_net")
# So many months are columns; later ones are in the file, and in what came to date.
_MOST_COLUMNS = 12
# How dark the highest number is; lower ones are lighter, in as many steps.
_SHADES = 4


def page(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show cohorts, by fields that stay in the address."""
    return _page(reference, fields, _table(cohorts(reference, _query(fields)), _metric(fields)))


def refused(reference: str, fields: Mapping[str, str]) -> AdminPage:
    """Show the form as it was filled in, without cohorts."""
    return _page(reference, fields, None)


def save(reference: str, fields: Mapping[str, str]) -> Document:
    """Return the file of the cohorts that the page with these fields shows, with all metrics."""
    return cohorts_as_csv(cohorts(reference, _query(fields, metrics=",".join(COHORT_METRICS))), locale="en")


def _query(fields: Mapping[str, str], *, metrics: str | None = None) -> CohortsQuery:
    written = {name: value for name in ("of", "from", "to") if (value := fields.get(name, "").strip())}
    written["metrics"] = metrics or ",".join(dict.fromkeys((_metric(fields), "lifetime_value")))
    return bodies.typed(written, CohortsQuery, strict=False)


def _metric(fields: Mapping[str, str]) -> CohortMetric:
    name = fields.get("metric", "").strip() or "lifetime_value"
    metric = next((one for one in METRICS if one == name), None)
    if metric is None:
        raise InvalidValue("There is no such number.", pointer="/metric")
    return metric


def _page(reference: str, fields: Mapping[str, str], table: dict[str, Any] | None) -> AdminPage:
    program = programs.find(reference).program
    filled_in = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    values = {
        "program": program,
        "fields": filled_in,
        "kinds": KINDS,
        "metrics": METRICS,
        "saved": f"/admin/programs/{program.id}/cohorts?{urlencode({**filled_in, 'format': 'csv'})}",
        "table": table,
    }
    # Its style is a file, as that of charts is.
    return AdminPage("cohorts", "programs", "Cohorts", values, charts=True)


def _table(view: CohortsView, metric: CohortMetric) -> dict[str, Any]:
    columns = min(max((row.age for row in view.cohorts), default=0) + 1, _MOST_COLUMNS)
    sizes = [_size(cell.metrics[metric]) for row in view.cohorts for cell in row.months[:columns]]
    highest = max(sizes, default=Fraction())
    return {
        "view": view,
        "metric": METRICS[metric],
        "members": "Partners" if view.query.of == "partners" else "Customers",
        "meaning": _MEANINGS[metric],
        "came": "enrolled" if view.query.of == "partners" else "came by a partner",
        "each": "partner" if view.query.of == "partners" else "customer",
        "columns": range(columns),
        "rows": [_row(row, metric, columns, highest, view.currency) for row in view.cohorts],
        "members_in_all": view.totals.members,
        "value_in_all": _text("lifetime_value", view.totals.to_date["lifetime_value"], view.currency),
        "more": any(row.age >= columns for row in view.cohorts),
        "warnings": [WARNINGS[one] for one in view.warnings],
    }


def _row(row: CohortRow, metric: CohortMetric, columns: int, highest: Fraction, currency: str) -> dict[str, Any]:
    cells = [
        (cell.since, _text(metric, cell.metrics[metric], currency), _shade(_size(cell.metrics[metric]), highest))
        for cell in row.months[:columns]
    ]
    return {
        "cohort": formats.month(first_day(row.cohort), LOCALE),
        "members": row.members,
        "age": row.age,
        "value": _text("lifetime_value", row.to_date["lifetime_value"], currency),
        "cells": cells,
        "empty": columns - len(cells),
    }


def _size(value: Value) -> Fraction:
    if isinstance(value, Ratio):
        return Fraction(value.numerator, value.denominator) if value.denominator else Fraction()
    return Fraction(value)


def _shade(size: Fraction, highest: Fraction) -> int:
    """Return how dark a cell is: 0 without anything, up to the darkest for the highest number."""
    return max(0, ceil(size * _SHADES / highest)) if highest > 0 else 0


def _text(metric: CohortMetric, value: Value, currency: str) -> str:
    """Return a value as it is written; a ratio that there is none of is a dash."""
    if isinstance(value, Ratio):
        if value.value is None:
            return "–"
        if metric == "retention":
            return formats.percent(int(value.value.replace(".", "")), LOCALE)
        return money((2 * value.numerator + value.denominator) // (2 * value.denominator), currency)
    return money(value, currency) if metric in _MONEY else number(value)
