"""The API's query and answer for leaderboards."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, Locale
from chalicelib.partners.standing import State
from chalicelib.reports.shapes import Ratio
from chalicelib.stats.shapes import Day, StatsQuery

Period = Literal["month", "quarter", "year", "last_month", "last_quarter", "last_year", "all"]
LeaderboardMetric = Literal["revenue", "sales", "customers", "leads", "clicks"]
METRICS: tuple[LeaderboardMetric, ...] = get_args(LeaderboardMetric)
PERIODS: tuple[Period, ...] = get_args(Period)

_Period = Annotated[
    Period, Meta(description="the current month, quarter or year up to today, the last one, or since the program began")
]
_By = Annotated[LeaderboardMetric, Meta(description="what partners are ranked by; revenue is less refunds")]


class LeaderboardQuery(StatsQuery, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    By what partners are ranked, and over which days: of a period, or from one day to another, both included.

    Default: by revenue less refunds, in the current month of the program's own time zone. A CSV has all places; with
    a `locale`, it has the separator that spreadsheets of that language expect.
    """

    period: _Period | None = None
    by: _By = "revenue"
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class LeaderboardRow(Struct, frozen=True):
    """
    A partner's place. Who brought as much has the same place, and equals are in the order of their ids.

    Suspended and banned partners are ranked too; other partners do not see them.
    """

    rank: int
    partner: str
    value: int
    share: Ratio
    state: Literal["active", State]


class Concentration(Struct, frozen=True):
    """What the first tenth of the ranked partners brought, rounded up to whole partners."""

    partners: int
    value: int
    share: Ratio


class ErasedPart(Struct, frozen=True):
    """What partners brought whose personal data was erased: it is in the total, and they have no place."""

    partners: int
    value: int


class LeaderboardView(Struct, rename={"from_": "from"}):
    """
    A program's leaderboard. A merged partner counts as part of the one who stays.

    Amounts are in minor units of the program's currency, less refunds. The values of all places and the erased part
    add up to *total*. If *complete* is false, there was no time for all days: it is of those that are named.
    """

    object: Literal["leaderboard"]
    program: str
    currency: Currency
    period: Period | None
    from_: Day
    to: Day
    timezone: str
    by: LeaderboardMetric
    as_of: Instant
    complete: bool
    ranked: int
    total: int
    erased: ErasedPart
    concentration: Concentration
    data: list[LeaderboardRow]
