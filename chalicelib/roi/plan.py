"""
Plans a program before it runs: what it would return, from a few numbers, formula by formula, in exact fractions.

Pure: no I/O, no clock.
"""

from fractions import Fraction
from typing import Literal, NamedTuple

from msgspec import Struct

Unit = Literal["number", "percent", "money"]
StepName = Literal[
    "referrers",
    "referrals",
    "new_customers",
    "revenue",
    "value",
    "rewards",
    "running",
    "cost",
    "profit",
    "roi",
    "cost_per_customer",
    "break_even",
]


class Plan(Struct, frozen=True):
    """
    The numbers that a plan is made of. Shares are between 0 and 1, and money is in minor units.

    *referrals_each* are people who come by the links of one customer who refers; *conversion* is the share of them who
    buy. *running_cost* is of a month.
    """

    customers: Fraction
    share: Fraction
    referrals_each: Fraction
    conversion: Fraction
    order_value: Fraction
    margin: Fraction
    referrer_reward: Fraction
    referee_reward: Fraction
    set_up_cost: Fraction
    running_cost: Fraction
    months: Fraction


class Step(NamedTuple):
    """
    One formula: the numbers in it, in the order of its words, and what it comes to.

    The value is None where there is nothing to divide by.
    """

    name: StepName
    unit: Unit
    numbers: tuple[tuple[Unit, Fraction], ...]
    value: Fraction | None


def steps(plan: Plan) -> list[Step]:
    """Return each formula with its numbers, in an order in which each needs only those before it."""
    referrers = plan.customers * plan.share
    referrals = referrers * plan.referrals_each
    new = referrals * plan.conversion
    revenue = new * plan.order_value
    value = revenue * plan.margin
    rewards = new * (plan.referrer_reward + plan.referee_reward)
    running = plan.running_cost * plan.months
    cost = rewards + plan.set_up_cost + running
    earns = plan.order_value * plan.margin - plan.referrer_reward - plan.referee_reward
    number: Unit = "number"
    money: Unit = "money"
    percent: Unit = "percent"
    rewards_of_both = ((money, plan.referrer_reward), (money, plan.referee_reward))
    return [
        Step("referrers", number, ((number, plan.customers), (percent, plan.share)), referrers),
        Step("referrals", number, ((number, referrers), (number, plan.referrals_each)), referrals),
        Step("new_customers", number, ((number, referrals), (percent, plan.conversion)), new),
        Step("revenue", money, ((number, new), (money, plan.order_value)), revenue),
        Step("value", money, ((money, revenue), (percent, plan.margin)), value),
        Step("rewards", money, ((number, new), *rewards_of_both), rewards),
        Step("running", money, ((money, plan.running_cost), (number, plan.months)), running),
        Step("cost", money, ((money, rewards), (money, plan.set_up_cost), (money, running)), cost),
        Step("profit", money, ((money, value), (money, cost)), value - cost),
        Step("roi", percent, ((money, value - cost), (money, cost)), _divided(value - cost, cost)),
        Step("cost_per_customer", money, ((money, cost), (number, new)), _divided(cost, new)),
        Step(
            "break_even",
            number,
            (
                *((money, plan.set_up_cost), (money, running), (money, plan.order_value), (percent, plan.margin)),
                *rewards_of_both,
            ),
            _divided(plan.set_up_cost + running, earns),
        ),
    ]


def _divided(numerator: Fraction, denominator: Fraction) -> Fraction | None:
    return numerator / denominator if denominator > 0 else None
