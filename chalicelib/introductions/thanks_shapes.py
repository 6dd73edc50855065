"""What the API takes and gives for thanks."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency, Money
from chalicelib.kit.shapes import Instant, ListQuery, Reference, Words
from chalicelib.notes.note import NoteView
from chalicelib.programs.receiving import Day, Occasion, ThanksKind

# No start of the API waits for the rows.
if TYPE_CHECKING:
    from chalicelib.introductions.thanks_table import Thanks

ThanksState = Literal["due", "done", "skipped"]
# What thanks are for: what a rule says, or something else.
ThanksFor = Literal[Occasion, "by_hand"]
SkipReason = Literal["partner_left", "partner_declined", "not_allowed", "thanked_already", "other"]


class NewThanks(Struct, frozen=True, forbid_unknown_fields=True):
    """
    That a partner is to be thanked for something that no rule knows: how, and until which of the program's days.

    By default that is in three days. With `introduction`, it is for one that the partner made in this program.
    """

    program: Reference
    partner: Reference
    kind: ThanksKind
    due_on: Day | None = None
    words: (
        Annotated[
            Words, Meta(description="why the partner is thanked, or with what; without the name of who was introduced")
        ]
        | None
    ) = None
    introduction: Annotated[str, Meta(min_length=1, max_length=104)] | None = None


class SettledThanks(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What became of thanks: `done`, as a `kind` and at a `cost` in the program's currency; or `skipped`, for a `reason`.

    By default the kind is the planned one. A gift and a donation need their `cost`, 0 if they cost nothing; the reason
    `other` needs `words`.
    """

    state: Literal["done", "skipped"]
    kind: ThanksKind | None = None
    cost: Money | None = None
    reason: SkipReason | None = None
    words: Annotated[Words, Meta(description="what was done or given, or why not; for the record")] | None = None


class ThanksQuery(ListQuery, forbid_unknown_fields=True):
    """Whose thanks: those of a program in a state, or all those to a partner."""

    program: Reference | None = None
    partner: Reference | None = None
    state: ThanksState = "due"


class ThanksView(Struct, frozen=True, rename={"for_": "for"}):
    """
    That a partner is to be thanked, whatever becomes of the introduction: how and until when; and what became of it.

    `for` is the occasion, or that they were made by hand, with `words` that say why. `cost` counts in the program's
    return on investment.
    """

    id: str
    object: Literal["thanks"]
    program: str
    introduction: str | None
    to: str
    for_: ThanksFor
    words: str | None
    kind: ThanksKind
    cost: Money
    state: ThanksState
    due_on: str
    reason: SkipReason | None
    note: NoteView | None
    created_at: Instant
    settled_at: Instant | None
    settled_by: str | None

    @classmethod
    def of(cls, row: "Thanks", note: NoteView | None, *, words: str | None) -> "ThanksView":
        return cls(
            id=row.thanks_id,
            object="thanks",
            program=row.program_id,
            introduction=row.introduction,
            to=row.partner_id,
            for_=row.thanks_for,
            words=words,
            kind=row.means,  # type: ignore[arg-type]
            cost=Money(row.cost, row.currency),
            state=row.state,  # type: ignore[arg-type]
            due_on=row.due_on,
            reason=row.reason,  # type: ignore[arg-type]
            note=note,
            created_at=instants.text(row.created_at),
            settled_at=instants.text(row.settled_at) if row.settled_at else None,
            settled_by=row.settled_by,
        )


class ThanksSumsQuery(ListQuery, forbid_unknown_fields=True, kw_only=True):
    """Of which program and year; of one partner, if it is named."""

    program: Reference
    year: Annotated[int, Meta(ge=2000, le=2999, description="by the program's calendar")]
    partner: Reference | None = None


class ThanksTotal(Struct, frozen=True):
    """What a program's partners were thanked with in a year: how often, what it cost, and of that what gifts did."""

    number: int = 0
    cost: int = 0
    gifts: int = 0
    donations: int = 0


class ThanksSum(Struct, frozen=True):
    """The same of one partner, with thanks to their duplicates."""

    partner: str
    number: int
    cost: int
    gifts: int
    donations: int


class ThanksSumsView(Struct, frozen=True):
    """
    A page of what each partner of a program was thanked with in a year by its calendar, the highest cost first.

    Each sum has the whole year in it, and `total` is of all partners, on every page. Thanks to a duplicate count for
    the partner it was merged into, who stands where the largest of their ids' sums does: a page may have fewer partners
    than its `limit`, or none, though `has_more` is true.
    """

    object: Literal["thanks_sums"]
    program: str
    year: int
    currency: Currency
    total: ThanksTotal
    data: list[ThanksSum]
    has_more: bool
    next_cursor: str | None
