"""Shows when a program asks its customers, what that brought, and the form of a rule."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.admin.english import day
from chalicelib.admin.page import AdminPage
from chalicelib.admin.programs import asking_words as words
from chalicelib.admin.revised_forms import Fields, form_values
from chalicelib.kit.errors import Refused
from chalicelib.kit.money import decimal
from chalicelib.language.texts import languages
from chalicelib.moments.heard import find_silent
from chalicelib.moments.numbers import numbers
from chalicelib.moments.shapes import NumbersQuery, RuleNumbers
from chalicelib.programs import find as programs
from chalicelib.programs.asking import MOST_RULES, Asking, AskRule
from chalicelib.programs.shapes import ProgramSummary
from chalicelib.programs.table import Program

LIMITS = ("quiet_days", "most_a_year", "hold_out", "purchases", "days")
RULE = ("rule", "name", "on", "active", "number", "minimum_amount", "metadata", "wait_hours", "by")


def asking(
    reference: str,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
    at: datetime,
) -> AdminPage:
    """Show what asking brought, the rules, and the limits; *typed* is a form of limits that was refused."""
    program = programs.read(programs.find(reference).program.id).program
    stored = program.asking or Asking()
    silent = {one.rule: one.last for one in find_silent(program, stored, today=at.date())}
    view = numbers(program.id, NumbersQuery(), at=at)
    values: dict[str, Any] = {
        **form_values(program, limits_of(stored), typed, refusal),
        "program": ProgramSummary.of(program),
        "rules": [_row(rule, silent) for rule in stored.rules],
        "rows": [_numbers(one) for one in view.rules],
        "total": _numbers(view.total),
        "result": words.result(view.total.lift),
        "span": (view.from_, view.to),
        "can_add": len(stored.rules) < MOST_RULES,
        "done": done,
    }
    return AdminPage("asking", "programs", f"Asking customers: {program.name}", values)


def rule_page(
    reference: str,
    name: str,
    *,
    done: str = "",
    typed: Fields | None = None,
    refusal: Refused | None = None,
) -> AdminPage:
    """Show the form of a rule, or of a new one; *typed* is a form that was refused."""
    program = programs.read(programs.find(reference).program.id).program
    stored = (program.asking or Asking()).rule(name)
    rule = stored or AskRule("new_rule", "sale")
    fields = fields_of(rule, program) if stored is not None else fields_of(rule, program) | {"name": "", "on": ""}
    values: dict[str, Any] = {
        **form_values(program, fields, typed, refusal),
        "program": ProgramSummary.of(program),
        "rule_name": stored.name if stored is not None else "",
        "ways": list(words.WAYS.items()),
        "languages": languages(),
        "currency": program.currency,
        "done": done,
    }
    title = words.rule_name(stored.name) if stored is not None else "New rule"
    return AdminPage("ask_rule", "programs", f"{title}: {program.name}", values)


def limits_of(stored: Asking) -> dict[str, str]:
    """Return the limits as the form has them."""
    least = stored.not_before
    return {
        "quiet_days": str(stored.quiet_days),
        "most_a_year": str(stored.most_a_year),
        "hold_out": f"{stored.hold_out_bp / 100:g}",
        "purchases": str(least.purchases or ""),
        "days": str(least.days or ""),
    }


def fields_of(rule: AskRule, program: Program) -> dict[str, str]:
    """Return a rule as the form has it."""
    amount = rule.when.minimum_amount
    return {
        "name": rule.name,
        "on": rule.on,
        "active": "yes" if rule.active else "",
        "number": str(rule.when.number or ""),
        "minimum_amount": decimal(amount, program.currency) if amount is not None else "",
        "metadata": words.spelled(rule.when.metadata),
        "wait_hours": str(rule.wait_hours),
        "by": rule.by,
        **{f"words_{tag}": rule.words.get(tag, "") for tag, _ in languages()},
    }


def _row(rule: AskRule, silent: Mapping[str, str | None]) -> dict[str, Any]:
    last = silent.get(rule.name)
    warning = ""
    if rule.name in silent:
        warning = f"Nobody has reported {rule.on} since {day(last)}." if last else f"Nobody has reported {rule.on} yet."
    return {
        "name": rule.name,
        "label": words.rule_name(rule.name),
        "occasion": words.occasion(rule),
        "wait": words.wait(rule.wait_hours),
        "by": words.WAYS[rule.by],
        "active": rule.active,
        "warning": warning,
    }


def _numbers(one: RuleNumbers) -> dict[str, Any]:
    more = one.lift
    return {
        "label": words.rule_name(one.rule) if one.rule is not None else "All rules",
        "counts": one,
        "lift": words.signed(more.per_1000) if words.is_enough(more) else "–",
        "interval": f"{words.signed(more.low)} to {words.signed(more.high)}" if words.is_enough(more) else "",
    }
