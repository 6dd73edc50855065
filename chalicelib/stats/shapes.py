"""The API's requests and responses for statistics."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import END, Instant, Reference
from chalicelib.stats.counts import Counts

Day = Annotated[
    str,
    Meta(
        pattern=rf"^2\d{{3}}-\d{{2}}-\d{{2}}{END}|^19[7-9]\d-\d{{2}}-\d{{2}}{END}", extra_json_schema={"format": "date"}
    ),
]
RankedBy = Literal["revenue", "sales", "leads", "clicks"]
Zone = Annotated[str, Meta(max_length=64, description="an IANA name, such as Europe/Berlin")]
MOST_DAYS = 92
MOST_RANKED_DAYS = 366


class StatsQuery(Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Which days, both included, in which time zone. Default: the last 30 days, in the program's own."""

    from_: Day | None = None
    to: Day | None = None
    timezone: Zone | None = None


class PartnerStatsQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """As for a program; and the program, if the partner is in more than one."""

    program: Reference | None = None


class Clicks(Struct):
    """
    Clicks by class. `all` counts the classes that request the page.

    `unique` are visitors, per link and UTC day; null where they are not counted.
    """

    all: int
    human: int
    unique: int | None
    bot: int
    preview: int
    prefetch: int
    head: int


class Rewards(Struct):
    """What was earned in a span of time, and taken back by refunds or refused; held, due and paid are balances."""

    earned: int
    reversed: int
    net: int


class NetMoney(Struct, frozen=True):
    """
    An amount in whole minor units and its currency.

    Below zero, if in this span more was amended to less, or more refunds were restored, than there was to it.
    """

    amount: int
    currency: Currency


class Unattributed(Struct):
    """The part of a program's metrics that no partner is credited with."""

    leads: int
    sales: int
    revenue: NetMoney


class Metrics(Struct):
    """
    The metrics of a span of time. `customers` are referred customers who bought for the first time.

    The rates are referred leads, and customers, by human clicks.
    """

    clicks: Clicks
    leads: int
    sales: int
    customers: int
    events: int
    refunds: int
    revenue: NetMoney
    refunded: NetMoney
    unattributed: Unattributed
    referrer_rewards: Rewards
    referee_rewards: Rewards
    lead_rate: str | None
    conversion_rate: str | None


class DayMetrics(Struct):
    """One local day."""

    date: Day
    metrics: Metrics


class StatsView(Struct, rename={"from_": "from"}):
    """Statistics of a partner, a link or a program; `as_of` is the time of the last rollup they are made of."""

    object: Literal["stats"]
    subject: str
    program: str
    from_: Day
    to: Day
    timezone: str
    as_of: Instant
    totals: Metrics
    days: list[DayMetrics]


class LinkMetrics(Struct):
    """The results of one link: clicks, and conversions of customers it referred."""

    link: str
    code: str
    channel: str | None
    metrics: Metrics


class PartnerStatsView(StatsView, rename={"from_": "from"}):
    """
    Statistics of a partner, and of each of their links in the program, newest first.

    What was recorded before links were kept with conversions is in the totals, and in no link's.
    """

    links: list[LinkMetrics]


class RankingQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """As for a program, for at most 366 days; by what, and how many of each."""

    by: RankedBy = "revenue"
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


class RankedPartner(Struct):
    """A partner and their numbers."""

    partner: str
    metrics: Metrics


class RankedChannel(Struct):
    """A channel and the numbers of its links; links without a label form the one without a name."""

    name: str | None
    metrics: Metrics


class RankingView(Struct, rename={"from_": "from"}):
    """
    The first partners and channels of a program; a channel has the numbers of its links.

    If *complete* is false, there was no time for all days: metrics are of those that are named. If *channels_complete*
    is false, there was no time for all links: channels are those of the links with most clicks. Unique visitors are not
    counted, and null.
    """

    object: Literal["ranking"]
    program: str
    from_: Day
    to: Day
    timezone: str
    by: RankedBy
    complete: bool
    channels_complete: bool
    partners: list[RankedPartner]
    channels: list[RankedChannel]


def metrics(counts: Counts, *, unique: int | None, currency: str) -> Metrics:
    return Metrics(
        clicks=Clicks(
            all=counts.clicks,
            human=counts.human,
            unique=unique,
            bot=counts.bot,
            preview=counts.preview,
            prefetch=counts.prefetch,
            head=counts.head,
        ),
        leads=counts.leads,
        sales=counts.sales,
        customers=counts.first_sales,
        events=counts.events,
        refunds=counts.refunds,
        revenue=NetMoney(counts.revenue, currency),
        refunded=NetMoney(counts.refunded, currency),
        unattributed=Unattributed(counts.direct_leads, counts.direct_sales, NetMoney(counts.direct_revenue, currency)),
        referrer_rewards=_rewards(counts.referrer_earned, counts.referrer_reversed),
        referee_rewards=_rewards(counts.referee_earned, counts.referee_reversed),
        lead_rate=_rate(counts.leads - counts.direct_leads, counts.human),
        conversion_rate=_rate(counts.first_sales, counts.human),
    )


def _rewards(earned: int, reversed_: int) -> Rewards:
    return Rewards(earned=earned, reversed=reversed_, net=earned - reversed_)


def _rate(part: int, whole: int) -> str | None:
    """Return a ratio to four places, rounded half up, without a float; None where there is no whole."""
    if whole == 0:
        return None
    rounded = (part * 20_000 + whole) // (2 * whole)
    return f"{rounded // 10_000}.{rounded % 10_000:04}"
