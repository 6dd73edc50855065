"""
How a partner stood at a moment: their category, and their tier in a program.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class PartnerStanding(Struct, frozen=True):
    """A partner's standing, as far as rules may ask of it."""

    category: str | None = None
    tier: str | None = None


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
    """A dated change of a category, or of a tier in a program."""

    what: str
    program_id: str | None
    to: str | None
    effective_from: datetime
    number: int


def resolve_standing(
    at: datetime, changes: Iterable[DatedChange], *, category: str, program_id: str
) -> PartnerStanding:
    """Return how a partner stood then: by the last change in effect of each kind; *category* is their first one."""
    category_now: str | None = category
    tier: str | None = None
    for change in sorted(changes, key=lambda one: (one.effective_from, one.number)):
        if change.effective_from > at:
            continue
        if change.what == "category":
            category_now = change.to
        elif change.program_id == program_id:
            tier = change.to
    return PartnerStanding(category_now, tier)
