"""Random histories of a program, and what a report of them must say: counted from raw rows, in exact fractions."""

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from chalicelib.kit import ids

BLOG, NEWS = "https://blog.example/tea", "https://news.example/"
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
NUMBERS = (
    *("hits", "clicks", "human_clicks", "leads", "sales", "customers", "events", "refunds", "revenue", "refunded"),
    *("net_revenue", "unattributed_leads", "unattributed_sales", "unattributed_revenue", "referrer_earned"),
    *("referrer_reversed", "referrer_net", "referee_earned", "referee_reversed", "referee_net", "rewards_net"),
)
RATIOS = {
    "lead_rate": (lambda n: n["leads"] - n["unattributed_leads"], lambda n: n["human_clicks"]),
    "conversion_rate": (lambda n: n["customers"], lambda n: n["human_clicks"]),
    "average_order": (lambda n: n["revenue"], lambda n: n["sales"]),
    "refund_rate": (lambda n: n["refunded"], lambda n: n["revenue"]),
    "reward_rate": (lambda n: n["rewards_net"], lambda n: n["net_revenue"]),
    "revenue_per_click": (lambda n: n["revenue"] - n["unattributed_revenue"], lambda n: n["human_clicks"]),
}


class History:
    """What happens at random to three partners with two links each."""

    def __init__(self, shop, seed, program):
        self.shop = shop
        self.draw = random.Random(seed)
        self.program = program
        self.partners = [
            shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example", category=category)
            for n, category in enumerate(["client", "influencer", "client"])
        ]
        channels = ["Email", "Street", None] * 2
        self.links = [
            shop.link(program, one, channel=name) for one, name in zip(self.partners * 2, channels, strict=True)
        ]
        # Each with its customer and amount.
        self.sales = []

    def step(self, number):
        self.shop.wait(minutes=self.draw.randrange(0, 480))
        happenings = [self.click, self.sell, self.sell, self.sell_again, self.sell_unattributed, self.refund, self.lead]
        self.draw.choice([*happenings, self.click, self.click])(number, self.draw.choice(self.links))
        self.shop.streams.run()

    def click(self, _number, link):
        agent, method = self.draw.choice([(None, "GET"), (BOT, "GET"), (None, "HEAD")])
        headers = {
            name: value
            for name, values in (("CloudFront-Viewer-Country", (None, "AT", "DE")), ("Referer", (None, BLOG, NEWS)))
            if (value := self.draw.choice(values))
        }
        self.shop.click(link, user_agent=agent, method=method, **headers)

    def sell(self, number, link):
        touch = {"code": link["code"]} if self.draw.random() < 0.5 else {"click_id": self.shop.click_id(link)}
        amount = self.draw.randrange(0, 9999)
        sale = self.shop.sale(self.program, f"o{number}", f"c{number}", amount=amount, **touch).json
        self.sales.append((sale, f"c{number}", amount))

    def sell_again(self, number, _link):
        for _, customer, _ in self.sales[-1:]:
            self.shop.sale(self.program, f"o{number}", customer, amount=self.draw.randrange(1, 999))

    def sell_unattributed(self, number, _link):
        self.shop.sale(self.program, f"o{number}", f"n{number}", amount=self.draw.randrange(1, 999))

    def refund(self, number, _link):
        if self.sales:
            sale, _, amount = self.sales.pop(self.draw.randrange(len(self.sales)))
            if amount:
                self.shop.refund(sale, self.draw.randrange(1, amount + 1), f"r{number}")

    def lead(self, number, link):
        if self.draw.random() < 0.3:
            self.shop._report(self.program, "trial", f"e{number}", f"s{number}", {"code": link["code"]})
        self.shop.lead(self.program, f"l{number}", f"s{number}", code=link["code"])


def happen(shop, seed, begin, *, steps=40, **program):
    """Have clicks, sign-ups, sales and refunds happen from a moment on: for about a week."""
    shop.at = begin
    history = History(shop, seed, shop.program(**program))
    for number in range(steps):
        history.step(number)
    shop.settle()
    return history.program, history.partners, history.links


