"""Liability in a currency: what is due, frozen in payouts, and held, by the day it will be due."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.walk import Deadline
from chalicelib.ledger import find as ledger
from chalicelib.ledger.find import account_states
from chalicelib.ledger.table import SHARDS
from chalicelib.programs import find as programs
from chalicelib.rewards.find import hold_queue, matured_to
from chalicelib.rewards.table import HOLD_QUEUE_SHARDS, REVIEW

MOST_SECONDS = 8.0
_PAGE = 100
_DAY = timedelta(days=1)


class Liability(Struct):
    """The sums so far, and where to continue: first all accounts, then the hold queue by days, then for review."""

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
    queue_shard: int = 0
    position: dict[str, Any] | None = None
    done: bool = False


def sum_liability(
    liability: Liability, currency: str, *, at: datetime, most_seconds: float = MOST_SECONDS
) -> Liability:
    """Go on summing for some seconds. What is due is not netted with what others were overpaid by refunds."""
    deadline = Deadline(most_seconds)
    while liability.shard < SHARDS and not deadline.passed:
        accounts, more = ledger.accounts(liability.shard, after=liability.last, limit=_PAGE)
        for account in account_states([one for one in accounts if one.endswith(f"#{currency}")]).values():
            liability.held += account.held
            liability.due += max(account.due, 0)
            liability.overpaid += max(-account.due, 0)
            liability.frozen += account.frozen
            liability.paid += account.paid
            liability.accounts += 1
        liability.shard, liability.last = (
            (liability.shard, accounts[-1]) if more and accounts else (liability.shard + 1, None)
        )
    if liability.shard == SHARDS:
        _add_days(liability, currency, at=at, deadline=deadline)
    return liability


def _add_days(liability: Liability, currency: str, *, at: datetime, deadline: Deadline) -> None:
    if liability.end is None:
        liability.day = min(matured_to() or at.date(), at.date()).isoformat()
        liability.end = (at + timedelta(days=_longest_hold(currency))).date().isoformat()
    while liability.day is not None and not deadline.passed:
        _add_page(liability, liability.day, currency, at=at)
        if liability.queue_shard == HOLD_QUEUE_SHARDS:
            liability.queue_shard, liability.day = 0, _next_day(liability.day, liability.end)
    liability.done = liability.day is None


def _next_day(day: str, end: str) -> str | None:
    """Return the part of the hold queue after a day: the next day; after the last one, review; then None."""
    if day == REVIEW:
        return None
    return REVIEW if day >= end else (date.fromisoformat(day) + _DAY).isoformat()


def _add_page(liability: Liability, day: str, currency: str, *, at: datetime) -> None:
    page, liability.position = hold_queue(f"{day}#{liability.queue_shard}", limit=_PAGE, position=liability.position)
    liability.queue_shard += liability.position is None
    for reward in page:
        if reward.currency == currency and reward.remaining:
            liability.by_day[day] = liability.by_day.get(day, 0) + reward.remaining
            if reward.promised_by is not None and reward.promised_by < at:
                liability.past_promise += reward.remaining


def _longest_hold(currency: str) -> int:
    longest = 0
    for program in walk.each(partial(programs.walk_page, limit=100)):
        if program.currency == currency:
            versions = programs.find(program.id).versions
            held = (rule.held_days(terms.hold_days) for terms in versions for rule in terms.rules)
            longest = max(longest, *(terms.hold_days for terms in versions), *held)
    return longest
