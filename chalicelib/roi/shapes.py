"""What the API takes and gives for the return on investment."""

from typing import Literal, get_args

from msgspec import Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, Locale
from chalicelib.programs.terms import BasisPoints
from chalicelib.stats.shapes import Day, StatsQuery

CostKind = Literal["running", "payout_fees", "benefits", "service", "other"]
Breakdown = Literal["partner", "tier", "channel"]
LineName = Literal[
    "referrer_rewards", "referee_rewards", "thanks", "benefits", "payout_fees", "emails", "service", "running", "other"
]
LINES: tuple[LineName, ...] = get_args(LineName)
Source = Literal["counted", "entered", "model"]
Warning_ = Literal[
    "range_cut",
    "open_days_left_out",
    "still_open_days",
    "no_margin",
    "no_cost",
    "no_running_costs",
    "other_currency",
    "service_partly_entered",
]


class RoiQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Of which days, both included, at which margin, and broken down by what.

    Default: the last 30 days, in the program's own time zone, at the program's margin, not broken down. A CSV has
    the rows of the breakdown, or without one the lines; with a `locale`, it has the separator and the decimal sign that
    spreadsheets of that language expect.
    """

    margin_bp: BasisPoints | None = None
    by: Breakdown | None = None
    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class ResolvedRoiQuery(Struct, frozen=True, rename={"from_": "from"}):
    """What was computed: the days, the margin and whose it is, and the breakdown."""

    from_: Day
    to: Day
    timezone: str
    margin_bp: BasisPoints | None
    margin_of: Literal["query", "program"] | None
    by: Breakdown | None


class Exact(Struct, frozen=True):
    """An amount in minor units: rounded half up, and exactly, as a fraction."""

    amount: int
    numerator: str
    denominator: str


class ExactRatio(Struct, frozen=True):
    """A ratio: to four places, rounded half up, and exactly, as a fraction."""

    value: str
    numerator: str
    denominator: str


class LinePart(Struct, frozen=True):
    """
    A part of a line: *each* × *count* ÷ *of*, in minor units.

    Of entered costs, *each* is the sum of a month, *count* its days in the range, and *of* all its days. Of the model,
    *each* is what one of them costs, and *of* is 1.
    """

    what: str
    count: int
    of: int
    each: str
    amount: Exact


class LineView(Struct, frozen=True):
    """
    What one thing cost: *counted* here, *entered* by people, or computed by a *model* of counted calls and list prices.

    A line of another currency is shown, and not part of the cost (*in_cost* is false).
    """

    name: LineName
    source: Source
    currency: Currency
    in_cost: bool
    amount: Exact
    parts: list[LinePart]


class RoiRow(Struct, frozen=True):
    """
    What one partner, tier or channel brought, and what was given for it; a name is null for what has none.

    The row *shared* has the costs that are no one's alone, and no return. All rows add up to the totals.
    """

    name: str | None
    shared: bool
    revenue: int
    refunded: int
    net_revenue: int
    value: Exact | None
    referrer_rewards: int
    referee_rewards: int
    cost: Exact
    roi: ExactRatio | None
    customers: int


class UnattributedRevenue(Struct, frozen=True):
    """The revenue that no partner is credited with: it is no part of the value."""

    revenue: int
    refunded: int
    net_revenue: int
    sales: int


class PricesView(Struct, frozen=True):
    """The list prices that the model uses, and when they were published."""

    currency: Currency
    region: str
    published: str
    source: str


class RoiView(Struct):
    """
    The return on a program's cost: (value − cost) ÷ cost.

    The value is the margin of the revenue that partners are credited with, net of refunds. Without a margin there is
    neither value nor return; without a cost no return. The cost per customer is per first-time buyer who was referred,
    null without any. Amounts are in minor units of the currency.
    """

    object: Literal["roi"]
    program: str
    currency: Currency
    query: ResolvedRoiQuery
    as_of: Instant
    complete: bool
    warnings: list[Warning_]
    revenue: int
    refunded: int
    net_revenue: int
    unattributed: UnattributedRevenue
    value: Exact | None
    lines: list[LineView]
    cost: Exact
    roi: ExactRatio | None
    customers: int
    cost_per_customer: Exact | None
    goodword_cost_source: Literal["model", "entered"]
    prices: PricesView
    rows: list[RoiRow]
