"""
Caps: which ones a conversion's rewards fall under, and what is left of them.

Pure: no I/O, no clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chalicelib.kit.instants import period_of
from chalicelib.programs.terms import Cap

Key = tuple[str, str]


class Earning(Protocol):
    """What a conversion must show to be told its caps."""

    id: str
    program_id: str
    customer_id: str
    partner_id: str | None
    received_at: datetime


class Use(Struct, frozen=True):
    """
    A cap as it stands over one conversion: under which key its use is kept, and the limit.

    A *budget* is a program's: the key is a partner's lease of it. A cap for a single conversion
    is not kept (*kept* is False).
    """

    id: str
    key: Key
    limit: int
    refills: bool
    budget: bool = False
    kept: bool = True


class Rooms:
    """
    What is left of each cap, while one conversion after the other takes from it.

    *used* is what was used of each before; *leased* is what a partner may use of a budget. Two versions
    of terms may limit the same cap differently: each conversion is held to its own.
    """

    def __init__(self, used: Mapping[Key, int], leased: Mapping[Key, int]) -> None:
        self._used = defaultdict(int, used)
        self._leased = leased
        self.taken: dict[Key, int] = defaultdict(int)
        # How much may have been used before at most, for all that was taken to have been there.
        self.bounds: dict[Key, int] = {}
        # Caps of which somebody got less than they were to get.
        self.short: set[Key] = set()

    def take(self, uses: Iterable[Use], wanted: int) -> tuple[int, Use | None]:
        """Return how much of *wanted* all these caps leave, and the one that cut it; take that much from each."""
        given, cutting = wanted, None
        for use in uses:
            left = self._limit(use) - self._used[use.key]
            if left < given:
                given, cutting = max(left, 0), use
        if cutting is not None:
            self.short.add(cutting.key)
        for use in uses:
            self._used[use.key] += given
            self.taken[use.key] += given
            bound = self._limit(use) - self.taken[use.key]
            self.bounds[use.key] = min(self.bounds.get(use.key, bound), bound)
        return given, cutting

    def give_back(self, uses: Iterable[Use], amount: int) -> None:
        """Make room again for what was taken back."""
        for use in uses:
            self._used[use.key] -= amount

    def _limit(self, use: Use) -> int:
        return self._leased.get(use.key, use.limit) if use.budget else use.limit


def uses_of(caps: Iterable[Cap], earning: Earning, *, zone: str) -> list[Use]:
    """Return the caps a conversion's rewards fall under, in the terms' order."""
    return [_use(cap, earning, period_of(earning.received_at, cap.period, zone)) for cap in caps]


def _use(cap: Cap, earning: Earning, period: str) -> Use:
    if cap.per == "conversion":
        return Use(cap.id, ("conversion", earning.id), cap.amount, cap.freed_by_refunds, kept=False)
    if cap.per == "program":
        key = (budget_key(earning.program_id, cap.id, period), f"lease#{earning.partner_id}")
        return Use(cap.id, key, cap.amount, cap.freed_by_refunds, budget=True)
    subject = earning.customer_id if cap.per == "customer" else str(earning.partner_id)
    return Use(
        cap.id, (f"cap#{earning.program_id}#{cap.id}#{subject}#{period}", "cap"), cap.amount, cap.freed_by_refunds
    )


def budget_key(program_id: str, cap_id: str, period: str) -> str:
    """Return the partition a program's budget of one period has."""
    return f"budget#{program_id}#{cap_id}#{period}"
