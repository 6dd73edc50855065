"""
Terms: which conversions earn which rewards, for which side, within which limits, and which version applies when.

Pure: no I/O, no clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal, Protocol, TypeVar

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.digests import digest
from chalicelib.kit.instants import Period
from chalicelib.kit.money import MinorUnits, Money
from chalicelib.kit.shapes import END

Event = Annotated[
    str, Meta(pattern=rf"^[a-z][a-z0-9_]{{1,39}}{END}", description="`lead`, `sale`, or an event of your own")
]
Side = Literal["referrer", "referee"]
Touch = Literal["first", "last"]
Level = Literal["basic", "premium", "strategic"]
Category = Literal["client", "partner", "influencer"]
Part = Literal["tax", "shipping", "discount"]
BasisPoints = Annotated[int, Meta(ge=1, le=10_000, description="hundredths of a percent: 1500 is 15 %")]
WindowDays = Annotated[int, Meta(ge=1, le=365, description="days of 24 hours")]
HoldDays = Annotated[int, Meta(ge=0, le=365, description="days of 24 hours from when a conversion is received")]
Ordinal = Annotated[int, Meta(ge=1, le=1_000_000)]
Label = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_-]{{0,39}}{END}")]
Product = Annotated[str, Meta(min_length=1, max_length=100)]
Words = Annotated[
    str, Meta(min_length=1, max_length=20_000, description="plain text; an empty line begins a paragraph")
]

LEVELS: tuple[Level, ...] = ("basic", "premium", "strategic")


class Benefit(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is not money: given by hand, or by the shop when the webhook asks for it."""

    kind: Literal["coupon", "credit", "access", "gift"]
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=rf"^[^\x00-\x1f\x7f]+{END}")]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)] = 1

    @property
    def spelled(self) -> str:
        """Return it for people to read: how many of what."""
        return self.name if self.quantity == 1 else f"{self.quantity} \u00d7 {self.name}"


class Criteria(Struct, frozen=True, forbid_unknown_fields=True):
    """
    What must all hold for a rule to apply; what is not given is not checked.

    *minimum_amount* is of the base, in minor units; *number_from* and *number_to* count this
    customer's conversions of the kind since they were referred; *months* are calendar months from
    that day in the program's zone; *products* and each entry of *metadata* name what is accepted.
    """

    minimum_amount: Annotated[int, Meta(ge=1)] | None = None
    number_from: Ordinal | None = None
    number_to: Ordinal | None = None
    months: Annotated[int, Meta(ge=1, le=120)] | None = None
    products: Annotated[list[Product], Meta(max_length=50)] = []
    metadata: Annotated[
        dict[
            Annotated[str, Meta(min_length=1, max_length=40)], Annotated[list[str], Meta(min_length=1, max_length=50)]
        ],
        Meta(max_length=10),
    ] = {}
    categories: list[Category] = []
    tiers: Annotated[list[Label], Meta(max_length=10)] = []


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """
    One promise: on this event, this side earns a flat amount, a rate of the base, or a benefit.

    For an event and a side, the highest level whose criteria hold applies; within a level, the first.
    *due_within_days* promises when it is due at the latest, counted from when the conversion is received. *hold_days*
    takes the place of the terms' own: 0 for a coupon that a friend has at once.
    """

    on: Event
    to: Side
    flat: Money | None = None
    rate_bp: BasisPoints | None = None
    benefit: Benefit | None = None
    level: Level = "basic"
    when: Criteria = Criteria()
    due_within_days: HoldDays | None = None
    hold_days: HoldDays | None = None
    name: Label | None = None

    @property
    def id(self) -> str:
        """Name the rule: as the terms do, or by what it is for."""
        return self.name or f"{self.on}_{self.to}" + (f"_{self.level}" if self.level != "basic" else "")

    def held_days(self, of_terms: int) -> int:
        """Return for how many days its rewards are held, given the terms' own hold."""
        return of_terms if self.hold_days is None else self.hold_days


