"""The API's queries and answers for reports."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, Locale, Reference
from chalicelib.programs.terms import Category
from chalicelib.stats.counts import Newness
from chalicelib.stats.shapes import Day, StatsQuery

Number = Literal[
    "hits",
    "clicks",
    "human_clicks",
    "unique_visitors",
    "leads",
    "sales",
    "customers",
    "events",
    "refunds",
    "revenue",
    "refunded",
    "net_revenue",
    "unattributed_leads",
    "unattributed_sales",
    "unattributed_revenue",
    "referrer_earned",
    "referrer_reversed",
    "referrer_net",
    "referee_earned",
    "referee_reversed",
    "referee_net",
    "rewards_net",
]
RatioName = Literal["lead_rate", "conversion_rate", "average_order", "refund_rate", "reward_rate", "revenue_per_click"]
Metric = Number | RatioName
METRICS: tuple[Metric, ...] = (*get_args(Number), *get_args(RatioName))
Dimension = Literal[
    "day",
    "week",
    "month",
    "weekday",
    "hour",
    "partner",
    "category",
    "link",
    "channel",
    "click_class",
    "country",
    "device",
    "referrer_host",
    "tier",
    "terms_version",
    "customer",
]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

# Days a report may span.
MOST_DAYS = 366
MOST_ROWS = 10_000
DEFAULT_METRICS: tuple[Metric, ...] = ("human_clicks", "leads", "sales", "customers", "net_revenue", "rewards_net")

ClickClass = Literal["human", "bot", "head", "prefetch", "preview"]
Warning_ = Literal[
    "range_cut",
    "open_days_left_out",
    "still_open_days",
    "before_not_counted",
    "before_not_in_rows",
    "small_numbers",
    "unique_not_summable",
]
# The days that a report is compared with: as many right before, or the same ones a month, a quarter or a year earlier.
Compare = Literal["previous", "month", "quarter", "year"]
Weekday = Annotated[int, Meta(ge=1, le=7, description="1 is Monday")]
Hour = Annotated[int, Meta(ge=0, le=23)]

_Metrics = Annotated[
    str,
    Meta(
        max_length=500,
        description=f"which metrics, separated by commas: {', '.join(METRICS)}",
        examples=["human_clicks,sales,net_revenue"],
    ),
]
_Dimensions = Annotated[
    str,
    Meta(
        max_length=60,
        description=f"by which dimensions, at most two, separated by a comma: {', '.join(DIMENSIONS)}",
        examples=["day"],
    ),
]


class ReportQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Which metrics, by which dimensions, of which days, both included; names are separated by commas.

    At most two dimensions; without one, there is one row, the totals. Default: six metrics of the last 30 days, in
    the program's own time zone. Rows are in the order of their names, or by one of the metrics: the highest first.
    With `compare`, each row also has the metrics of the days before: of as many days, or of the same days a month, a
    quarter or a year earlier.
    The other parameters are filters: only what all of them match is counted.
    A CSV has the rows; with a `locale`, it has the separator and the decimal sign that spreadsheets of that language
    expect.
    """

    metrics: _Metrics | None = None
    by: _Dimensions | None = None
    partner: Reference | None = None
    category: Category | None = None
    link: Reference | None = None
    channel: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    click_class: ClickClass | None = None
    country: Annotated[str, Meta(min_length=2, max_length=2)] | None = None
    device: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    referrer_host: Annotated[str, Meta(min_length=1, max_length=253)] | None = None
    tier: Annotated[str, Meta(min_length=1, max_length=40, description="the partner's tier then")] | None = None
    terms_version: Annotated[int, Meta(ge=1, description="the version of the terms it was decided on")] | None = None
    customer: (
        Annotated[Newness, Meta(description="`new`: a customer's first conversion of its type; `known`: later ones")]
        | None
    ) = None
    weekday: Weekday | None = None
    hour: Hour | None = None
    sort: Metric | None = None
    compare: Compare | None = None
    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class ResolvedQuery(Struct, frozen=True, rename={"from_": "from"}):
    """What was counted: the query with its defaults, the filters null that were not set."""

    metrics: list[Metric]
    by: list[Dimension]
    from_: Day
    to: Day
    timezone: str
    partner: str | None
    category: Category | None
    link: str | None
    channel: str | None
    click_class: ClickClass | None
    country: str | None
    device: str | None
    referrer_host: str | None
    tier: str | None
    terms_version: int | None
    customer: Newness | None
    weekday: Weekday | None
    hour: Hour | None
    sort: Metric | None
    compare: Compare | None


class Ratio(Struct, frozen=True):
    """A ratio to four places, rounded half up, and what it is made of; null if the denominator is not above zero."""

    value: str | None
    numerator: int
    denominator: int


Value = int | Ratio


class ReportRow(Struct):
    """
    The metrics of one combination of the dimensions; null is what no partner is credited with, or has no known link.

    Amounts are in minor units of the report's currency. *before* are the metrics of the days before; null if the report
    is not compared, or none of these days stands beside a row's.
    """

    by: dict[str, str | None]
    metrics: dict[str, Value]
    before: dict[str, Value] | None = None


class Before(Struct, rename={"from_": "from"}):
    """The days that a report is compared with, and their totals, which are counted apart."""

    from_: Day
    to: Day
    totals: dict[str, Value]


class ReportView(Struct):
    """
    A report: its rows, and totals that are counted apart from them.

    It is not *complete* where some days cannot be counted; *query* then has the first and the last that are.
    """

    object: Literal["report"]
    program: str
    currency: Currency
    query: ResolvedQuery
    as_of: Instant
    complete: bool
    warnings: list[Warning_]
    totals: dict[str, Value]
    before: Before | None
    rows: list[ReportRow]
