"""
How a partner stood at a moment: their category, their tier in a program, and whether they were suspended or banned.

Pure: no I/O, no clock.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from msgspec import Struct

# The number of changes that are read with a partner: a day of one who rises and falls every hour.
LATEST = 24
# And this many of each kind: the current standing, and the previous one.
_OF_EACH_KIND = 2


# What a change is of that suspends, bans or reactivates a partner.
STATE = "state"
State = Literal["suspended", "banned"]
StopReason = Literal[
    "fraud",
    "self_referral",
    "spam",
    "brand_bidding",
    "terms_violated",
    "under_review",
    "inactive",
    "requested",
    "other",
]

# They put in doubt whether the partner's friends are other people.
FRAUDS: frozenset[str] = frozenset({"fraud", "self_referral"})

# What becomes of what a partner earned before they were suspended or banned: paid as usual, or left out of payouts.
Earned = Literal["keep", "hold"]


class PartnerStanding(Struct, frozen=True):
    """A partner's standing, as far as rules use it; *state* and *reason* are those of a suspension or a ban."""

    category: str | None = None
    tier: str | None = None
    state: str | None = None
    reason: str | None = None


class Reached(Struct, frozen=True):
    """
    A partner's numbers when the rules gave them a tier: in some days, or in total.

    Sign-ups are null where the tier does not ask for them.
    """

    sales: int
    revenue: int
    leads: int | None
    within_days: int | None


class DatedChange(Protocol):
    """A dated change of a category, of a tier in a program, or of a state; only the last has a reason."""

    what: str
    program_id: str | None
    to: str | None
    effective_from: datetime
    number: int
    reason: str | None


C = TypeVar("C", bound=DatedChange)


def find_superseded(changes: Iterable[C]) -> list[C]:
    """
    Return the changes that are no longer read with a partner, oldest first.

    They are those before the latest 24, but for the last two of the category, and of the tier in each program.
    """
    superseded: list[C] = []
    kinds: Counter[tuple[str, str | None]] = Counter()
    for change in sorted(changes, key=lambda one: -one.number)[LATEST:]:
        kinds[change.what, change.program_id] += 1
        if kinds[change.what, change.program_id] > _OF_EACH_KIND:
            superseded.append(change)
    return superseded[::-1]


def reaches_back_to(at: datetime, changes: Iterable[DatedChange]) -> bool:
    """Return whether a history without its superseded changes still has the standing at a moment."""
    newest_first = sorted(changes, key=lambda one: -one.number)
    last = newest_first[0].number if newest_first else 0
    without_gap = [one for place, one in enumerate(newest_first) if one.number == last - place]
    return len(without_gap) == last or at >= min(one.effective_from for one in without_gap)


def resolve_standing(
    at: datetime, changes: Iterable[DatedChange], *, category: str, program_id: str
) -> PartnerStanding:
    """Return how a partner stood then: by the last change in effect of each kind; *category* is their first one."""
    category_now: str | None = category
    tier: str | None = None
    state: str | None = None
    reason: str | None = None
    for change in sorted(changes, key=lambda one: (one.effective_from, one.number)):
        if change.effective_from > at:
            continue
        if change.what == "category":
            category_now = change.to
        elif change.what == STATE:
            state, reason = change.to, change.reason
        elif change.program_id == program_id:
            tier = change.to
    return PartnerStanding(category_now, tier, state, reason)
