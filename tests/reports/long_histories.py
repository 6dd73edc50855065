"""Months of a program with tiers, and what must be counted of them by terms and by cohort: from raw decisions alone."""

import json
from collections import Counter, defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.kit import ids
from tests.reports.histories import History

SIDES = ("referrer", "referee")
NUMBERS = (
    *("leads", "sales", "customers", "events", "refunds", "revenue", "refunded"),
    *("referrer_earned", "referrer_reversed", "referee_earned", "referee_reversed"),
)


OF_COHORTS = ("members", "active", *(one for one in NUMBERS if one not in ("leads", "events", "refunds")))


class LongHistory(History):
    """Customers come back for weeks; sales are credited late, corrected, voided, amended and refunded."""

    def step(self, number):
        self.shop.wait(minutes=self.draw.randrange(0, 48 * 60))
        happenings = [
            *(self.sell, self.sell, self.sell_again, self.sell_again, self.lead, self.refund, self.credit_late),
            *(self.correct, self.correct, self.amend, self.restore, self.refuse, self.sell_unattributed),
        ]
        self.draw.choice(happenings)(number, self.draw.choice(self.links))
        self.shop.streams.run()
        if number % 6 == 0:
            self.shop.settle()
        if number == 25:
            self.change_terms()

    def sell_again(self, number, _link):
        if self.sales:
            _, customer, _ = self.draw.choice(self.sales)
            again = self.shop.sale(self.program, f"o{number}", customer, amount=self.draw.randrange(1, 999)).json
            self.sales.append((again, customer, again["amount"]["amount"]))

    def sell_unattributed(self, number, _link):
        sale = self.shop.sale(self.program, f"o{number}", f"n{number}", amount=500).json
        self.sales.append((sale, f"n{number}", 500))

    def credit_late(self, number, link):
        """Report a sale without its touch, and a sign-up with it days later."""
        touch, customer = self.shop.click_id(link), f"late{number}"
        sale = self.shop.sale(self.program, f"o{number}", customer, amount=700).json
        self.shop.streams.run()
        self.shop.wait(days=self.draw.randrange(0, 20))
        self.shop.lead(self.program, f"l{number}", customer, click_id=touch)
        self.sales.append((sale, customer, 700))

    def correct(self, number, _link):
        if self.sales:
            sale, _, _ = self.draw.choice(self.sales)
            partner = self.draw.choice([None, *(one["id"] for one in self.partners)])
            path = f"/v1/conversions/{sale['id']}"
            if self.draw.random() < 0.2:
                self.shop.post(f"{path}/void", {"reason": "test", "note": "a test"})
            else:
                self.shop.post(f"{path}/credit", {"partner": partner, "reason": "named_later", "note": "by phone"})

    def amend(self, number, _link):
        if self.sales:
            sale, _, _ = self.draw.choice(self.sales)
            self.shop.amend(sale, self.draw.randrange(1, 5000), f"a{number}")

    def refund(self, number, _link):
        if self.sales:
            sale, _, _ = self.draw.choice(self.sales)
            self.shop.refund(sale, self.draw.randrange(1, 300), f"r{number}")

    def restore(self, number, _link):
        if self.sales:
            sale, _, _ = self.draw.choice(self.sales)
            self.shop.refund(sale, 1, f"r{number}")
            self.shop.streams.run()
            self.shop.restore(sale, f"r{number}")

    def refuse(self, _number, _link):
        if self.sales:
            sale, _, _ = self.draw.choice(self.sales)
            grants = [row for row in self.shop.rows("rewards") if row["row"]["S"] == "reward"]
            for row in [one for one in grants if one["decision_id"]["S"] == sale["id"]][:1]:
                self.shop.post(f"/v1/rewards/{row['pk']['S']}/refuse", {"note": "looked wrong"})

    def change_terms(self):
        """Have new terms, with the same rules, hold three days."""
        path = f"/v1/programs/{self.program['id']}/terms"
        terms = self.shop.get(path).json["data"][0]
        body = {name: terms[name] for name in ("rules", "tiers")}
        body["rules"] = [{k: v for k, v in rule.items() if k != "id" and v is not None} for rule in body["rules"]]
        answer = self.shop.post(path, body | {"hold_days": 3})
        assert answer.status == 201, answer.body


