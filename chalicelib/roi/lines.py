"""
The lines of a program's cost: what each thing cost, and how that was counted, in exact fractions.

Pure: no I/O, no clock.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import NamedTuple, Protocol

from chalicelib.roi.fractions import exact, in_full, rounded_together
from chalicelib.roi.shapes import LINES, LineName, LinePart, LineView, Source

# The kinds of cost that people enter are called as the line they are in.
_ENTERED: tuple[LineName, ...] = ("benefits", "payout_fees", "service", "running", "other")


class Entered(Protocol):
    """A cost that was entered: what for, in which month, and how much in minor units."""

    @property
    def purpose(self) -> str: ...

    @property
    def month(self) -> str: ...

    @property
    def amount(self) -> int: ...


class Priced(NamedTuple):
    """Things that were counted: which, how many, and what one costs, in minor units of the model's currency."""

    what: str
    number: int
    each: Fraction


class Line(NamedTuple):
    """What one thing cost, in minor units, and the parts it is the sum of; none if it was counted as it is."""

    name: LineName
    source: Source
    amount: Fraction
    parts: Sequence[LinePart]


def share_of_month(month: str, first: date, last: date) -> tuple[int, int]:
    """
    Return how many days of a month are between two days, both included, and how many it has.

    >>> share_of_month("2026-02", date(2026, 2, 20), date(2026, 3, 10))
    (9, 28)
    """
    year, number = int(month[:4]), int(month[5:])
    days = monthrange(year, number)[1]
    begin, end = date(year, number, 1), date(year, number, days)
    return max((min(last, end) - max(first, begin)).days + 1, 0), days


def months_between(first: date, last: date) -> Iterator[str]:
    """Yield every month from one day to another."""
    year, number = first.year, first.month
    while (year, number) <= (last.year, last.month):
        yield f"{year}-{number:02}"
        year, number = (year + 1, 1) if number == 12 else (year, number + 1)


def counted(name: LineName, amount: int) -> Line:
    """Return a line of what the ledger has, in whole minor units."""
    return Line(name, "counted", Fraction(amount), ())


def entered(costs: Iterable[Entered], first: date, last: date) -> dict[LineName, Line]:
    """Return the lines of what people entered: of each month, the share of its days that is between two days."""
    sums: dict[LineName, dict[str, int]] = {name: {} for name in _ENTERED}
    for cost in costs:
        by_month = sums[cost.purpose]  # type: ignore[index]
        by_month[cost.month] = by_month.get(cost.month, 0) + cost.amount
    return {name: _entered(name, sums[name], first, last) for name in _ENTERED}


def _entered(name: LineName, by_month: Mapping[str, int], first: date, last: date) -> Line:
    parts, total = [], Fraction()
    for month in sorted(by_month):
        days, of = share_of_month(month, first, last)
        amount = Fraction(by_month[month] * days, of)
        parts.append(LinePart(month, days, of, str(by_month[month]), exact(amount)))
        total += amount
    return Line(name, "entered", total, parts)


def modeled(name: LineName, priced: Iterable[Priced]) -> Line:
    """Return a line of what was counted, at what each of it costs."""
    parts, total = [], Fraction()
    for one in priced:
        amount = one.number * one.each
        parts.append(LinePart(one.what, one.number, 1, in_full(one.each), exact(amount)))
        total += amount
    return Line(name, "model", total, parts)


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Return lines in the order of their names."""
    return sorted(lines, key=lambda line: LINES.index(line.name))


def view_lines(lines: Sequence[Line], *, currency: str, currency_of_model: str) -> list[LineView]:
    """Return lines as the API gives them: the whole minor units of those that are part of the cost add up to it."""
    in_cost = [line for line in lines if counts(line, currency, currency_of_model)]
    whole = dict(zip((line.name for line in in_cost), rounded_together([line.amount for line in in_cost]), strict=True))
    return [
        LineView(
            name=line.name,
            source=line.source,
            currency=currency if line.name in whole else currency_of_model,
            in_cost=line.name in whole,
            amount=exact(line.amount, whole.get(line.name)),
            parts=list(line.parts),
        )
        for line in lines
    ]


def cost_of(lines: Iterable[Line], *, currency: str, currency_of_model: str) -> Fraction:
    """Return the sum of the lines that are part of the cost."""
    return sum((line.amount for line in lines if counts(line, currency, currency_of_model)), Fraction())


def counts(line: Line, currency: str, currency_of_model: str) -> bool:
    """Return whether a line is part of the cost: nothing is converted, so what is in another currency is not."""
    return line.source != "model" or currency == currency_of_model
