"""Shapes of cohorts: the query, and the answer."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import END, Instant, Locale
from chalicelib.reports.shapes import Value
from chalicelib.stats.counts import CohortKind

CohortMetric = Literal[
    "active", "retention", "customers", "sales", "revenue", "refunded", "net_revenue", "rewards_net", "lifetime_value"
]
COHORT_METRICS: tuple[CohortMetric, ...] = get_args(CohortMetric)
DEFAULT_COHORT_METRICS: tuple[CohortMetric, ...] = (
    *("active", "retention", "sales"),
    *("net_revenue", "rewards_net", "lifetime_value"),
)
# Who was active in two months is one member, so there is no sum of these.
OF_A_MONTH: tuple[CohortMetric, ...] = ("active", "retention")
MOST_COHORTS = 24
CohortWarning = Literal["range_cut", "unfinished_month", "small_numbers"]
Month = Annotated[
    str,
    Meta(
        pattern=rf"^(2\d{{3}}|19[7-9]\d)-(0[1-9]|1[0-2]){END}",
        description="a month, such as 2026-03",
        examples=["2026-03"],
    ),
]


class CohortsQuery(Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """
    Cohorts of whom, of which months, both included: the last twelve by default, at most 24.

    Customers are of the month they were bound in, partners of the one they enrolled in, by the program's days.
    Metrics are separated by commas. A CSV has the cells; with a `locale`, it has the separator and the decimal sign
    that spreadsheets of that language expect.
    """

    of: CohortKind = "customers"
    from_: Month | None = None
    to: Month | None = None
    metrics: (
        Annotated[
            str,
            Meta(
                max_length=200,
                description=f"which metrics, separated by commas: {', '.join(COHORT_METRICS)}",
                examples=["net_revenue,lifetime_value"],
            ),
        ]
        | None
    ) = None
    format: Literal["json", "csv"] = "json"
    locale: Locale | None = None


class ResolvedCohorts(Struct, frozen=True, rename={"from_": "from"}):
    """What was counted: the query with its defaults."""

    of: CohortKind
    from_: Month
    to: Month
    metrics: list[CohortMetric]


class CohortCell(Struct):
    """A cohort in one month; *since* is how many months after its own."""

    since: int
    month: Month
    metrics: dict[str, Value]


class CohortRow(Struct):
    """
    A cohort: its members, the months since, and what came of it *to_date*: up to an *age* in months, not beyond.

    Amounts are in minor units.
    """

    cohort: Month
    members: int
    age: int
    to_date: dict[str, Value]
    months: list[CohortCell]


class CohortMonth(Struct):
    """What all cohorts of the answer did in a month; *members* are those of the cohorts up to it."""

    month: Month
    members: int
    metrics: dict[str, Value]


class CohortTotals(Struct):
    """What came of all cohorts of the answer to date."""

    members: int
    to_date: dict[str, Value]


class CohortsView(Struct):
    """
    Cohorts, their months, and totals that are counted apart from them.

    What was received before *until* is counted: the days that are closed. It is not *complete* where cohorts cannot
    be counted; *query* then has the first that are.
    """

    object: Literal["cohorts"]
    program: str
    currency: Currency
    query: ResolvedCohorts
    until: Instant
    as_of: Instant
    complete: bool
    warnings: list[CohortWarning]
    totals: CohortTotals
    months: list[CohortMonth]
    cohorts: list[CohortRow]