class Cap(Struct, frozen=True, forbid_unknown_fields=True):
    """
    The most that is given in money, to one side or to both together, for one of these in one period.

    Without *to*, a cap per partner limits what the partner earns, and leaves what friends were promised alone; any
    other cap limits both sides together. The reward that would exceed it is cut to the rest. A refund (or a refusal)
    makes room again only if *freed_by_refunds* says so.
    """

    per: Literal["conversion", "customer", "partner", "program"]
    amount: Annotated[int, Meta(ge=1, le=2**53 - 1, description="whole minor units")]
    period: Period = "ever"
    freed_by_refunds: bool = False
    to: Side | None = None

    @property
    def id(self) -> str:
        return f"{self.per}_{self.period}" + (f"_{self.to}" if self.to else "")

    def takes(self, side: Side) -> bool:
        """Return whether a side's rewards fall under it."""
        return side == (self.to or ("referrer" if self.per == "partner" else side))


class Tier(Struct, frozen=True, forbid_unknown_fields=True):
    """What a partner must have brought within the last days (or ever): sign-ups, sales, and revenue net of refunds."""

    name: Label
    minimum_sales: Annotated[int, Meta(ge=0)] = 0
    minimum_revenue: MinorUnits = 0
    within_days: Annotated[int, Meta(ge=1, le=366)] | None = None
    # None, not 0, by default: terms that were agreed to before this field existed keep their fingerprint.
    minimum_leads: Annotated[int, Meta(ge=1)] | None = None


# The one that was received first, with all that a program needs to know: see `sentences`.
FirstIntroduction = Literal["first_received"]
Rules = Annotated[list[Rule], Meta(max_length=30)]


class TermsBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a version of the terms says."""

    rules: Rules
    window_days: WindowDays = 30
    touch: Touch = "last"
    hold_days: HoldDays = 0
    base_without: list[Part] = []
    caps: Annotated[list[Cap], Meta(max_length=8)] = []
    minimum_payout: Annotated[MinorUnits, Meta(description="of partners; who has left is paid what is less, too")] = 0
    # None, not 0, by default: see `Tier.minimum_leads`.
    minimum_payout_referee: Annotated[MinorUnits, Meta(description="of friends; by default any amount")] | None = None
    tiers: Annotated[list[Tier], Meta(max_length=10, description="the lowest first")] = []
    introductions: Annotated[
        FirstIntroduction | None,
        Meta(description="whose introduction counts, of several of one person; null: not said"),
    ] = None
    words: Words | None = None


class Dated(Protocol):
    """The parts of a version of terms that finding the one in force needs."""

    version: int
    effective_from: datetime


class Agreement(Dated, Protocol):
    """The parts of a version of terms that a partner agrees to."""

    window_days: int
    touch: str
    hold_days: int
    base_without: list[Part]
    rules: list[Rule]
    caps: list[Cap]
    tiers: list[Tier]
    minimum_payout: int
    minimum_payout_referee: int | None
    introductions: str | None
    words: str | None


V = TypeVar("V", bound=Dated)


def in_force(versions: Iterable[V], at: datetime) -> V | None:
    """Return the version in force at a moment: of those begun by then, the one that began last."""
    begun = [version for version in versions if version.effective_from <= at]
    return max(begun, key=lambda version: (version.effective_from, version.version), default=None)


def window(days: int) -> timedelta:
    """Return an attribution window: days of 24 hours, regardless of daylight saving time."""
    return timedelta(days=days)


def hold(days: int) -> timedelta:
    """Return how long a reward is held: days of 24 hours, regardless of daylight saving time."""
    return timedelta(days=days)


def fingerprint(terms: Agreement) -> str:
    """
    Return the SHA-256 of all that a version says, as hexadecimal digits.

    Empty fields do not count, so that a field added to terms later changes no hash of what was agreed to before.
    """
    content = {
        "version": terms.version,
        "effective_from": instants.text(terms.effective_from),
        "window_days": terms.window_days,
        "touch": terms.touch,
        "hold_days": terms.hold_days,
        "base_without": terms.base_without,
        "rules": terms.rules,
        "caps": terms.caps,
        "tiers": terms.tiers,
        "minimum_payout": terms.minimum_payout,
        "minimum_payout_referee": terms.minimum_payout_referee,
        "introductions": terms.introductions,
        "words": terms.words,
    }
    return digest(content)
