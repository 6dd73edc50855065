"""Terms: what earns how much, for whom, and which version counts when. Knows no table and no clock."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol, TypeVar

from msgspec import Meta, Struct

from chalicelib.kit.money import Money

Event = Literal["lead", "sale"]
Side = Literal["referrer", "referee"]
Touch = Literal["first", "last"]
BasisPoints = Annotated[int, Meta(ge=1, le=10_000, description="hundredths of a percent: 1500 is 15 %")]
WindowDays = Annotated[int, Meta(ge=1, le=365, description="days of 24 hours")]


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One promise: on this event, this side earns a flat amount or a rate of the sale."""

    on: Event
    to: Side
    flat: Money | None = None
    rate_bp: BasisPoints | None = None

    @property
    def id(self) -> str:
        """Name the rule by what it is for: there is one per event and side."""
        return f"{self.on}_{self.to}"


Rules = Annotated[list[Rule], Meta(max_length=4)]


def objection(rules: Sequence[Rule], *, currency: str) -> tuple[str, str] | None:
    """Return the first thing wrong with a set of rules, as (pointer, sentence), or None."""
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        pointer = f"/rules/{number}"
        if (rule.flat is None) == (rule.rate_bp is None):
            return pointer, "A rule has either `flat` or `rate_bp`."
        if rule.on == "lead" and rule.rate_bp is not None:
            return f"{pointer}/rate_bp", "A lead has no amount to take a rate of; use `flat`."
        if rule.flat is not None and rule.flat.currency != currency:
            return f"{pointer}/flat/currency", f"The programme pays in {currency}."
        if rule.flat is not None and rule.flat.amount == 0:
            return f"{pointer}/flat/amount", "A flat reward is at least one minor unit."
        if rule.id in seen:
            return pointer, f"There is more than one rule for the {rule.to} on a {rule.on}."
        seen.add(rule.id)
    return None


class Dated(Protocol):
    """What a version of terms must show to be found."""

    version: int
    effective_from: datetime


V = TypeVar("V", bound=Dated)


def in_force(versions: Iterable[V], at: datetime) -> V | None:
    """Return the version in force at a moment: of those begun by then, the one that began last."""
    begun = [version for version in versions if version.effective_from <= at]
    return max(begun, key=lambda version: (version.effective_from, version.version), default=None)


def window(days: int) -> timedelta:
    """Return an attribution window: days of 24 hours, whatever clocks do in between."""
    return timedelta(days=days)
