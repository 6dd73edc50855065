"""What the API takes and gives for action items."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import Instant, ListQuery, Reference, Words
from chalicelib.notes.note import NoteView
from chalicelib.stats.shapes import Day
from chalicelib.targets.kinds import Dismissal, ItemState, RuleName

OwnerId = Annotated[str, Meta(min_length=1, max_length=40, description="the id of a person who administers")]


class ActionItemsQuery(ListQuery, forbid_unknown_fields=True):
    """Which action items: by default the open ones."""

    program: Reference | None = None
    partner: Reference | None = None
    owner: OwnerId | None = None
    rule: RuleName | None = None
    state: ItemState = "open"


class CheckedQuery(ListQuery, forbid_unknown_fields=True, kw_only=True):
    """Which partners of a program who need attention: all of them, or those who are stuck or quiet, or at a step."""

    program: Reference
    why: Literal["stuck", "quiet"] | None = None
    step: Literal["agreed", "set_up", "shared", "first_click", "first_referral"] | None = None


class Assignment(Struct, frozen=True, forbid_unknown_fields=True):
    """Who should do it, or null for no one; and by when, if that changes."""

    owner: OwnerId | None
    due_on: Day | UnsetType = UNSET


class ItemDone(Struct, frozen=True, forbid_unknown_fields=True):
    """That it is done, and what was done if that is worth a note."""

    note: Words | None = None


class ItemDismissal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is to be done."""

    reason: Annotated[
        Dismissal,
        Meta(
            description="`not_needed`, `cannot_reach` (the partner does not answer), `wrong` (the numbers mislead), "
            "`other`"
        ),
    ]
    note: Words | None = None


class ActionItemView(Struct):
    """
    Something to do about a partner or a target, because a rule holds.

    `figures` are the numbers for which it does, and days; money among them is in minor units of `currency`. It is
    `open` until a person says that it is `done`, or dismisses it; or `resolved` as soon as the rule no longer holds. A
    rule that holds on opens no second item.
    """

    id: str
    object: Literal["action_item"]
    program: str
    partner: str | None
    name: Annotated[str | None, Meta(description="of the partner")]
    target: str | None
    rule: RuleName
    figures: dict[str, int | str]
    currency: Currency
    state: ItemState
    owner: str | None
    due_on: Day
    reason: Dismissal | None
    note: NoteView | None
    created_at: Instant
    closed_at: Instant | None
    closed_by: str | None
