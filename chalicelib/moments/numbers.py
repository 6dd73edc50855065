"""What asking brought: counts by rule, and the lift over those who were held out. One read, however many moments."""

from collections.abc import Iterable
from datetime import date, datetime

from chalicelib.kit import csv_text
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.responses import Document
from chalicelib.moments.lift import lift
from chalicelib.moments.shapes import LiftView, NumbersQuery, NumbersView, RuleNumbers
from chalicelib.moments.table import Numbers, numbers_key
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program

_COUNTS = (
    *("due", "held_out", "asks", "shown_times", "sent", "opened", "declined", "joined", "shared", "brought", "friends"),
    *("compared", "compared_brought", "revenue", "reward_cost"),
)
# As the API calls them.
_CALLED = {"asks": "asked", "shown_times": "shown"}
_MONTHS = 12


def numbers(reference: str, query: NumbersQuery, *, at: datetime) -> NumbersView:
    """Return the counts of a program's moments, by rule in the order of its settings, rules of before last."""
    program = programs.find(reference).program
    first, last = query.from_ or months_before(at.date(), _MONTHS - 1), query.to or f"{at:%Y-%m}"
    if first > last:
        raise InvalidValue("The first month is after the last one.", pointer="/from")
    rows = [row for row in Numbers.query(numbers_key(program.id)) if first <= row.month <= last]
    by_rule: dict[str, list[Numbers]] = {}
    for row in rows:
        by_rule.setdefault(row.rule, []).append(row)
    return NumbersView(
        object="ask_numbers",
        program=program.id,
        currency=program.currency,
        from_=first,
        to=last,
        total=_sum(None, rows),
        rules=[_sum(name, by_rule[name]) for name in _ordered(program, by_rule)],
    )


def months_before(day: date, months: int) -> str:
    """
    Return the month that is as many months before that of a day.

    >>> months_before(date(2026, 3, 31), 3)
    '2025-12'
    """
    number = day.year * 12 + day.month - 1 - months
    return f"{number // 12}-{number % 12 + 1:02}"


def as_csv(view: NumbersView) -> Document:
    """Return the counts as CSV, a rule a line, and the total as the last one."""
    header = ("rule", *(_CALLED.get(name, name) for name in _COUNTS), "more_per_1000", "low", "high")
    lines = [_line(one) for one in (*view.rules, view.total)]
    text = csv_text.written(header, lines)
    return Document(text, "text/csv; charset=utf-8", f"asking-{view.from_}-{view.to}.csv")


def _line(one: RuleNumbers) -> list[Cell]:
    compared = one.lift
    more = (compared.per_1000, compared.low, compared.high) if compared is not None else ()
    difference: list[Cell] = [csv_text.Number(number) for number in more] or ["", "", ""]
    return [one.rule or "total", *(getattr(one, name) for name in _COUNTS), *difference]


def _ordered(program: Program, names: Iterable[str]) -> list[str]:
    order = [rule.name for rule in program.asking.rules] if program.asking is not None else []
    return sorted(names, key=lambda name: (order.index(name) if name in order else len(order), name))


def _sum(rule: str | None, rows: Iterable[Numbers]) -> RuleNumbers:
    every = list(rows)
    sums = {name: sum(getattr(row, name) for row in every) for name in _COUNTS}
    compared = lift(sums["brought"], sums["asks"], sums["compared_brought"], sums["compared"])
    view = LiftView(*compared, sums["asks"], sums["compared"]) if compared is not None else None
    return RuleNumbers(rule=rule, **sums, lift=view)
