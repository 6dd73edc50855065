"""Random journeys of customers, and the funnel that they make: counted customer by customer, from raw rows alone."""

import json
import random
import re
from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.kit import ids

BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
# Visitors of a day are told apart by them.
BROWSERS = [f"Mozilla/5.0 (Windows NT 10.0; rv:{n}.0) Gecko/20100101 Firefox/{n}.0" for n in (128, 140)]
STEPS = ("signed_up", "bought", "bought_again", "became_partner")


class Journeys:
    """What happens at random to the customers of two partners."""

    def __init__(self, shop, seed, program):
        self.shop = shop
        self.draw = random.Random(seed)
        self.program = program
        self.partners = [shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example") for n in range(2)]
        self.links = [shop.link(program, one) for one in self.partners]
        self.customers, self.sales = [], []
        self.refunded = set()
        # Addresses that are passed on, and the customers whom they bring.
        self.click_ids, self.sharing = [], set()
        # Of each customer, the days on which something was reported of them.
        self.days = defaultdict(list)

    def step(self, number):
        self.shop.wait(minutes=self.draw.randrange(1, 420))
        happenings = [
            *(self.look, self.look, self.come_by_click, self.come_by_click, self.come_by_click, self.forward),
            *(self.come_by_code, self.come_by_hand, self.buy, self.buy, self.buy, self.buy, self.refund),
            *(self.void, self.credit_another, self.buy_before_signing_up, self.become_partner, self.become_partner),
        ]
        self.draw.choice(happenings)(number)
        self.shop.streams.run()

    def look(self, _number):
        self._click(self.draw.choice([BOT, *BROWSERS]), method=self.draw.choice(["GET", "GET", "HEAD"]))

    def _click(self, agent, **options):
        return self.shop.click(self.draw.choice(self.links), user_agent=agent, **options)

    def _click_id(self):
        agent = BOT if self.draw.random() < 0.1 else self.draw.choice(BROWSERS)
        click_id = re.search(r"gw_click=([^&]+)", self._click(agent).headers["Location"])[1]
        self.shop.wait(minutes=self.draw.randrange(0, 300))
        return click_id

    def _sign_up(self, number, **touch):
        customer = f"c{number}"
        if self.draw.random() < 0.6:
            report = self._report(self.shop.lead(self.program, f"l{number}", customer, **touch))
        else:
            report = self._sell(f"o{number}", customer, **touch)
        self.customers.append(customer)
        return report["customer"]

    def _sell(self, order, customer, **touch):
        amount = self.draw.randrange(0, 5) * 500
        self.sales.append(self._report(self.shop.sale(self.program, order, customer, amount=amount, **touch)))
        return self.sales[-1]

    def _report(self, answer):
        self.days[answer.json["customer"]].append(answer.json["received_at"][:10])
        return answer.json

    def come_by_click(self, number):
        click_id = self._click_id()
        customer = self._sign_up(number, click_id=click_id)
        if self.draw.random() < 0.4:
            self.click_ids.append(click_id)
            self.sharing.add(customer)

    def forward(self, number):
        if self.click_ids:
            self.sharing.add(self._sign_up(number, click_id=self.draw.choice(self.click_ids)))

    def come_by_code(self, number):
        self._sign_up(number, code=self.draw.choice(self.links)["code"])

    def come_by_hand(self, number):
        self._sign_up(number, partner=self.draw.choice(self.partners)["id"])

    def buy(self, number):
        if self.customers:
            self._sell(f"o{number}", self.draw.choice(self.customers))

    def buy_before_signing_up(self, number):
        click_id = self._click_id()
        self._sell(f"o{number}", f"c{number}")
        self.shop.streams.run()
        self.shop.wait(hours=self.draw.randrange(1, 40))
        self._report(self.shop.lead(self.program, f"l{number}", f"c{number}", click_id=click_id))
        self.customers.append(f"c{number}")

    def refund(self, number):
        if self.sales and (sale := self.draw.choice(self.sales))["amount"]["amount"]:
            self.shop.refund(sale, self.draw.randrange(1, 300), f"r{number}")
            self.refunded.add(sale["id"])

    def void(self, _number):
        if self.sales and self.draw.random() < 0.5:
            self._correct("void", {"reason": "test", "note": "A test of ours."}, self.draw.choice(self.sales))

    def credit_another(self, _number):
        if self.sales:
            partner = self.draw.choice([None, *(one["id"] for one in self.partners)])
            sale = self.draw.choice(self.sales)
            # What is done on one day with two partners is counted in the order of partners. A sale that was refunded
            # before it moved is of two.
            alone = self.days[sale["customer"]].count(sale["received_at"][:10]) == 1
            alone &= sale["customer"] not in self.sharing and sale["id"] not in self.refunded
            if sale["received_at"][:10] < f"{self.shop.at:%Y-%m-%d}" and (alone or partner is None):
                self._correct("credit", {"partner": partner, "reason": "named_later", "note": "They called us."}, sale)

    def _correct(self, what, body, sale):
        answer = self.shop.post(f"/v1/conversions/{sale['id']}/{what}", body)
        assert answer.status in (200, 201, 409, 422), answer.body

    def become_partner(self, number):
        if self.customers:
            customer = self.draw.choice(self.customers)
            same = self.draw.choice([{"email": f"{customer.upper()}@mail.example"}, {"external_id": customer}])
            self.shop.post(
                "/v1/partners",
                {"name": "Grace", "email": f"n{number}@mail.example", "programs": [self.program["id"]]} | same,
            )


def happen(shop, seed, begin, *, steps=60, close_every=20, **program):
    """Have people come and buy from a moment on, for some weeks, while days are closed."""
    shop.at = begin
    history = Journeys(shop, seed, shop.program(**program))
    for number in range(steps):
        history.step(number)
        if number % close_every == close_every - 1:
            shop.run_schedule("roll_up")
    shop.wait(days=2)
    shop.settle()
    shop.settle()
    return history


def text(row, name):
    value = row.get(name, {}).get("S")
    return value if value is None or not value.startswith("20") else datetime.fromisoformat(value)


class Recount:
    """Each customer's way through a program, from the rows of clicks, conversions, referrals and partners."""

    def __init__(self, shop, program):
        self.program = program["id"]
        self.clicks = [row for row in shop.rows("clicks") if row["row"]["S"] == "click"]
        self.conversions = shop.rows("conversions")
        self.referrals = shop.rows("referrals")
        self.people = shop.rows("partners")
        self.ways = defaultdict(dict)
        # When a customer did what: orders, and what they and refunds of them were worth.
        self.amounts = defaultdict(list)
        self._walk()
        self._find_clicks()
        self._find_partners()

    def _walk(self):
        by_id = defaultdict(list)
        for row in self.conversions:
            by_id[row["pk"]["S"]].append(row)
        several = [Credited(rows) for rows in by_id.values()]
        for one in sorted(several, key=lambda one: (one.at, one.id)):
            if one.partner is not None:
                way = self.ways[one.customer]
                way.setdefault("signed_up", one.at)
                if one.is_sale and "bought" in way:
                    way.setdefault("bought_again", one.at)
                if one.is_sale:
                    way.setdefault("bought", one.at)
            self.amounts[one.customer].append((one.at, int(one.is_sale and one.partner is not None), one.revenue, 0))
            self.amounts[one.customer] += [(at, 0, 0, amount) for at, amount in one.refunds]

    def _find_clicks(self):
        counted = {row["sk"]["S"] for row in self.clicks if row["kind"]["S"] == "human"}
        by_id = {row["pk"]["S"]: row for row in self.conversions if row["kind"]["S"] == "conversion"}
        taken = set()
        referred = {row["pk"]["S"]: row for row in self.referrals if row["kind"]["S"] == "referral"}
        for customer, way in sorted(self.ways.items(), key=lambda one: (one[1]["signed_up"], one[0])):
            binding = by_id[referred[customer]["conversion_id"]["S"]]
            for touch in json.loads(binding["considered"]["S"]):
                click = touch["shown"][6:32]
                if touch["won"] and touch["by"] == "click" and click in counted and click not in taken:
                    taken.add(click)
                    way["clicked"] = ids.time_of(click)

    def _find_partners(self):
        customers_of = defaultdict(set)
        for row in self.referrals:
            if row["kind"]["S"] == "customer":
                customers_of[row["external_id"]["S"]].add(row["pk"]["S"])
                customers_of[row["email"]["S"].lower()].add(row["pk"]["S"])
        partners = {row["pk"]["S"]: row for row in self.people if row["kind"]["S"] == "partner"}
        joined = [row for row in self.people if row["kind"]["S"] == "enrolment"]
        for row in sorted(joined, key=lambda row: (text(row, "enrolled_at"), row["pk"]["S"])):
            at, person = text(row, "enrolled_at"), partners[row["pk"]["S"]]
            customers = customers_of[text(person, "external_id")] | customers_of[text(person, "email").lower()]
            ways = [(way["bought"], one) for one in customers if "bought" in (way := self.ways.get(one, {}))]
            open_ways = [(b, one) for b, one in ways if b <= at and "became_partner" not in self.ways[one]]
            if open_ways:
                self.ways[min(open_ways)[1]]["became_partner"] = at

    def funnel(self, first, last, zone):
        """Return the counts of each step, by those who clicked and by all, and the numbers of new customers."""
        zone = ZoneInfo(zone)
        within = lambda at: at is not None and first <= f"{at.astimezone(zone):%Y-%m-%d}" <= last  # noqa: E731
        hits = [row for row in self.clicks if within(ids.time_of(row["sk"]["S"]))]
        people = [row for row in hits if row["kind"]["S"] == "human"]
        visitors = {
            (row["pk"]["S"].partition("#")[0], f"{ids.time_of(row['sk']['S']):%Y-%m-%d}", row["visitor"]["S"])
            for row in people
        }
        ways = list(self.ways.values())
        count = {"hits": len(hits), "human_clicks": len(people), "unique_visitors": len(visitors)}
        in_period = {**count, **{step: sum(within(way.get(step)) for way in ways) for step in STEPS}}
        brought = [way for way in ways if within(way.get("clicked"))]
        count |= {step: sum(within(way.get(step)) for way in brought) for step in STEPS}
        new = {one: way["bought"] for one, way in self.ways.items() if within(way.get("bought"))}
        amounts = [numbers for one in new for at, *numbers in self.amounts[one] if within(at) and at >= new[one]]
        orders, revenue, refunded = (sum(column) for column in zip(*amounts, strict=True)) if amounts else (0, 0, 0)
        customers = {
            "customers": len(new),
            "bought_again": sum(within(self.ways[one].get("bought_again")) for one in new),
            "orders": orders,
            "revenue": revenue,
            "refunded": refunded,
        }
        return count, in_period, customers

    def took(self, step, since, first, last, zone):
        """Return how long it took, in days, all who took a step in the period."""
        zone = ZoneInfo(zone)
        ways = [way for way in self.ways.values() if step in way and since in way]
        days = timedelta(days=1)
        return sorted(
            (way[step] - way[since]) / days for way in ways if first <= f"{way[step].astimezone(zone):%Y-%m-%d}" <= last
        )


class Credited:
    """A conversion, the partner it is credited to now, and what it was worth while it was credited to any."""

    def __init__(self, rows):
        own = next(row for row in rows if row["kind"]["S"] == "conversion")
        late = next((row for row in rows if row["kind"]["S"] == "credit"), own)
        self.id, self.customer, self.at = own["pk"]["S"], own["customer_id"]["S"], text(own, "received_at")
        left = int(own["amount"]["N"])
        self.is_sale = own["type"]["S"] == "sale" and left > 0
        self.partner = text(late, "partner_id")
        self.revenue, self.refunds = left if self.partner is not None else 0, []
        changes = [row for row in rows if row["kind"]["S"] in ("correction", "refund")]
        for row in sorted(changes, key=lambda row: text(row, "received_at")):
            if row["kind"]["S"] == "refund":
                left -= int(row["amount"]["N"])
                self.refunds += [(text(row, "received_at"), int(row["amount"]["N"]))] if self.partner else []
            else:
                self.revenue -= left if self.partner else 0
                self.partner = text(row, "partner_id")
                self.revenue += left if self.partner else 0
