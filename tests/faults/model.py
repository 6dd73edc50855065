"""What must come of what is told to a business, in exact fractions: terms, touches, bindings and sales."""

import math
from dataclasses import dataclass
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
class Sale:
    """A conversion as the website reported it, and what it must have earned."""

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
    refunded: int = 0
    refunds: int = 0

    def owed(self, refunded=None):
        """Return what the referrer is owed while so much is refunded: the exact fraction, rounded up once."""
        if self.partner is None:
            return 0
        if self.type == "lead":
            return 0
        if self.amount == 0:
            return 0
        left = self.amount - (self.refunded if refunded is None else refunded)
        return math.ceil(Fraction(self.amount * self.version.rate_bp, 10_000) * Fraction(left, self.amount))

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

    def terms(self, business):
        return business.in_force(business.shop.at)

    @property
    def fields(self):
        return {"touches": [{"code": self.code, "at": instants.text(self.at)}]} if self.at else {"code": self.code}


@dataclass
class Bound:
    """Whom a customer belongs to, on which terms, and since when."""

    partner: str
    version: Version
    since: datetime

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
