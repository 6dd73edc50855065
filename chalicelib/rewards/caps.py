"""
Caps: which ones a conversion's rewards fall under, and how much headroom each has.

Pure: no I/O, no clock.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, get_args

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.kit.instants import period_of
from chalicelib.programs.terms import Cap, Side

SIDES: tuple[Side, ...] = get_args(Side)
Key = tuple[str, str]


class Earning(Protocol):
    """The part of a conversion that decides which caps its rewards fall under."""

    id: str
    program_id: str
    customer_id: str
    partner_id: str | None
    received_at: datetime


class AppliedCap(Struct, frozen=True):
    """
    A cap as it applies to one conversion: the key under which its usage is stored, and the limit.

    A *budget* is a program's: the key is a partner's lease of it. The usage of a cap for a single
    conversion is not stored (*stored* is False). *sides* are those whose rewards fall under it.
    """

    id: str
    key: Key
    limit: int
    restores_on_refund: bool
    budget: bool = False
    stored: bool = True
    sides: tuple[Side, ...] = SIDES


class Consumed(Struct, frozen=True):
    """How much of an amount the caps left; if that is less than the amount, *cut_by* is the cap that left the least."""

    amount: int
    cut_by: AppliedCap | None = None


class Consumption(Struct, frozen=True):
    """
    What a batch of conversions consumes of one cap, and the condition for writing it.

    An *exhausted* cap cut a reward: its usage must still be what was read, or more might be due. Otherwise the
    usage may have grown since, up to *most_used_before*.
    """

    cap: AppliedCap
    amount: int
    exhausted: bool
    most_used_before: int


class Headroom:
    """
    What is left of each cap while one conversion after the other consumes it.

    *used* is the usage that was read, *leased* a partner's lease of each budget. Two versions of terms may
    limit the same cap differently: each conversion is held to its own limit.

    Two conversions of 200 each, and a cap of 1000 of which 700 are used:

    >>> key = ("cap#prg_1#partner_month#ptr_1#2026-04", "cap")
    >>> cap = AppliedCap("partner_month", key, 1000, restores_on_refund=True)
    >>> headroom = Headroom(used={cap.key: 700}, leased={})
    >>> headroom.consume([cap], 200).amount
    200
    >>> cut = headroom.consume([cap], 200)
    >>> cut.amount, cut.cut_by.id
    (100, 'partner_month')

    They are written together, by one update of the cap's row, which holds only if 700 are still used:

    >>> [(one.amount, one.exhausted) for one in headroom.consumptions()]
    [(300, True)]

    A refund then takes back 50 of the first reward. As the cap restores on refund, 50 can be earned again:

    >>> headroom.restore([cap], 50)
    >>> headroom.consume([cap], 200).amount
    50
    """

    def __init__(self, used: Mapping[Key, int], leased: Mapping[Key, int]) -> None:
        self._used = defaultdict(int, used)
        self._leased = leased
        self._consumptions: dict[Key, Consumption] = {}

    def consume(self, caps: Iterable[AppliedCap], amount: int) -> Consumed:
        """Take an amount, or as much of it as all these caps leave, from each of them."""
        consumed = Consumed(amount)
        for cap in caps:
            left = self._limit(cap) - self._used[cap.key]
            if left < consumed.amount:
                consumed = Consumed(max(left, 0), cut_by=cap)
        for cap in caps:
            self._used[cap.key] += consumed.amount
            self._consumptions[cap.key] = self._add(cap, consumed)
        return consumed

    def restore(self, caps: Iterable[AppliedCap], amount: int) -> None:
        """Return what a refund took back to caps."""
        for cap in caps:
            self._used[cap.key] -= amount

    def release(self, caps: Iterable[AppliedCap], amount: int) -> None:
        """
        Return what a conversion has consumed of caps, so that it can be decided again.

        It may consume that much again, even of a cap that is used beyond its limit.
        """
        for cap in caps:
            self._used[cap.key] = min(self._used[cap.key], self._limit(cap)) - amount

    def consumptions(self) -> list[Consumption]:
        """Return what was consumed of each cap whose usage is stored."""
        return [one for one in self._consumptions.values() if one.cap.stored and one.amount]

    def _add(self, cap: AppliedCap, consumed: Consumed) -> Consumption:
        before = self._consumptions.get(cap.key)
        amount = consumed.amount + (before.amount if before else 0)
        most = self._limit(cap) - amount
        cut = consumed.cut_by is not None and consumed.cut_by.key == cap.key
        return Consumption(
            cap,
            amount,
            exhausted=cut or (before is not None and before.exhausted),
            most_used_before=min(most, before.most_used_before) if before else most,
        )

    def _limit(self, cap: AppliedCap) -> int:
        return self._leased.get(cap.key, cap.limit) if cap.budget else cap.limit


def apply_caps(caps: Iterable[Cap], earning: Earning, *, zone: str) -> list[AppliedCap]:
    """Return the caps a conversion's rewards fall under, in the terms' order."""
    applied = [(cap, _apply(cap, earning, period_of(earning.received_at, cap.period, zone))) for cap in caps]
    return [replace(one, sides=tuple(side for side in SIDES if cap.takes(side))) for cap, one in applied]


def of_side(caps: Iterable[AppliedCap], side: Side) -> list[AppliedCap]:
    """Return the caps that a side's rewards fall under."""
    return [cap for cap in caps if side in cap.sides]


def _apply(cap: Cap, earning: Earning, period: str) -> AppliedCap:
    if cap.per == "conversion":
        key = ("conversion", f"{earning.id}#{cap.to}" if cap.to else earning.id)
        return AppliedCap(cap.id, key, cap.amount, cap.freed_by_refunds, stored=False)
    if cap.per == "program":
        key = (budget_key(earning.program_id, cap.id, period), f"lease#{earning.partner_id}")
        return AppliedCap(cap.id, key, cap.amount, cap.freed_by_refunds, budget=True)
    subject = earning.customer_id if cap.per == "customer" else str(earning.partner_id)
    key = (f"cap#{earning.program_id}#{cap.id}#{subject}#{period}", "cap")
    return AppliedCap(cap.id, key, cap.amount, cap.freed_by_refunds)


def budget_key(program_id: str, cap_id: str, period: str) -> str:
    """Return the partition of a program's budget in one period."""
    return f"budget#{program_id}#{cap_id}#{period}"
