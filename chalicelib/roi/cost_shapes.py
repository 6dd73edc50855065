"""What the API takes and gives for the costs of a program."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Money
from chalicelib.kit.shapes import Instant, Name, Words
from chalicelib.notes.note import NoteView
from chalicelib.roi.shapes import CostKind

# No start of the API waits for the rows.
if TYPE_CHECKING:
    from chalicelib.roi.table import Cost, CostReversal

Month = Annotated[str, Meta(min_length=7, max_length=7, description="such as `2026-11`", examples=["2026-11"])]


class NewCost(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What a program cost in a month, in the program's currency.

    Of the kind `running` (people, tools), `payout_fees`, `benefits` (what they cost you), `service` (the bill of AWS
    for this service) or `other`.
    """

    month: Month
    amount: Money
    what: Annotated[Name, Meta(description="what it was for")]
    kind: CostKind


class ReversedCost(Struct, forbid_unknown_fields=True):
    """Which cost is taken back, and why."""

    cost: Annotated[str, Meta(min_length=1, max_length=104, description="the id of the cost")]
    note: Words


class CostReversalView(Struct):
    """That a cost was taken back: by whom, when and why."""

    note: NoteView | None
    reversed_by: str
    reversed_at: Instant

    @classmethod
    def of(cls, row: "CostReversal", note: NoteView | None) -> "CostReversalView":
        return cls(note, row.reversed_by, instants.text(row.created_at))


class CostView(Struct):
    """A cost of a program; *reversed* if it was taken back: then it does not count."""

    id: str
    object: Literal["cost"]
    program: str
    month: Month
    amount: Money
    what: str
    kind: CostKind
    entered_by: str
    created_at: Instant
    reversed: CostReversalView | None

    @classmethod
    def of(cls, row: "Cost", reversal: CostReversalView | None = None) -> "CostView":
        return cls(
            id=row.cost_id,
            object="cost",
            program=row.program_id,
            month=row.month,
            amount=Money(row.amount, row.currency),
            what=row.what,
            kind=row.purpose,  # type: ignore[arg-type]
            entered_by=row.entered_by,
            created_at=instants.text(row.created_at),
            reversed=reversal,
        )
