"""What must come of what is told to a business, in exact fractions: terms, touches, bindings and sales."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from chalicelib.kit import instants

WINDOW = timedelta(days=30)
CLOCKS, VISITORS_CLOCKS = timedelta(minutes=5), timedelta(days=1)


@dataclass
class Version:
    """Terms as they were promised."""

    number: int
    begins: datetime
    rate_bp: int
    welcome: int
    hold_days: int


@dataclass
class Refund:
    """A refund as the website reported it: of which parts, if that was told; and whether it stands."""

    name: str
    amount: int
    tax: int | None = None
    stands: bool = True


def earned(amount, tax, standing, rate_bp):
    """Return what a sale earns after the refunds that stand: the exact fraction of its net amount, rounded up once."""
    if amount == 0:
        return 0
    plain = sum(refund.amount for refund in standing if refund.tax is None)
    net = Fraction(amount - tax) * (1 - Fraction(plain, amount))
    net -= sum(refund.amount - refund.tax for refund in standing if refund.tax is not None)
    left = amount - sum(refund.amount for refund in standing)
    return math.ceil(max(Fraction(0), min(Fraction(left), net)) * rate_bp / 10_000)


@dataclass
class Sale:
    """A conversion as the website reported it and amended it, and what it must have earned."""

    id: str
    type: str
    customer: str
    amount: int
    received_at: datetime
    partner: str | None
    version: Version
    # None, if it was credited later: then it takes its place among those that come meanwhile.
    number: int | None
    occurred_at: datetime
    tax: int = 0
    refunds: list[Refund] = field(default_factory=list)
    amendments: int = 0
    # How often it was credited otherwise by hand, from what id its partner's reward is made, and whether it was voided.
    corrections: int = 0
    granted_as: str = ""
    voided: bool = False
    # Whether it was ever credited to anybody: then its friend was welcomed.
    was_credited: bool = False
    # The introduction by which it is credited; and to whom it was credited first, by which introduction.
    introduction: str | None = None
    first: tuple[str, str | None] | None = None
    # What it was reported as: whether it is a sale of nothing is decided then.
    reported: int = field(init=False)
    # The terms in force when it was reported: those of a credit by hand, unless it was credited by then.
    in_force: Version = field(init=False)

    def __post_init__(self):
        self.reported = self.amount
        self.in_force = self.version
        self.granted_as = self.granted_as or self.id

    @property
    def standing(self):
        return [refund for refund in self.refunds if refund.stands]

    @property
    def refunded(self):
        return sum(refund.amount for refund in self.standing)

    @property
    def left(self):
        return self.amount - self.refunded

    @property
    def counts(self):
        """Return whether it wins the introduction that brought its customer."""
        return self.type == "sale" and not self.voided and self.left > 0

    def left_of_tax(self):
        return self.tax - sum(refund.tax or 0 for refund in self.standing)

    def left_of_net(self):
        itemized = [refund for refund in self.standing if refund.tax is not None]
        return self.amount - self.tax - sum(refund.amount - refund.tax for refund in itemized)

    def owed(self):
        """Return what the referrer is owed for what stands."""
        if self.partner is None or self.voided or self.type == "lead":
            return 0
        return earned(self.amount, self.tax, self.standing, self.version.rate_bp)

    @property
    def due_at(self):
        return self.received_at + timedelta(days=self.version.hold_days)


@dataclass
class Click:
    id: str
    partner: str
    at: datetime
    version: Version
    # Whether its row is there: one that is lost is attributed all the same, and not counted.
    stored: bool

    def eligible(self, occurred_at, at):
        return self.at <= occurred_at + CLOCKS and occurred_at - self.at <= WINDOW

    def sent_at(self, occurred_at):
        return min(self.at, occurred_at)

    def ordered_at(self, at):
        return self.at

    def terms(self, business):
        return self.version

    @property
    def fields(self):
        return {"click_id": self.id}


@dataclass
class Typed:
    """A code that a customer typed, at a moment the website tells, or does not."""

    code: str
    partner: str
    link_made_at: datetime
    at: datetime | None

    def eligible(self, occurred_at, at):
        return self.at is None or self.link_made_at - VISITORS_CLOCKS <= self.at <= occurred_at + CLOCKS

    def sent_at(self, occurred_at):
        return min(self.at or occurred_at, occurred_at)

    def ordered_at(self, at):
        return min(self.at or at, at)

    def terms(self, business):
        return business.in_force(business.shop.at)

    @property
    def fields(self):
        return {"touches": [{"code": self.code, "at": instants.text(self.at)}]} if self.at else {"code": self.code}


@dataclass
class Bound:
    """Whom a customer belongs to, on which terms, since when, and by which conversion."""

    partner: str
    version: Version
    since: datetime
    conversion: str
    # The introduction that brought them, if one did.
    introduction: str | None = None

    def covers(self, occurred_at):
        return occurred_at >= self.since - CLOCKS


@dataclass
class Report:
    """A conversion that is to be told: by which touch, and how long after it happened, if that is told."""

    kind: str
    customer: str
    amount: int = 0
    touch: Click | Typed | None = None
    ago: timedelta | None = None
    tax: int = 0
