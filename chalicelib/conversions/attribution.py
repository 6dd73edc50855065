"""
Attribution: which of a customer's touches counts, and why each other one does not.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.programs.terms import window

# How far a website's clock may be from ours, ahead or behind.
CLOCKS = timedelta(minutes=5)
Ineligible = Literal[
    "unknown_code",
    "invalid_click_id",
    "other_program",
    "link_ended",
    # Of a name that a visitor typed: nobody shares it, several do and it was not said which, or not any longer.
    "unknown_name",
    "unclaimed",
    "name_withdrawn",
    "program_ended",
    "partner_unknown",
    # In conversions from before every class of click counted; new ones do not have it.
    "not_human",
    "self_referral",
    "outside_window",
    "after_conversion",
    "before_link",
    "unknown_introduction",
    "introduction_not_open",
    "second_in_line",
    # Of an introduction: a page named it; its person was a customer before; or the business has not accepted it yet,
    # nobody named it, and another partner's touch counts.
    "named_by_page",
    "existing_customer",
    "not_accepted",
]
# What shows that partner and customer are one person.
SelfReferral = Literal["account", "address"]
TouchKind = Literal["click", "code", "friend_name", "introduction"]
# Their time is signed by us.
SIGNED: tuple[TouchKind, ...] = ("click", "friend_name")
Eligibility = Literal["eligible", Ineligible]
# Why a conversion is credited to a partner, or to none.
CreditReason = Literal[
    "first_touch",
    "last_touch",
    "already_referred",
    "credited_late",
    "credited_by_hand",
    "before_referral",
    "no_touch",
    Ineligible,
]
# Exactly one eligible touch has won. Rows from before that was stored have `eligible`.
TouchResult = Literal["won", "not_first", "not_last", Eligibility]


class Touch(Struct, frozen=True):
    """
    A touch with its context: whose it was, when, and the window of its terms.

    *token* is the click id, the code, the introduction's id, or the answer about a friend's name. *at* is its own
    signed time, or when the introduction was received; for a code, when it was reported: window and terms are counted
    from it.
    *claimed_at* puts touches in order: for a code, when the website says that it was typed. *until* is the end of an
    introduction's protection, which is its window. *ineligible_because* is the reason against it, apart from the
    window. *self_referral* is what the partner and the customer have in common. One that *yields* counts only if no
    other partner's touch does.
    """

    token: str
    by: TouchKind
    at: datetime
    claimed_at: datetime
    ineligible_because: Ineligible | None = None
    self_referral: SelfReferral | None = None
    code_key: str = ""
    partner_id: str = ""
    terms_version: int = 0
    window_days: int = 0
    until: datetime | None = None
    yields: bool = False


class EvaluatedTouch(Struct, frozen=True, rename={"token": "shown", "eligibility": "verdict", "claimed_at": "told_at"}):
    """
    A touch as it is stored with its conversion: whether it was eligible, and whether it *won*.

    What was stored before *claimed_at* was kept has none, and marks no touch as the one that won.
    """

    token: str
    by: TouchKind
    at: datetime
    eligibility: Eligibility
    claimed_at: datetime | None = None
    partner_id: str = ""
    won: bool = False


def evaluate(touches: Iterable[Touch], winner: Touch | None, *, occurred_at: datetime) -> list[EvaluatedTouch]:
    """Return every touch with its eligibility, in the order given, and the one that won marked."""
    return [
        EvaluatedTouch(
            token=touch.token,
            by=touch.by,
            at=touch.at,
            eligibility=eligibility(touch, occurred_at=occurred_at),
            claimed_at=touch.claimed_at,
            partner_id=touch.partner_id,
            won=touch is winner,
        )
        for touch in touches
    ]


def eligibility(touch: Touch, *, occurred_at: datetime) -> Eligibility:
    """Return whether a touch may count for what happened at *occurred_at*, in the window it was promised."""
    if touch.ineligible_because is not None:
        return touch.ineligible_because
    if touch.by != "code" and touch.at > occurred_at + CLOCKS:
        return "after_conversion"
    if touch.until is not None and occurred_at > touch.until:
        return "outside_window"
    if touch.by in SIGNED and occurred_at - touch.at > window(touch.window_days):
        return "outside_window"
    return "eligible" if touch.self_referral is None else "self_referral"


def line_up(touches: Sequence[Touch], *, occurred_at: datetime) -> list[Touch]:
    """
    Return the touches with one introduction eligible at most: the first that was received, if it is eligible.

    Inside its protection no other partner's introduction wins; a later one of the same partner adds nothing either.
    One that yields does so first.
    """
    touches = _yield(touches, occurred_at=occurred_at)
    introductions = [one for one in touches if one.by == "introduction"]
    eligible = [one for one in introductions if eligibility(one, occurred_at=occurred_at) == "eligible"]
    first = min(eligible, key=lambda one: one.at, default=None)
    return [
        replace(one, ineligible_because="second_in_line") if one in eligible and one is not first else one
        for one in touches
    ]


def _yield(touches: Sequence[Touch], *, occurred_at: datetime) -> list[Touch]:
    """Return the touches with those that yield ineligible, if one of another partner is eligible and does not yield."""
    eligible = [one for one in touches if eligibility(one, occurred_at=occurred_at) == "eligible"]
    firm = {one.partner_id for one in eligible if not one.yields}
    return [
        replace(one, ineligible_because="not_accepted")
        if one.yields and one in eligible and firm - {one.partner_id}
        else one
        for one in touches
    ]


def introduction_of(touches: Sequence[Touch], winner: Touch, *, occurred_at: datetime) -> str | None:
    """
    Return the introduction that a customer is bound by: the winner itself, or an eligible one of the same partner.

    Whoever was introduced, and then came by a link of the same partner, came by that introduction as well.
    """
    if winner.by == "introduction":
        return winner.token
    by_partner = (one for one in touches if one.by == "introduction" and one.partner_id == winner.partner_id)
    return next((one.token for one in by_partner if eligibility(one, occurred_at=occurred_at) == "eligible"), None)


def choose(touches: Sequence[Touch], *, touch: str, occurred_at: datetime) -> Touch | None:
    """
    Return the touch that counts: the first or the last eligible one, in the order they happened.

    Touches at the same moment are in the given order. A customer's own touch counts only if there is none of
    another partner.
    """
    ordered = sorted(touches, key=lambda one: one.claimed_at)
    for counted in ("eligible", "self_referral"):
        eligible = [one for one in ordered if eligibility(one, occurred_at=occurred_at) == counted]
        if eligible:
            return eligible[0] if touch == "first" else eligible[-1]
    return None


def sent_at(winner: Touch, *, occurred_at: datetime) -> datetime:
    """Return when a customer was sent: at the touch, or at what they did with it, if that is claimed to be earlier."""
    return min(winner.claimed_at, occurred_at)


def results(touches: Sequence[EvaluatedTouch], *, first_counts: bool) -> list[TouchResult]:
    """Return the result of each touch; *first_counts* says whether the first or last eligible one wins."""
    alone = sum(touch.eligibility == "eligible" for touch in touches) == 1
    return [_result(touch, alone=alone, first_counts=first_counts) for touch in touches]


def _result(touch: EvaluatedTouch, *, alone: bool, first_counts: bool) -> TouchResult:
    eligible = touch.eligibility == "eligible"
    if touch.won or (eligible and alone):
        return "won"
    if eligible and touch.claimed_at is not None:
        return "not_first" if first_counts else "not_last"
    return touch.eligibility