class Recount:
    """What happened, one by one, from the rows of clicks and of decisions."""

    def __init__(self, shop, links, zone):
        self.zone = ZoneInfo(zone)
        self.channels = {link["code"].lower(): link["channel"] for link in links}
        owners = {link["partner"] for link in links}
        self.categories = {one: shop.get(f"/v1/partners/{one}").json["category"] for one in owners}
        self.facts = [*self._clicks(shop), *self._decisions(shop)]

    def _clicks(self, shop):
        for row in shop.rows("clicks"):
            if row["row"]["S"] == "click":
                kind, code = row["kind"]["S"], row["pk"]["S"].partition("#")[0]
                numbers = {"hits": 1, "clicks": int(kind != "head"), "human_clicks": int(kind == "human")}
                names, numbers = self._fact(ids.time_of(row["sk"]["S"]), row["partner_id"]["S"], code, kind, numbers)
                origins = {name: row.get(name, {}).get("S") for name in ("country", "device", "referrer_host")}
                yield names | origins, numbers

    def _decisions(self, shop):
        for row in shop.rows("rewards"):
            if row["row"]["S"] != "decision":
                continue
            what, amount = row["what"]["S"], int(row["amount"]["N"])
            partner, code = (row.get(name, {}).get("S") for name in ("partner_id", "code_key"))
            nobodys = partner is None
            grants = defaultdict(int)
            for grant in json.loads(row["rewards"]["S"]):
                grants[grant["to"]] += grant["amount"]
            numbers = defaultdict(int)
            if what == "refund":
                numbers |= {"refunds": 1, "refunded": amount}
                numbers |= {f"{side}_reversed": grants[side] for side in ("referrer", "referee")}
            else:
                numbers |= {f"{side}_earned": grants[side] for side in ("referrer", "referee")}
                if what == "lead":
                    numbers |= {"leads": 1, "unattributed_leads": int(nobodys)}
                elif what == "sale" and amount > 0:
                    first = row["number"]["N"] == "1" and not nobodys
                    numbers |= {"sales": 1, "revenue": amount, "customers": int(first)}
                    numbers |= {"unattributed_sales": int(nobodys), "unattributed_revenue": amount * nobodys}
                else:
                    numbers |= {"events": 1}
            at = datetime.fromisoformat(row["received_at"]["S"])
            yield self._fact(at, partner, code, None, numbers)

    def _fact(self, at, partner, code, kind, numbers):
        local = at.astimezone(self.zone)
        week = local.isocalendar()
        return {
            "day": f"{local:%Y-%m-%d}",
            "week": f"{week.year}-W{week.week:02}",
            "month": f"{local:%Y-%m}",
            "weekday": str(week.weekday),
            "hour": f"{local:%H}",
            "partner": partner,
            "category": self.categories.get(partner),
            "link": code,
            "channel": self.channels[code] if code else None,
            "click_class": kind,
            **dict.fromkeys(("country", "device", "referrer_host")),
        }, numbers

    def report(self, by, metrics, first, last, **filters):
        """Return what a report's rows must be, by their names, and its totals."""
        sums = defaultdict(lambda: dict.fromkeys(NUMBERS, 0))
        sums[None] = dict.fromkeys(NUMBERS, 0)
        for names, numbers in self.facts:
            if first <= names["day"] <= last and all(names[name] == value for name, value in filters.items()):
                for key in (None, tuple(names[name] for name in by)):
                    for name, number in numbers.items():
                        sums[key][name] += number
        rows = {}
        for key, one in sums.items():
            for side in ("referrer", "referee"):
                one[f"{side}_net"] = one[f"{side}_earned"] - one[f"{side}_reversed"]
            one["rewards_net"] = one["referrer_net"] + one["referee_net"]
            one["net_revenue"] = one["revenue"] - one["refunded"]
            rows[key] = {name: _ratio(name, one) if name in RATIOS else one[name] for name in metrics}
        totals = rows.pop(None)
        return rows, totals


def _ratio(name, numbers):
    numerator, denominator = (part(numbers) for part in RATIOS[name])
    value = None
    if denominator > 0:
        exact = Fraction(numerator, denominator)
        scaled = Decimal(exact.numerator * 10_000) / Decimal(exact.denominator)
        # What rounds to nothing has no sign.
        value = f"{scaled.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-4) + 0:.4f}"
    return {"value": value, "numerator": numerator, "denominator": denominator}


def is_nothing(value):
    return value == 0 or (isinstance(value, dict) and value["numerator"] == value["denominator"] == 0)


def span_of(begin, shop):
    """Return the days from before a history to after it."""
    days = timedelta(days=1)
    return {"from": f"{begin - days:%Y-%m-%d}", "to": f"{shop.at + days:%Y-%m-%d}"}


MARCH, OCTOBER = datetime(2026, 3, 27, 21, 40, tzinfo=UTC), datetime(2026, 10, 23, 21, 40, tzinfo=UTC)
