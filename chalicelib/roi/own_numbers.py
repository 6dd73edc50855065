"""What a program's own numbers say for a plan of it: over the days of a span, as far as there are any."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.roi.costs import standing_costs
from chalicelib.roi.roi import count
from chalicelib.roi.shapes import RoiQuery
from chalicelib.stats.counts import Counts, total

DAYS = 90


class OwnNumbers(NamedTuple):
    """Each null where there is nothing to divide by. Money in minor units, per customer or order; a month's cost."""

    referrals_each: Fraction | None
    conversion: Fraction | None
    order_value: Fraction | None
    margin: Fraction | None
    referrer_reward: Fraction | None
    referee_reward: Fraction | None
    running_cost: Fraction | None


def own_numbers(reference: str, *, at: datetime) -> tuple[Program, OwnNumbers]:
    """Return a program, and its numbers of the last *DAYS* days, of what partners are credited with."""
    program = programs.read(programs.find(reference).program.id).program
    today = program.calendar.day_of(at)
    first = today - timedelta(days=DAYS - 1)
    counted = count(program, RoiQuery(from_=first.isoformat(), to=today.isoformat()), at=at)
    costs = [cost for cost in standing_costs(program.id, first, today) if cost.purpose == "running"]
    months = {cost.month for cost in costs}
    running = Fraction(sum(cost.amount for cost in costs), len(months)) if months else None
    margin = Fraction(program.margin_bp, 10_000) if program.margin_bp is not None else None
    return program, numbers_of(list(counted.by_name.values()), margin=margin, running_cost=running)


def numbers_of(partners: list[Counts], *, margin: Fraction | None, running_cost: Fraction | None) -> OwnNumbers:
    """Return the numbers of a program from the counts of each of its partners."""
    whole = total(partners)
    return OwnNumbers(
        referrals_each=_each(whole.human, sum(one.human > 0 for one in partners)),
        conversion=_share(whole.first_sales, whole.human),
        order_value=_each(whole.revenue, whole.sales),
        margin=margin,
        referrer_reward=_each(whole.referrer_earned - whole.referrer_reversed, whole.first_sales),
        referee_reward=_each(whole.referee_earned - whole.referee_reversed, whole.first_sales),
        running_cost=running_cost,
    )


def _each(number: int, of: int) -> Fraction | None:
    return Fraction(max(number, 0), of) if of > 0 else None


def _share(number: int, of: int) -> Fraction | None:
    """Return a part of a whole, at most all of it: customers can come without a click, by a code."""
    return min(Fraction(number, of), Fraction(1)) if of > 0 else None
