"""What the API takes and gives for reconciliation."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit.chains import BadRow
from chalicelib.kit.shapes import Cursor, Instant
from chalicelib.reconciliation.findings import Difference

_Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$(?!\n)", description="a UTC day")]
_Grace = Annotated[int, Meta(ge=0, le=1440, description="minutes: what is younger may still be on its way")]


class CompareQuery(Struct, forbid_unknown_fields=True):
    """Which day to compare (by default the one that is today), and where to resume."""

    day: _Day | None = None
    grace_minutes: _Grace = 10
    cursor: Cursor | None = None


class Repair(Struct, forbid_unknown_fields=True):
    """Which day to compare and repair (by default the one that is today), and where to resume."""

    day: _Day | None = None
    grace_minutes: _Grace = 10
    cursor: Cursor | None = None


class ReconciliationView(Struct):
    """
    The differences of a day that this call found, with their repairs, and what is checked so far.

    What was received from *up_to* on is not checked yet; of statistics only whole hours are. *checked* is empty where
    nothing was there to check.
    """

    object: Literal["reconciliation"]
    day: str
    up_to: Instant
    checked: dict[str, int]
    differences: list[Difference]
    has_more: bool
    next_cursor: str | None


class RootQuery(Struct, forbid_unknown_fields=True):
    """Where to go on."""

    cursor: Cursor | None = None


class RootVerificationView(Struct):
    """
    How many chains were compared with the last daily root, and the first that is not as it was then, if any.

    `day` and `root` are those of the root: the hash is the one that was emailed. Before the first day there is none.
    """

    object: str
    day: str | None
    root: str | None
    chains: int
    bad: BadRow | None
    has_more: bool
    next_cursor: str | None
