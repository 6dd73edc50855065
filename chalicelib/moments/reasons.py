"""
Why a customer is not asked now: closed reasons, from what is known of them when they would be.

Pure: no I/O, no clock.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from chalicelib.moments.states import Because
from chalicelib.programs.asking import Asking

UNHAPPY, REFUND, YEAR = timedelta(days=180), timedelta(days=30), timedelta(days=365)
EVER = "ever"


class History(Struct, frozen=True):
    """What is known of a customer in a program: with all ids that they have or had as a guest."""

    since: datetime
    purchases: int = 0
    asks: Sequence[datetime] = ()
    unhappy_at: datetime | None = None
    refunded_at: datetime | None = None
    restored_at: datetime | None = None
    declined_for_ever: bool = False
    is_partner: bool = False


def why_not(history: History, asking: Asking, *, at: datetime) -> Because | None:
    """Return the first reason for which nobody asks them now, or None. Who is held out is decided after that."""
    if history.is_partner:
        return "is_partner_already"
    if history.declined_for_ever:
        return "declined"
    if _is_within(history.unhappy_at, UNHAPPY, at=at):
        return "unhappy"
    if _is_within(history.refunded_at, REFUND, at=at) and not _is_restored(history):
        return "refund_open"
    if not _has_earned(history, asking, at=at):
        return "too_soon"
    if any(_is_within(one, timedelta(days=asking.quiet_days), at=at) for one in history.asks):
        return "asked_lately"
    if sum(_is_within(one, YEAR, at=at) for one in history.asks) >= asking.most_a_year:
        return "enough_this_year"
    return None


def _is_within(moment: datetime | None, span: timedelta, *, at: datetime) -> bool:
    return moment is not None and moment > at - span


def _is_restored(history: History) -> bool:
    restored, refunded = history.restored_at, history.refunded_at
    return restored is not None and refunded is not None and restored >= refunded


def _has_earned(history: History, asking: Asking, *, at: datetime) -> bool:
    """Return whether the right to ask is earned: by purchases or by time, whichever is first; by nothing if neither."""
    least = asking.not_before
    ways = []
    if least.purchases is not None:
        ways.append(history.purchases >= least.purchases)
    if least.days is not None:
        ways.append(at - history.since >= timedelta(days=least.days))
    return any(ways) or not ways
