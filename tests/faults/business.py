"""A business in which things happen by chance, and a model of what must come of them, in exact fractions."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from chalicelib.kit import instants
from tests.faults.line import Crash
from tests.world import NOON

WINDOW = timedelta(days=30)
TRIES = 12


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
    number: int
    refunded: int = 0
    refunds: int = 0

    def owed(self, side, refunded=None):
        """Return what a side is owed while so much is refunded: the exact fraction, rounded up once."""
        if self.partner is None:
            return 0
        if self.type == "lead":
            return self.version.welcome if side == "referee" and self.number == 1 else 0
        if side == "referee" or self.amount == 0:
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


@dataclass
class Business:
    """
    A programme with partners and customers on an in-process world.

    Every step is done as its caller would do it: who gets no answer, or a 5xx, sends the same call again.
    """

    shop: object
    chance: object
    versions: list[Version] = field(default_factory=list)
    partners: list[dict] = field(default_factory=list)
    links: list[dict] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    sales: dict[str, Sale] = field(default_factory=dict)
    bound: dict[str, tuple[str, Version]] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    # What somebody said about a reward: hold, release or refuse, the last word first.
    words: dict[str, str] = field(default_factory=dict)
    payouts: list[str] = field(default_factory=list)
    calls: int = 0
    human_clicks: int = 0

    def open(self, *, partners=2, hold_days=None):
        """Make the programme and its partners; nothing fails yet."""
        first = Version(1, self.shop.at, self.chance.choice([333, 1000, 1500]), 500, hold_days or 0)
        self.versions = [first]
        self.program = self.shop.program(**self._terms(first))
        for number in range(partners):
            partner = self.shop.partner(self.program, name=f"Partner {number}", email=f"p{number}@mail.example")
            self.partners.append(partner)
            self.links.append(self.shop.link(self.program, partner))
        self.shop.wait(seconds=1)
        return self

    def _terms(self, version):
        money = {"amount": version.welcome, "currency": "USD"}
        return {
            "rules": [
                {"on": "lead", "to": "referee", "flat": money},
                {"on": "sale", "to": "referrer", "rate_bp": version.rate_bp},
            ],
            "hold_days": version.hold_days,
        }

    def in_force(self, at):
        return max((one for one in self.versions if one.begins <= at), key=lambda one: one.begins)

    def call(self, method, path, body=None, *, once=True, headers=None):
        """Send a call until it is answered; with a key, so that it acts once."""
        self.calls += 1
        headers = {"Idempotency-Key": f"call-{self.calls}"} if once else headers or {}
        for _ in range(TRIES):
            try:
                answer = self.shop.call(method, path, body, headers=headers)
            except Crash:
                continue
            if self._was_told_an_untruth(answer):
                # The refusal is kept under its key; who knows better asks again under another.
                headers = {"Idempotency-Key": f"call-{self.calls}-again"} if once else headers
                continue
            if answer.status < 500:
                return answer
        raise AssertionError(f"{method} {path} was never answered")

    def _was_told_an_untruth(self, answer):
        """Say whether a call was refused (once) because DynamoDB was made to say that a condition failed which holds."""
        fault = self.shop.line.fault
        if answer.status < 400 or getattr(fault, "reason", None) != "ConditionalCheckFailed" or not fault.hit:
            return False
        told, fault.told = getattr(fault, "told", False), True
        return not told

    def click(self, which):
        link = self.links[which % len(self.links)]
        for _ in range(TRIES):
            try:
                answer = self.shop.click(link)
            except Crash:
                continue
            if answer.status == 302:
                identifier = answer.headers["Location"].partition("gw_click=")[2]
                partner = self.partners[which % len(self.partners)]["id"]
                # A visitor is sent on though their click cannot be stored; but only a fault may keep it from that.
                stored = any(row["sk"]["S"] == identifier[4:30] for row in self.shop.rows("clicks"))
                assert stored or self.shop.line.fault.hit, identifier
                self.clicks.append(Click(identifier, partner, self.shop.at, self.in_force(self.shop.at), stored))
                return identifier
        raise AssertionError("the redirect was never answered")

    def convert(self, kind, customer, amount=0, click=None):
        """Report a conversion, with one of the clicks or none, and work out what must come of it."""
        external_id = f"{kind}-{len(self.sales)}"
        body = {
            "program": self.program["id"],
            "type": kind,
            "external_id": external_id,
            "customer": {"external_id": customer, "email": f"{customer}@mail.example"},
        }
        if kind == "sale":
            body["amount"] = {"amount": amount, "currency": "USD"}
        if click is not None:
            body["click_id"] = click.id
        answer = self.call("POST", "/v1/conversions", body, once=False)
        assert answer.status == 201, answer.body
        at = self.shop.at
        eligible = click is not None and timedelta() <= at - click.at <= WINDOW
        if customer not in self.bound and eligible:
            self.bound[customer] = (click.partner, click.version)
        partner, version = self.bound.get(customer, (None, self.in_force(at)))
        number = 0
        if partner is not None:
            number = self.counted[customer, kind] = self.counted.get((customer, kind), 0) + 1
        sale = Sale(answer.json["id"], kind, customer, amount, at, partner, version, number)
        assert (answer.json["partner"], answer.json["number"]) == (partner, number or None), answer.body
        if partner is not None:
            assert answer.json["terms_version"] == version.number
        self.sales[sale.id] = sale
        return sale

    def refund(self, sale, amount):
        body = {"refund_id": f"refund-{sale.refunds}", "amount": {"amount": amount, "currency": "USD"}}
        answer = self.call("POST", f"/v1/conversions/{sale.id}/refunds", body, once=False)
        if amount > sale.amount - sale.refunded:
            assert answer.json["code"] == "refund_exceeds_sale", answer.body
            return
        assert answer.status == 201, answer.body
        sale.refunds += 1
        sale.refunded += amount

    def change_terms(self, rate_bp, hold_days):
        version = Version(len(self.versions) + 1, self.shop.at + timedelta(minutes=1), rate_bp, 500, hold_days)
        if version.begins <= self.versions[-1].begins:
            return
        body = self._terms(version) | {"effective_from": instants.text(version.begins)}
        answer = self.call("POST", f"/v1/programs/{self.program['id']}/terms", body)
        assert answer.status == 201, answer.body
        self.versions.append(version)

    def review(self, reward_id, verb):
        answer = self.call("POST", f"/v1/rewards/{reward_id}/{verb}", {"reason": "because"})
        assert answer.status in (200, 409), answer.body
        if answer.status == 200:
            self.words[reward_id] = verb
        return answer

    def prepare(self):
        started = self.call("POST", "/v1/payouts", {"currency": "USD"})
        assert started.status == 201, started.body
        self.payouts.append(started.json["id"])
        return self.go_on(started.json["id"])

    def go_on(self, payout):
        answer = self.call("POST", f"/v1/payouts/{payout}/prepare", once=False)
        while answer.json["status"] == "preparing":
            answer = self.call("POST", f"/v1/payouts/{payout}/prepare", once=False)
        return answer

    def settle(self, payout, verb, owners=None):
        body = {"reason": "as the bank says"} | ({"owners": owners} if owners else {})
        return self.call("POST", f"/v1/payouts/{payout}/{verb}", body, once=False)

    def schedule(self, name):
        """Run a schedule until it comes to its end."""
        for _ in range(TRIES):
            try:
                self.shop.run_schedule(name)
            except (Crash, Exception) as failure:
                last = failure
                continue
            return
        raise AssertionError(f"{name} never came to its end") from last

    def total(self, partner):
        """Return all that a partner is owed or was paid, by the model."""
        return sum(
            sale.owed("referrer")
            for sale in self.sales.values()
            if sale.partner == partner["id"] and self.word(sale) != "refuse"
        )

    def held(self, partner):
        """Return what of it is held, once the schedule has run."""
        return sum(
            sale.owed("referrer")
            for sale in self.sales.values()
            if sale.partner == partner["id"] and self.is_held(sale)
        )

    def is_held(self, sale):
        word = self.word(sale)
        if word is not None:
            return word == "hold"
        return sale.due_at > self.shop.at

    def word(self, sale):
        return self.words.get(self.reward_id(sale))

    def reward_id(self, sale, rule="sale_referrer"):
        from chalicelib.kit import ids

        return ids.derived("rwd", sale.id, rule)


def opened(shop, chance, **changes):
    assert shop.at == NOON
    return Business(shop, chance).open(**changes)
