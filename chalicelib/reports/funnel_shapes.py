"""The API's query and answer for funnels."""

from typing import Literal

from msgspec import Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, Locale
from chalicelib.reports.shapes import Ratio
from chalicelib.stats.shapes import Day, StatsQuery

FunnelStepName = Literal[
    "hits", "human_clicks", "unique_visitors", "signed_up", "bought", "bought_again", "became_partner"
]
FunnelWarning = Literal["range_cut", "open_days_left_out", "small_numbers", "unique_not_summable"]


class FunnelQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Which days, both included: the program's own, or UTC's. Default: the last 30 days that are over.

    A CSV has the steps; with a `locale`, it has the separator and the decimal sign that spreadsheets of that language
    expect.
    """

    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class ResolvedDays(Struct, frozen=True, rename={"from_": "from"}):
    """The days that were counted."""

    from_: Day
    to: Day
    timezone: str


class DaysTaken(Struct, frozen=True):
    """How long something took: within how many days half of them and 90 % were; at most a tenth too long."""

    measured: int
    p50: str | None
    p90: str | None


class FunnelStep(Struct, frozen=True):
    """
    A step of a funnel.

    *count* are those of the step *before* who took it, too, by the end of the period: never more than there.
    *in_period* are all who took it in the period, whenever and however they came, and *days* is how long after the
    step before.
    """

    step: FunnelStepName
    before: FunnelStepName | None
    count: int
    share_of_before: Ratio | None
    share_of_first: Ratio | None
    in_period: int
    days: DaysTaken | None


class FunnelCustomers(Struct, frozen=True):
    """
    The customers who bought first in the period, and what they did by its end. Amounts are in minor units.

    *lifetime_value* is their net revenue for each of them, to date: it is never extrapolated.
    """

    customers: int
    days_to_convert: DaysTaken
    bought_again: Ratio
    orders: int
    revenue: int
    refunded: int
    net_revenue: int
    orders_per_customer: Ratio
    average_order: Ratio
    lifetime_value: Ratio


class FunnelView(Struct, frozen=True):
    """
    From a hit on a link to a customer who is a partner: of those who clicked in the period, how many got how far.

    It is not *complete* where some days cannot be counted; *query* then has the first and the last that are.
    """

    object: Literal["funnel"]
    program: str
    currency: Currency
    query: ResolvedDays
    as_of: Instant
    complete: bool
    warnings: list[FunnelWarning]
    steps: list[FunnelStep]
    customers: FunnelCustomers
