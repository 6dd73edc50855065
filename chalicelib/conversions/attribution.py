"""
Who sent a customer: which of their touches counts, and why each other one does not.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from chalicelib.programs.terms import window

# How far a website's clock may be from ours, ahead or behind.
CLOCKS = timedelta(minutes=5)
Reason = Literal[
    "eligible",
    "unknown_code",
    "invalid_click_id",
    "other_program",
    "link_ended",
    "partner_unknown",
    "not_human",
    "self_referral",
    "outside_window",
    "after_conversion",
    "before_link",
]


class Candidate(Struct, frozen=True):
    """
    A touch as traced: by whose link the customer came, when, and in which window that counts.

    *at* is the click's own signed moment; for a code typed without a click, when it is received. From it window
    and terms are counted. *told_at* puts touches in order: for a code, when the website says that it was typed.
    *obstacle* is what tracing found against it, before any window is looked at.
    """

    shown: str
    by: Literal["click", "code"]
    at: datetime
    told_at: datetime
    obstacle: Reason | None = None
    code_key: str = ""
    partner_id: str = ""
    terms_version: int = 0
    window_days: int = 0


class Considered(Struct, frozen=True):
    """
    A touch and what was made of it, as it is kept with the conversion: *at* and *told_at* as a candidate's.

    What was stored before *told_at* was kept has none, and marks nobody as the one that *won*.
    """

    shown: str
    by: str
    at: datetime
    verdict: Reason
    told_at: datetime | None = None
    partner_id: str = ""
    won: bool = False


def verdict(candidate: Candidate, *, occurred_at: datetime) -> Reason:
    """Say whether a touch may count for what happened then, in the window it was promised."""
    if candidate.obstacle is not None:
        return candidate.obstacle
    if candidate.by == "click" and candidate.at > occurred_at + CLOCKS:
        return "after_conversion"
    if candidate.by == "click" and occurred_at - candidate.at > window(candidate.window_days):
        return "outside_window"
    return "eligible"


def choose(candidates: Sequence[Candidate], *, touch: str, occurred_at: datetime) -> Candidate | None:
    """
    Return the touch that counts: the first or the last eligible one, in the order they happened.

    Of touches at the same moment, in the order they were given.
    """
    ordered = sorted(candidates, key=lambda one: one.told_at)
    eligible = [one for one in ordered if verdict(one, occurred_at=occurred_at) == "eligible"]
    if not eligible:
        return None
    return eligible[0] if touch == "first" else eligible[-1]


def sent_at(winner: Candidate, *, occurred_at: datetime) -> datetime:
    """Return since when a customer counts as sent: from the touch, or from what they did with it, if that is told as earlier."""
    return min(winner.told_at, occurred_at)


def considered(candidates: Sequence[Candidate], winner: Candidate | None, *, occurred_at: datetime) -> list[Considered]:
    """Return every touch with its verdict, and the one that counts marked."""
    return [
        Considered(
            shown=one.shown,
            by=one.by,
            at=one.at,
            verdict=verdict(one, occurred_at=occurred_at),
            told_at=one.told_at,
            partner_id=one.partner_id,
            won=one is winner,
        )
        for one in candidates
    ]
