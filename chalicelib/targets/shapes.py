"""What the API takes and gives for targets."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, ListQuery
from chalicelib.reports.shapes import Ratio
from chalicelib.stats.shapes import Day
from chalicelib.targets.kinds import Status, TargetMetric, TargetPeriod

# Times the minutes of a year, it is still a number that JSON keeps exactly.
MOST_VALUE = 10**10
TargetValue = Annotated[
    int, Meta(ge=1, le=MOST_VALUE, description="what each period should bring; money in minor units")
]
TargetSubject = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=120,
        description="`program`, `category:NAME`, `tier:NAME`, or `partner:` and an id",
    ),
]


class NewTarget(Struct, frozen=True, forbid_unknown_fields=True, rename={"for_": "for", "from_": "from"}):
    """
    What a program aims for in each month, quarter or year.

    It is in force from the first day of a period on, by default the current one, until it is ended or replaced.
    """

    for_: TargetSubject
    metric: TargetMetric
    period: TargetPeriod
    value: TargetValue
    from_: Day | None = None


class TargetReplacement(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Another value, from the first day of a period on; by default the current one."""

    value: TargetValue
    from_: Day | None = None


class TargetEnd(Struct, frozen=True, forbid_unknown_fields=True):
    """The first day of a period from which on a target is no longer in force; by default the current one's."""

    until: Day | None = None


class TargetsQuery(ListQuery, forbid_unknown_fields=True):
    """Which page of all targets there were; or those in force now, without pages, with how far each is."""

    period: Literal["current"] | None = None


class TargetProgress(Struct, rename={"from_": "from"}):
    """
    How far a target is in its current period.

    Everything is as of `as_of`: now for the program, and for categories, tiers and partners the last midnight, when
    they were last counted; before they were, the numbers are null. An even course over the local days would have
    brought what is `expected`. Pace is the actual number by that, projection the actual number by the share gone.
    """

    from_: Day
    to: Day
    as_of: Instant | None
    actual: int | None
    gone: Ratio
    expected: Ratio
    pace: Ratio
    projection: Ratio
    status: Status | None


class TargetView(Struct, rename={"for_": "for", "from_": "from"}):
    """A target: in force from a day on, and until before another; money is in minor units of *currency*."""

    id: str
    object: Literal["target"]
    program: str
    for_: str
    name: Annotated[str | None, Meta(description="of a partner, their name")]
    metric: TargetMetric
    currency: Annotated[Currency | None, Meta(description="of a target of money")]
    period: TargetPeriod
    value: int
    from_: Day
    until: Day | None
    replaced_by: str | None
    created_at: Instant
    ended_at: Instant | None
    progress: Annotated[TargetProgress | None, Meta(description="while it is in force")]
