"""Adds up what is owed in a currency: due, frozen in payouts, and held, by the day it will be due."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.append import standings
from chalicelib.ledger.table import SHARDS
from chalicelib.programs import find as programs
from chalicelib.rewards.find import matured_to, waiting
from chalicelib.rewards.table import REVIEW, WAITING_SHARDS

MOST_SECONDS = 8.0
_PAGE = 100
_DAY = timedelta(days=1)


class Owed(Struct):
    """What was added up so far, and where adding goes on: in the accounts first, then by days, then for review."""

    held: int = 0
    due: int = 0
    overpaid: int = 0
    frozen: int = 0
    paid: int = 0
    accounts: int = 0
    by_day: dict[str, int] = {}
    past_promise: int = 0
    shard: int = 0
    last: str | None = None
    day: str | None = None
    end: str | None = None
    waiting_shard: int = 0
    position: dict[str, Any] | None = None
    done: bool = False


def add_up(owed: Owed, currency: str, *, at: datetime, most_seconds: float = MOST_SECONDS) -> Owed:
    """Go on adding for some seconds. What is due is not netted with what others were overpaid by refunds."""
    deadline = Deadline(most_seconds)
    while owed.shard < SHARDS and not deadline.passed:
        accounts, more = ledger.accounts(owed.shard, after=owed.last, limit=_PAGE)
        for standing in standings([one for one in accounts if one.endswith(f"#{currency}")]).values():
            owed.held += standing.held
            owed.due += max(standing.due, 0)
            owed.overpaid += max(-standing.due, 0)
            owed.frozen += standing.frozen
            owed.paid += standing.paid
            owed.accounts += 1
        owed.shard, owed.last = (owed.shard, accounts[-1]) if more and accounts else (owed.shard + 1, None)
    if owed.shard == SHARDS:
        _add_days(owed, currency, at=at, deadline=deadline)
    return owed


def _add_days(owed: Owed, currency: str, *, at: datetime, deadline: Deadline) -> None:
    if owed.end is None:
        owed.day = min(matured_to() or at.date(), at.date()).isoformat()
        owed.end = (at + timedelta(days=_longest_hold(currency))).date().isoformat()
    while owed.day is not None and not deadline.passed:
        _add_page(owed, owed.day, currency, at=at)
        if owed.waiting_shard == WAITING_SHARDS:
            owed.waiting_shard, owed.day = 0, _following(owed.day, owed.end)
    owed.done = owed.day is None


def _following(day: str, end: str) -> str | None:
    """Return the day after a day; after the last one, those for review; and after them, nothing."""
    if day == REVIEW:
        return None
    return REVIEW if day >= end else (date.fromisoformat(day) + _DAY).isoformat()


def _add_page(owed: Owed, day: str, currency: str, *, at: datetime) -> None:
    page, owed.position = waiting(f"{day}#{owed.waiting_shard}", limit=_PAGE, position=owed.position)
    owed.waiting_shard += owed.position is None
    for reward in page:
        if reward.currency == currency and reward.remaining:
            owed.by_day[day] = owed.by_day.get(day, 0) + reward.remaining
            if reward.promised_by is not None and reward.promised_by < at:
                owed.past_promise += reward.remaining


def _longest_hold(currency: str) -> int:
    longest = 0
    for program in walk.each(partial(programs.walk_page, limit=100)):
        if program.currency == currency:
            versions = programs.find(program.id).versions
            longest = max(longest, *(terms.hold_days for terms in versions))
    return longest
