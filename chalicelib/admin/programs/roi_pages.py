"""Shows what a program returned on its cost, line by line: the values that its page's template takes, and its file."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from chalicelib.admin.english import money, number
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import cost_pages, roi_words
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.admin.typed import read_decimal
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.responses import Document
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.roi.fractions import fraction_of, in_full
from chalicelib.roi.roi import roi
from chalicelib.roi.shapes import ExactRatio, RoiQuery, RoiRow, RoiView
from chalicelib.roi.sheet import as_csv

# More rows are only in the file.
_MOST_ROWS = 200
FIELDS = ("from", "to", "timezone", "by", "margin")
_WHOLE = 10_000


def page(reference: str, fields: Mapping[str, str], *, done: str = "", at: datetime) -> AdminPage:
    """Show what a program returned, by fields that stay in the address."""
    return _page(reference, fields, roi(reference, _query(fields), at=at), done=done, at=at)


def refused(
    reference: str,
    fields: Mapping[str, str],
    *,
    typed: Fields | None = None,
    refusal: Refused | None = None,
    at: datetime,
) -> AdminPage:
    """Show the forms as they were filled in, without what was computed; *typed* is a margin that was refused."""
    return _page(reference, fields, None, typed=typed, refusal=refusal, at=at)


def save(reference: str, fields: Mapping[str, str], *, at: datetime) -> Document:
    """Return the file of what the page with these fields shows."""
    return as_csv(roi(reference, _query(fields), at=at), locale="en")


def margin_of(text: str) -> int | None:
    """Return a margin that was typed in percent, in basis points; None for an empty one."""
    if not text.strip():
        return None
    margin = read_decimal(text.strip().removesuffix("%").strip(), name="margin", most_digits=2) * 100
    if not 1 <= margin <= _WHOLE:
        raise InvalidValue("Enter a margin of 0.01 to 100 percent.", pointer="/margin")
    return int(margin)


def _query(fields: Mapping[str, str]) -> RoiQuery:
    written: dict[str, Any] = {
        name: value for name in FIELDS if name != "margin" and (value := fields.get(name, "").strip())
    }
    if (margin := margin_of(fields.get("margin", ""))) is not None:
        written["margin_bp"] = margin
    return bodies.typed(written, RoiQuery, strict=False)


def _page(
    reference: str,
    fields: Mapping[str, str],
    view: RoiView | None,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
    at: datetime,
) -> AdminPage:
    program = programs.read(programs.find(reference).program.id).program
    filled_in = {name: value for name in FIELDS if (value := fields.get(name, "").strip())}
    file = f"/admin/programs/{program.id}/roi?{urlencode({**filled_in, 'format': 'csv'})}"
    values = {
        "program": program,
        "query": {name: filled_in.get(name, "") for name in FIELDS},
        "breakdowns": roi_words.BREAKDOWNS,
        "saved": file,
        "done": done,
        "saving": typed is not None,
        "roi": _answer(view) if view is not None else None,
        **cost_pages.form_of_new(at=at),
        **form_values(program, {"margin": _percent(program)}, typed, refusal),
    }
    return AdminPage("roi", "programs", "Return on investment", values)


def _percent(program: Program) -> str:
    return in_full(Fraction(program.margin_bp, 100)) if program.margin_bp is not None else ""


def _answer(view: RoiView) -> dict[str, Any]:
    currency, by = view.currency, view.query.by
    per_customer = view.cost_per_customer
    rows = [row for row in view.rows if not row.shared][:_MOST_ROWS]
    names = {row.name for row in rows if row.name is not None} if by == "partner" else set()
    of_partners = {identifier: one.name for identifier, one in partners.find_rows(sorted(names)).items()}
    margin = view.query.margin_bp
    return {
        "view": view,
        "tiles": [
            ("Value", money(view.value.amount, currency) if view.value is not None else "–"),
            ("Cost", money(view.cost.amount, currency)),
            ("Return", _ratio(view.roi)),
            ("New customers", number(view.customers)),
            ("Cost per new customer", money(per_customer.amount, currency) if per_customer is not None else "–"),
        ],
        "margin": in_full(Fraction(margin, 100)) if margin is not None else "",
        "net": money(view.net_revenue, currency),
        "unattributed": money(view.unattributed.net_revenue, currency),
        "warnings": [roi_words.WARNINGS[one] for one in view.warnings],
        "lines": [
            {
                "name": roi_words.LINES[line.name],
                "how": roi_words.how(line),
                # The whole minor units of what is part of the cost add up to it.
                "amount": money(line.amount.amount, line.currency)
                if line.in_cost
                else roi_words.small_money(fraction_of(line.amount), line.currency),
                "apart": not line.in_cost,
            }
            for line in view.lines
        ],
        "by": roi_words.BREAKDOWNS[by] if by else "",
        "rows": [
            {
                "name": of_partners.get(row.name or "", row.name) or roi_words.WITHOUT[by or "partner"],
                "page": f"/admin/partners/{row.name}" if by == "partner" else "",
                **_cells(row, currency),
            }
            for row in rows
        ],
        "shared": next((_cells(row, currency) for row in view.rows if row.shared), None),
        "more": max(len(view.rows) - 1 - len(rows), 0),
        "total": {
            "net": money(view.net_revenue, currency),
            "value": money(view.value.amount, currency) if view.value is not None else "–",
            "cost": money(view.cost.amount, currency),
            "roi": _ratio(view.roi),
            "customers": number(view.customers),
        },
    }


def _cells(row: RoiRow, currency: str) -> dict[str, str]:
    return {
        "net": money(row.net_revenue, currency),
        "value": money(row.value.amount, currency) if row.value is not None else "–",
        "cost": money(row.cost.amount, currency),
        "roi": _ratio(row.roi),
        "customers": number(row.customers),
    }


def _ratio(ratio: ExactRatio | None) -> str:
    return roi_words.percent_of(ratio.value) if ratio is not None else "–"
