"""What the API gives for promptness."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit.shapes import Instant
from chalicelib.kit.tally import Tally
from chalicelib.reconciliation.durations import Step

_SECOND = 1000
_Seconds = Annotated[float | None, Meta(description="in seconds; null of none", examples=[4.21])]


class PromptnessStepView(Struct):
    """
    How long a step took: how often it happened, and within how long half, 90 % and 99 % of them were; and the longest.

    Percentiles are at most a tenth too long, and never too short; the longest is exact. *late* of *promised* were later
    than the terms promised.
    """

    count: Annotated[int, Meta(description="how often it happened")]
    p50: _Seconds
    p90: _Seconds
    p99: _Seconds
    worst: _Seconds
    promised: Annotated[int, Meta(description="how many of them had a promised date")]
    late: Annotated[int, Meta(description="how many of these were later than promised")]

    @classmethod
    def of(cls, tally: Tally) -> "PromptnessStepView":
        def seconds(milliseconds: int | None) -> float | None:
            return milliseconds / _SECOND if milliseconds is not None else None

        return cls(
            count=tally.count,
            p50=seconds(tally.percentile(50)),
            p90=seconds(tally.percentile(90)),
            p99=seconds(tally.percentile(99)),
            worst=seconds(tally.worst if tally.count else None),
            promised=tally.promised,
            late=tally.late,
        )


class PromptnessDayView(Struct):
    """How prompt a program was on a local day."""

    day: Annotated[str, Meta(examples=["2026-11-28"])]
    steps: Annotated[dict[Step, PromptnessStepView], Meta(description="each step that day")]


class PromptnessView(Struct, rename={"from_": "from"}):
    """
    How prompt a program was: from a sale's receipt until it was decided, its reward due and its email sent; and paid.

    `as_of` is up to when the last day was counted; null if nothing was yet.
    """

    object: Literal["promptness"]
    program: str
    timezone: str
    from_: Annotated[str, Meta(examples=["2026-11-01"])]
    to: Annotated[str, Meta(examples=["2026-11-28"])]
    as_of: Instant | None
    totals: Annotated[dict[Step, PromptnessStepView], Meta(description="each step, over all days")]
    days: list[PromptnessDayView]
