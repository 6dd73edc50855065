"""Shows a program's targets with how far each is, the form of a new one, and a target by itself."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, get_args

from chalicelib.admin import action_words as words
from chalicelib.admin import codes
from chalicelib.admin.english import LOCALE, day, minute, money, number
from chalicelib.admin.page import AdminPage
from chalicelib.kit import ids
from chalicelib.kit.ids import mode_of
from chalicelib.kit.money import decimal
from chalicelib.kit.revisions import etag_of
from chalicelib.language import formats
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.terms import Category
from chalicelib.reports.shapes import Ratio
from chalicelib.targets.progress import round_half_up
from chalicelib.targets.set_target import find, list_all
from chalicelib.targets.shapes import TargetView
from chalicelib.targets.view import view_current, view_target, view_targets

FIELDS = ("for", "partner", "metric", "period", "value", "from", "once")
_MOST_OTHERS = 50


def targets(reference: str, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """Show the targets in force, those to come and those that ended; *typed* is a form that was refused."""
    terms = programs.find(reference)
    program = terms.program
    today = program.calendar.day_of(at).isoformat()
    current = view_current(program, at=at)
    current_ids = {one.id for one in current}
    others = [one for one in list_all(program.id) if one.id not in current_ids]
    values = {
        "program": ProgramSummary.of(program),
        "currency": program.currency,
        "rows": [_row(one, program.currency) for one in current],
        "others": [
            {**_row(one, program.currency), "ended": one.until is not None and one.until <= today}
            for one in view_targets(program, others[:_MOST_OTHERS], {})
        ],
        "subjects": subjects(terms),
        "metrics": list(words.METRICS.items()),
        "periods": list(words.PERIODS.items()),
        "typed": typed or {},
        "once": ids.ulid(at),
        "done": done,
    }
    return AdminPage("targets", "programs", f"Targets of {program.name}", values)


def target_page(identifier: str, *, done: str = "", typed: Mapping[str, str] | None = None, at: datetime) -> AdminPage:
    """Show a target, and the forms that replace it, or end it."""
    target = find(identifier)
    program = programs.find(target.program_id).program
    row = _row(view_target(target, at=at), program.currency)
    value = decimal(target.value, program.currency) if target.metric == "net_revenue" else str(target.value)
    values = {
        "target": row,
        "program_id": program.id,
        "program_name": program.name,
        "currency": program.currency if target.metric == "net_revenue" else "",
        "value": value,
        "etag": etag_of(target),
        "once": ids.ulid(at),
        "typed": typed or {},
        "done": done,
        "mode": mode_of(program.id),
    }
    return AdminPage("target", "programs", f"{row['subject']}: {row['metric']}", values)


def subjects(terms: ProgramTerms) -> list[tuple[str, str]]:
    """Return what a target can be for: its code, and what it is called; partners are entered apart."""
    tiers = dict.fromkeys(tier.name for version in terms.versions for tier in version.tiers)
    return [
        ("program", "The whole program"),
        *((f"category:{one}", f"Category {codes.name_of(one)}") for one in get_args(Category)),
        *((f"tier:{one}", f"Tier {codes.name_of(one)}") for one in tiers),
        ("partner", "One partner, entered beside"),
    ]


def _row(view: TargetView, currency: str) -> dict[str, Any]:
    """Return a target as templates take it."""
    partner_id = view.for_.removeprefix("partner:") if view.for_.startswith("partner:") else ""
    names = {partner_id: view.name or partner_id}
    progress = view.progress
    return {
        "id": view.id,
        "subject": words.name_of_subject(view.for_, names),
        "partner_id": partner_id,
        "metric": words.METRICS[view.metric],
        "period": words.PERIODS[view.period],
        "value": words.value_in(view.metric, view.value, currency),
        "from": day(view.from_),
        "until": day(view.until) if view.until else "",
        "progress": {
            "span": f"{day(progress.from_)} to {day(progress.to)}",
            "as_of": f"{minute(progress.as_of)} UTC" if progress.as_of else "",
            "actual": _value(view, Ratio("", progress.actual, 1), currency) if progress.actual is not None else "–",
            "gone": _percent(progress.gone),
            "expected": _value(view, progress.expected, currency),
            "pace": _percent(progress.pace),
            "projection": _value(view, progress.projection, currency),
            "status": words.STATUSES[progress.status] if progress.status else "Not counted yet",
            "tone": words.TONES[progress.status] if progress.status else "",
        }
        if progress is not None
        else None,
    }


def _value(view: TargetView, ratio: Ratio, currency: str) -> str:
    """Return a fraction of a metric, rounded half up to what can be counted."""
    if not ratio.denominator:
        return "–"
    whole = round_half_up(Fraction(ratio.numerator, ratio.denominator))
    return money(whole, currency) if view.metric == "net_revenue" else number(whole)


def _percent(ratio: Ratio) -> str:
    if not ratio.denominator:
        return "–"
    return formats.percent(round_half_up(Fraction(ratio.numerator, ratio.denominator) * 100) * 100, LOCALE)
