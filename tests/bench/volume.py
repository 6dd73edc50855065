"""A business after a good year: thousands of partners, a hundred thousand conversions, and work waiting everywhere."""

from dataclasses import dataclass
from datetime import date

from chalicelib.kit.walk import Deadline
from chalicelib.programs.find import find
from chalicelib.stats.close_day import DayClosing
from chalicelib.stats.cohort_days import Enrolled
from chalicelib.stats.table import daily_key, program_subject
from tests.bench.copies import Originals, all_rows, keys_of
from tests.flows.test_joining import join
from tests.introduced import introduce, open_for_introductions

# What is copied: partners, each of whom has so many sales by friends and by strangers, and of which some are held.
PARTNERS, BY_FRIENDS, BY_STRANGERS, HELD = 25, 4, 16, 10
# No two numbers of a copy are the same: of partners, their orders, customers and applications.
NUMBERS = 1000
RULES = [
    {"on": "lead", "to": "referrer", "benefit": {"kind": "access", "name": "Mug"}},
    {"on": "sale", "to": "referrer", "rate_bp": 1500},
    {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
]
TERMS = {"rules": RULES, "tiers": [{"name": "gold", "minimum_sales": 3}], "hold_days": 14, "joining": "approval"}
SHARING = {"friend_page": True, "show_earned": True}


@dataclass(frozen=True)
class Size:
    """How often the 25 partners are there, and how much the largest partner has and other lists have."""

    copies: int
    links: int
    sales: int
    others: int


SMALL, LARGE = Size(copies=1, links=30, sales=30, others=12), Size(copies=199, links=100, sales=1000, others=24)


class Business:
    """The business in a shop, and an id of each kind: of what there is most to show of."""

    def __init__(self, shop, size):
        self.shop, self.size = shop, size
        self.program = shop.program(timezone="Europe/Berlin", **TERMS)
        settings = {"sharing": SHARING, "leaderboard": {"shows": "names"}}
        assert shop.patch(f"/v1/programs/{self.program['id']}", settings).status == 200
        settings = {"approval_above": [{"amount": 1, "currency": "USD"}]}
        assert shop.post("/v1/adjustment-settings", settings).status == 200
        shop.settle()
        before = keys_of(all_rows(shop))
        self._live()
        originals = Originals(shop, before, numbers=NUMBERS)
        shop.streams.run()
        for number in range(1, size.copies + 1):
            originals.copy(number)
        originals.copy_audit(size.copies)
        self._add_up()
        self.largest = self._largest()
        self._others()
        self.payout = self._pay()
        self.ids = self._ids()

    def _live(self):
        """Let 25 partners come, be clicked and sell for two months, and some of it be looked at by people."""
        shop, held = self.shop, 0
        open_for_introductions(self.program)
        for number in range(PARTNERS):
            name = f"x{number}x"
            partner = shop.partner(
                self.program, name=f"Partner {name}", email=f"p-{name}@mail.example", external_id=f"crm-{name}"
            )
            link = shop.link(self.program, partner, code=f"code-{name}", channel="Newsletter")
            shop.lead(self.program, f"signup-{name}", f"lead-{name}", click_id=shop.click_id(link))
            for sale in range(BY_FRIENDS):
                order = f"x{number * (BY_FRIENDS + BY_STRANGERS) + sale}x"
                shop.wait(minutes=47)
                last = shop.sale(self.program, f"order-{order}", f"friend-{order}", click_id=shop.click_id(link)).json
            for sale in range(BY_FRIENDS, BY_FRIENDS + BY_STRANGERS):
                order = f"x{number * (BY_FRIENDS + BY_STRANGERS) + sale}x"
                shop.wait(minutes=47)
                shop.sale(self.program, f"order-{order}", f"stranger-{name}")
            shop.settle()
            if held < HELD and number % 2:
                assert shop.post(f"/v1/rewards/{shop.reward(last)['id']}/hold", {"note": "Looked at"}).status == 200
                held += 1
            if number % 5 == 0:
                self._look_after(partner, name)
            shop.wait(days=2)
        # What nobody holds is due by then.
        shop.wait(days=15)
        shop.settle()

    def _look_after(self, partner, name):
        shop, path = self.shop, f"/v1/partners/{partner['id']}"
        bonus = {"type": "bonus", "amount": {"amount": 100, "currency": "USD"}, "reason": "goodwill", "note": "Thanks"}
        assert shop.post(f"{path}/adjustments", {"adjustment_id": "first", **bonus}).status == 201
        assert shop.post(f"{path}/feedback", {"score": 7, "words": "Fine"}).status < 300
        assert join(shop, self.program, name=f"Applicant {name}", email=f"applicant-{name}@mail.example").status == 200
        assert introduce(shop, self.program, partner, f"ida-{name}@lamp.example").status == 201

    def _add_up(self):
        """Close each day again: what adds up all partners is not copied."""
        program = find(self.program["id"]).program
        begun, enrolled = program.created_at.date(), Enrolled(program)
        for row in self.shop.rows("stats"):
            if row["pk"]["S"] == daily_key(program_subject(program.id)):
                day = date.fromisoformat(row["sk"]["S"])
                closing = DayClosing(program, day, enrolled=enrolled, stepped_from=begun, at=self.shop.at)
                assert closing.run(after="", deadline=Deadline(600)) is None

    def _largest(self):
        """Let one partner have more than anybody else: links, clicks on each, and sales."""
        shop = self.shop
        partner = shop.partner(self.program, name="Ada Largest", email="ada@mail.example")
        links = [
            shop.link(self.program, partner, code=f"ada-{number}", channel=f"Channel {number}")
            for number in range(self.size.links)
        ]
        for number in range(self.size.sales):
            click = shop.click_id(links[number % len(links)])
            shop.sale(self.program, f"ada-order-{number}", f"ada-friend-{number}", click_id=click)
            # Events are placed when they are written: right after their conversions.
            shop.streams.run()
            shop.wait(minutes=30)
        shop.settle()
        self.links = links
        return partner

    def _others(self):
        """Have many of everything else that there are lists of."""
        shop = self.shop
        self.endpoint = shop.post(
            "/v1/endpoints", {"program": self.program["id"], "url": "https://tea.example/events"}
        ).json["endpoint"]
        for number in range(self.size.others):
            other = shop.program(name=f"Program {number}")
            shop.post("/v1/endpoints", {"program": other["id"], "url": f"https://tea-{number}.example/events"})
            assert shop.post("/v1/keys", {"name": f"Key {number}", "scopes": ["stats:read"]}).status == 201
        guide = {"kind": "guide", "language": "en", "title": "Guide", "words": "Share.", "must_read": True}
        self.material = shop.post("/v1/materials", {"program": self.program["id"], **guide}).json["id"]
        assert shop.post(f"/v1/materials/{self.material}/publish", {"version": 1}).status == 200
        goal = {"for": "program", "metric": "sales", "period": "month", "value": 310}
        self.target = shop.post(f"/v1/programs/{self.program['id']}/targets", goal).json["id"]
        # Each run checks as many partners as there is time for.
        for _ in range(2):
            shop.run_schedule("check_partners")
        shop.settle()

    def _pay(self):
        shop = self.shop
        payout = shop.post("/v1/payouts", {"currency": "USD"}).json
        while payout["status"] == "preparing":
            payout = shop.post(f"/v1/payouts/{payout['id']}/prepare").json
        return payout

    def _ids(self):
        """Return the id of what stands in a path, by its kind: of each the one of which there is most to show."""
        shop = self.shop
        [order] = shop.get("/v1/search?q=ada-order-1").json["data"][:1]
        order = shop.get(f"/v1/conversions/{order['id']}").json
        person = {"email": "eve@mail.example", "name": "Eve", "roles": [{"role": "viewer"}]}
        return {
            "program": self.program["id"],
            "partner": self.largest["id"],
            "link": self.links[0]["id"],
            "conversion": order["id"],
            "customer": order["customer"],
            "reward": shop.reward(order)["id"],
            "endpoint": self.endpoint["id"],
            "payout": self.payout["id"],
            "adjustment": shop.get("/v1/adjustments").json["data"][0]["id"],
            "target": self.target,
            "introduction": shop.get(f"/v1/introductions?program={self.program['id']}").json["data"][0]["id"],
            "material": self.material,
            "action item": shop.get("/v1/action-items").json["data"][0]["id"],
            "person": shop.post("/v1/users", person).json["id"],
            "key": shop.get("/v1/keys").json["data"][0]["id"],
            "export": "partners",
            "nothing": "unknown",
        }
