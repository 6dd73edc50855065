"""A business in which things happen by chance, held to the model of what must come of them."""

import contextlib
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.clicks import click_ids
from chalicelib.kit import instants
from tests.faults.adjustments import Adjusted, Adjustments
from tests.faults.corrections import Corrections
from tests.faults.introductions import Introduced, Introductions
from tests.faults.line import Crash
from tests.faults.model import Bound, Click, Refund, Report, Sale, Typed, Version
from tests.faults.owing import Owing
from tests.faults.paying import Paying
from tests.faults.reading import table
from tests.faults.standing import Standing, Stop
from tests.world import NOON

TRIES = 12
CATEGORIES, CHANNELS = ("client", "influencer", "client"), ("Email", "Street", None)
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
# Where clicks come from, one after the other.
ORIGINS = [
    {},
    {"CloudFront-Viewer-Country": "AT", "Referer": "https://blog.example/tea"},
    {"user_agent": DESKTOP, "CloudFront-Viewer-Country": "DE"},
    {"user_agent": DESKTOP, "Referer": "https://news.example/"},
]


@dataclass
class Business(Corrections, Adjustments, Standing, Owing, Paying, Introductions):
    """
    A program with partners and customers on an in-process world.

    Every step is done as its caller would do it: who gets no answer, or a 5xx, sends the same call again.
    """

    shop: object
    chance: object
    versions: list[Version] = field(default_factory=list)
    partners: list[dict] = field(default_factory=list)
    links: list[dict] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    sales: dict[str, Sale] = field(default_factory=dict)
    bound: dict[str, Bound] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)
    # What somebody said about a reward: hold, release or refuse, the last word first.
    words: dict[str, str] = field(default_factory=dict)
    payouts: list[str] = field(default_factory=list)
    adjusted: list[Adjusted] = field(default_factory=list)
    second_key: str | None = None
    stops: list[Stop] = field(default_factory=list)
    # By the id of a partner who was merged: the partner who stays.
    merged_into: dict[str, str] = field(default_factory=dict)
    # By the name of a guest: the customer they turned out to be; and which customers were welcomed before that.
    account_of: dict[str, str] = field(default_factory=dict)
    welcomed_apart: set[str] = field(default_factory=set)
    introduced: list[Introduced] = field(default_factory=list)
    takes_introductions: bool = False
    calls: int = 0
    human_clicks: int = 0

    def open(self, *, partners=2, hold_days=None):
        """Make the program and its partners; nothing fails yet."""
        first = Version(1, self.shop.at, self.chance.choice([333, 1000, 1500]), 500, hold_days or 0)
        self.versions = [first]
        self.program = self.shop.program(**self._terms(first))
        for number in range(partners):
            own = {"name": f"Partner {number}", "email": f"p{number}@mail.example", "category": CATEGORIES[number]}
            partner = self.shop.partner(self.program, **own)
            self.partners.append(partner)
            self.links.append(self.shop.link(self.program, partner, channel=CHANNELS[number]))
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
            "base_without": ["tax"],
        }

    def in_force(self, at):
        return max((one for one in self.versions if one.begins <= at), key=lambda one: one.begins)

    def call(self, method, path, body=None, *, once=True, headers=None, key=None):
        """Send a call until it is answered, perhaps by somebody else's *key*; with one of its own, so it acts once."""
        self.calls += 1
        headers = {"Idempotency-Key": f"call-{self.calls}"} if once else headers or {}
        for _ in range(TRIES):
            try:
                answer = self.shop.call(method, path, body, headers=headers, **({"key": key} if key else {}))
            except Crash:
                continue
            if answer.status < 500:
                return answer
        raise AssertionError(f"{method} {path} was never answered")

    def click(self, which):
        link = self.links[which % len(self.links)]
        for _ in range(TRIES):
            try:
                answer = self.shop.click(link, **ORIGINS[len(self.clicks) % len(ORIGINS)])
            except Crash:
                continue
            if answer.status == 302:
                identifier = answer.headers["Location"].partition("gw_click=")[2]
                # A visitor is sent on though their click cannot be stored; but only a fault may keep it from that.
                sort = click_ids.read(identifier).sort
                rows = [row for row in table(self.shop, "clicks") if row["sk"] == sort]
                assert rows or self.shop.line.fault.hit, identifier
                # Who has just merged two partners sees clicks counted for the one who had the link for some seconds.
                partner = rows[0]["partner_id"] if rows else self.partners[which % len(self.partners)]["id"]
                self.clicks.append(Click(identifier, partner, self.shop.at, self.in_force(self.shop.at), bool(rows)))
                return identifier
        raise AssertionError("the redirect was never answered")

    def be_seen(self, which, **options):
        """Have a machine look at a link, or somebody's browser before they click: it is counted apart from clicks."""
        for _ in range(TRIES):
            with contextlib.suppress(Crash):
                if self.shop.click(self.links[which % len(self.links)], **options).status == 302:
                    return
        raise AssertionError("the redirect was never answered")

    def typed(self, which, ago=None):
        """Return the code of one of the links, typed so long ago, if that is told."""
        place = which % len(self.links)
        made_at = instants.parse(self.links[place]["created_at"])
        typed_at = self.shop.at - ago if ago is not None else None
        return Typed(self.links[place]["code"], self.partners[place]["id"], made_at, typed_at)

    def convert(self, kind, customer, amount=0, touch=None, *, ago=None, tax=0):
        """Report a conversion, with a click, a code or nothing, and work out what must come of it."""
        report = Report(kind, customer, amount, touch, ago, tax)
        touches = self.touches_of(customer, touch)
        answer = self.call("POST", "/v1/conversions", self._body(report, len(self.sales)), once=False)
        assert answer.status == 201, answer.body
        return self._expect(report, answer.json, touches)

    def convert_all(self, reports):
        """Report several conversions in one call."""
        first = len(self.sales)
        bodies = [self._body(report, first + place) for place, report in enumerate(reports)]
        touches = [self.touches_of(report.customer, report.touch) for report in reports]
        for _ in range(TRIES):
            answer = self.call("POST", "/v1/conversions/batch", {"conversions": bodies}, once=False)
            if all(one["status"] < 500 for one in answer.json["data"]):
                break
        for report, one, ways in zip(reports, answer.json["data"], touches, strict=True):
            assert one["status"] == 201, one
            self._expect(report, one["conversion"], ways)

    def _body(self, report, number):
        fields = {"amount": {"amount": report.amount, "currency": "USD"}} if report.kind == "sale" else {}
        if report.tax:
            fields["breakdown"] = {"tax": report.tax}
        if report.ago is not None:
            fields["occurred_at"] = instants.text(self.shop.at - report.ago)
        return fields | {
            "program": self.program["id"],
            "type": report.kind,
            "external_id": f"{report.kind}-{number}",
            "customer": {"external_id": report.customer, "email": f"{report.customer}@mail.example"},
            **(report.touch.fields if report.touch else {}),
        }

    def _expect(self, report, answer, touches):
        """Hold an answer to the model; whoever binds their customer is credited with what was told before, too."""
        at, customer, kind = self.shop.at, self.account(report.customer), report.kind
        occurred_at = at - (report.ago or timedelta())
        touch, introduction = self.binds(touches, occurred_at)
        if customer not in self.bound and touch is not None:
            partner, sent_at = self.who_stays(touch.partner), touch.sent_at(occurred_at)
            self.bound[customer] = Bound(partner, touch.terms(self), sent_at, answer["id"], introduction)
            for sale in self.of(customer):
                self._credit_late(sale)
        bound = self.bound.get(customer)
        version = self.in_force(at)
        sale = Sale(answer["id"], kind, report.customer, report.amount, at, None, version, 0, occurred_at, report.tax)
        if bound is not None and bound.covers(occurred_at):
            sale.partner, sale.version, sale.was_credited = self.who_stays(bound.partner), bound.version, True
            sale.introduction = bound.introduction
            sale.first = sale.partner, bound.introduction
            if kind != "sale" or report.amount:
                sale.number = self.counted[customer, kind] = self.counted.get((customer, kind), 0) + 1
            assert answer["terms_version"] == bound.version.number
        assert answer["partner"] == sale.partner, answer
        if any(one.number is None and one.type == kind for one in self.of(customer)):
            assert (answer["number"] or 0) >= sale.number, answer
        else:
            assert answer["number"] == (sale.number or None), answer
        self.sales[sale.id] = sale
        return sale

    def _credit_late(self, sale):
        bound = self.bound[self.account(sale.customer)]
        if sale.partner is None and not sale.corrections and bound.covers(sale.occurred_at):
            sale.partner, sale.version, sale.number = self.who_stays(bound.partner), bound.version, None
            sale.was_credited, sale.introduction = True, bound.introduction
            sale.first = sale.partner, bound.introduction

    def of(self, customer):
        account = self.account(customer)
        return [sale for sale in self.sales.values() if self.account(sale.customer) == account]

    def refund(self, sale, amount, tax=None):
        """Report a refund; with its parts, if it is said how much of it is tax."""
        refund = Refund(f"refund-{len(sale.refunds)}", amount, tax)
        body = {"refund_id": refund.name, "amount": {"amount": amount, "currency": "USD"}}
        if tax is not None:
            body["breakdown"] = {"tax": tax}
        answer = self.call("POST", f"/v1/conversions/{sale.id}/refunds", body, once=False)
        if self._is_void(sale, answer):
            return
        if amount > sale.left or (tax is not None and (tax > sale.left_of_tax() or amount - tax > sale.left_of_net())):
            assert answer.json["code"] == "refund_exceeds_sale", answer.body
            return
        assert answer.status == 201, answer.body
        assert answer.json["remaining_before"]["amount"] == sale.left
        sale.refunds.append(refund)
        assert answer.json["remaining_after"]["amount"] == sale.left

    def restore(self, sale, refund):
        """Report that a refund did not stand, perhaps again."""
        body = {"refund_id": refund.name, "reason": "refund_failed"}
        answer = self.call("POST", f"/v1/conversions/{sale.id}/restores", body, once=False)
        if refund.stands and self._is_void(sale, answer):
            return
        assert answer.status == 201, answer.body
        before = sale.left if refund.stands else None
        refund.stands = False
        if before is not None:
            left = [answer.json[name]["amount"] for name in ("remaining_before", "remaining_after")]
            assert left == [before, sale.left], (left, before, sale.left)

    def amend(self, sale, amount, tax=0):
        """Report that an order became larger or smaller."""
        body = {
            "amendment_id": f"amendment-{sale.amendments}",
            "amount": {"amount": amount, "currency": "USD"},
            "breakdown": {"tax": tax},
        }
        answer = self.call("POST", f"/v1/conversions/{sale.id}/amendments", body, once=False)
        if self._is_void(sale, answer):
            return
        if sale.refunded:
            assert answer.json["code"] == "amendment_after_refund", answer.body
            return
        assert answer.status == 201, answer.body
        assert answer.json["amount_before"]["amount"] == sale.amount
        sale.amount, sale.tax = amount, tax
        sale.amendments += 1

    def change_terms(self, rate_bp, hold_days):
        version = Version(len(self.versions) + 1, self.shop.at + timedelta(minutes=1), rate_bp, 500, hold_days)
        if version.begins <= self.versions[-1].begins:
            return
        body = self._terms(version) | {"effective_from": instants.text(version.begins)}
        answer = self.call("POST", f"/v1/programs/{self.program['id']}/terms", body)
        assert answer.status == 201, answer.body
        self.versions.append(version)

    def review(self, reward_id, verb):
        answer = self.call("POST", f"/v1/rewards/{reward_id}/{verb}", {"note": "because"})
        assert answer.status in (200, 409), answer.body
        if answer.status == 200:
            self.words[reward_id] = verb
        return answer

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


def opened(shop, chance, **changes):
    assert shop.at == NOON
    return Business(shop, chance).open(**changes)