def live_through(shop, seed, begin, *, steps=70, **program):
    """Have a program live through about two months, from a moment on, and close its days."""
    shop.at = begin
    history = LongHistory(shop, seed, shop.tiered_program(**program))
    for number in range(steps):
        history.step(number)
    shop.settle()
    shop.wait(days=2)
    shop.settle()
    return history


class Decisions:
    """What was decided, one by one, from the raw rows: *facts* are names, the member of each cohort, and numbers."""

    def __init__(self, shop, program, zone):
        self.zone = ZoneInfo(zone)
        stored = shop.rows("rewards")
        self.decisions = {row["pk"]["S"]: row for row in stored if row["row"]["S"] == "decision"}
        rewards = {row["pk"]["S"]: row for row in stored if row["row"]["S"] == "reward"}
        self.of_conversion = defaultdict(list)
        for row in self.decisions.values():
            if row["pk"]["S"][:4] in ("cnv_", "crd_", "ccr_"):
                self.of_conversion[row["conversion_id"]["S"]].append(row)
        self.enrolled = {
            row["pk"]["S"]: self.month(datetime.fromisoformat(row["enrolled_at"]["S"]))
            for row in shop.rows("partners")
            if row["kind"]["S"] == "enrolment" and row["program_id"]["S"] == program["id"]
        }
        stored_links = [row for row in shop.rows("links") if row["sk"]["S"] == "link"]
        self.channels = {row["pk"]["S"]: _text(row, "channel") for row in stored_links}
        self.categories = {
            row["pk"]["S"]: row["category"]["S"] for row in shop.rows("partners") if row["kind"]["S"] == "partner"
        }
        changes = [row for row in shop.rows("partners") if row["kind"]["S"] in ("standing", "earlier_standing")]
        self.tiers = [
            row for row in changes if row["what"]["S"] == "tier" and _text(row, "program_id") == program["id"]
        ]
        self.facts = [one for row in self.decisions.values() for one in self._decided(row)]
        for row in stored:
            if row["row"]["S"] == "outcome" and row["what"]["S"] == "refusal":
                self.facts.append(self._refused(row, rewards[row["sk"]["S"].partition("#")[2]]))

    def month(self, at):
        return f"{at.astimezone(self.zone):%Y-%m}"

    def _credit(self, row, partner):
        """Return the last decision that credited a row's conversion to a partner."""
        matching = [one for one in self.of_conversion[row] if _text(one, "partner_id") == partner]
        return max(matching, key=lambda one: one["decided_at"]["S"])

    def _tier(self, partner, at):
        """Return a partner's tier at a moment: by their last change that was in effect."""
        own = [row for row in self.tiers if row["pk"]["S"].removeprefix("standing#") == partner]
        before = [row for row in own if row["effective_from"]["S"] <= at]
        last = max(before, key=lambda row: (row["effective_from"]["S"], int(row["number"]["N"])), default={})
        return _text(last, "to")

    def _decided(self, row):
        what, amount = row["what"]["S"], int(row["amount"]["N"])
        grants = Counter()
        for grant in json.loads(row["rewards"]["S"]):
            grants[grant["to"]] += grant["amount"]
        grants["referee"] += int(row.get("carried", {"N": "0"})["N"])
        earned = {f"{side}_earned": grants[side] for side in SIDES}
        taken = {f"{side}_reversed": grants[side] for side in SIDES}
        credit = self._credit(row["conversion_id"]["S"], _text(row, "partner_id"))
        if what in ("refund", "restore"):
            sign = 1 if what == "refund" else -1
            yield self._fact(row, credit, _times(sign, {"refunds": 1, "refunded": amount} | taken))
        elif what == "amendment":
            yield self._fact(row, credit, {"revenue": amount if row["amends"]["S"] == "sale" else 0} | earned)
        elif what == "correction":
            counted = self._counted(row["amends"]["S"], amount, row)
            yield self._fact(row, row, _times(-1, counted | earned), tier=credit)
        else:
            late = row["pk"]["S"][:4] in ("crd_", "ccr_")
            free = what == "sale" and row["number"]["N"] == "0" and (amount == 0 or late)
            counted = self._counted("free_sale" if free else what, amount, row)
            sale = counted.get("sales") == 1
            yield self._fact(row, row, counted | earned, sale=sale)
            if row["pk"]["S"].startswith("crd_"):
                first = self.decisions[row["conversion_id"]["S"]]
                yield self._fact(first, first, _times(-1, counted | {"customers": 0}))

    def _counted(self, what, amount, row):
        if what == "lead":
            return {"leads": 1}
        if what == "sale":
            first = row["number"]["N"] == "1" and _text(row, "partner_id") is not None
            return {"sales": 1, "revenue": amount, "customers": int(first)}
        return {"events": 1, "revenue": amount if what == "free_sale" else 0}

    def _refused(self, outcome, reward):
        minute = f"{outcome['pk']['S'].rpartition('#')[2]}:{outcome['sk']['S'][:2]}:00+00:00"
        owner = outcome["pk"]["S"].partition("#")[0]
        partner = owner if owner.startswith("ptr_") else None
        credit = self._credit(reward["decision_id"]["S"], partner)
        numbers = {f"{side}_reversed": int(outcome[side]["N"]) for side in SIDES}
        return self._fact(credit, credit, numbers, at=datetime.fromisoformat(minute), link=_text(outcome, "code_key"))

    def _fact(self, row, credit, numbers, *, sale=False, at=None, tier=None, **named):
        at = at or datetime.fromisoformat(row["received_at"]["S"])
        number, referral = int(credit["number"]["N"]), _text(row, "referral_id")
        bound = self.month(ids.time_of(referral)) if referral else None
        partner = _text(row, "partner_id")
        local, code = at.astimezone(self.zone), named.get("link", _text(row, "code_key"))
        week = local.isocalendar()
        names = {
            "day": f"{local:%Y-%m-%d}",
            "week": f"{week.year}-W{week.week:02}",
            "month": self.month(at),
            "weekday": str(week.weekday),
            "partner": partner,
            "category": self.categories.get(partner),
            "link": code,
            "channel": self.channels[code] if code else None,
            "tier": self._tier(partner, (tier or credit)["received_at"]["S"]),
            "terms_version": row["terms_version"]["N"],
            "customer": {0: None, 1: "new"}.get(number, "known") if partner else None,
            **named,
        }
        cohorts = {"customers": (bound, referral), "partners": (self.enrolled.get(partner), partner)}
        return names, cohorts, {name: numbers.get(name, 0) for name in NUMBERS}, sale

    def by(self, *dimensions, **filters):
        """Return the numbers of each combination of some dimensions, of what matches the filters."""
        sums = defaultdict(Counter)
        for names, _, numbers, _ in self.facts:
            if any(names[name] != value for name, value in filters.items()):
                continue
            sums[tuple(names[one] for one in dimensions)].update(numbers)
        return {key: _nonzero(numbers) for key, numbers in sums.items() if _nonzero(numbers)}

    def cohorts(self, kind):
        """Return the numbers of each cohort in each month, with its members and the active ones."""
        sums, members, active = defaultdict(Counter), defaultdict(set), defaultdict(set)
        for names, cohorts, numbers, sale in self.facts:
            cohort, member = cohorts[kind]
            if cohort is None:
                continue
            month = max(cohort, names["month"])
            sums[cohort, month].update(numbers)
            members[cohort].add(member)
            if sale:
                active[cohort, month].add(member)
        if kind == "partners":
            members = defaultdict(set)
            for partner, cohort in self.enrolled.items():
                members[cohort].add(partner)
        for cohort, several in members.items():
            sums[cohort, cohort]["members"] = len(several)
        for key, several in active.items():
            sums[key]["active"] = len(several)
        rows = {key: _nonzero({name: one[name] for name in OF_COHORTS}) for key, one in sums.items()}
        return {key: numbers for key, numbers in rows.items() if numbers}


def _text(row, name):
    return row.get(name, {}).get("S") or None


def _times(factor, numbers):
    return {name: factor * number for name, number in numbers.items()}


def _nonzero(numbers):
    return {name: number for name, number in numbers.items() if number}
