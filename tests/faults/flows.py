"""What happens in a business that moves money, people or numbers: each flow, and what must have come of it."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from tests.faults import asking_flows, introduction_flows, standing_flows
from tests.faults.business import Business
from tests.faults.invariants import table
from tests.faults.model import Report
from tests.forms import Browser

BENEFITS = ("benefit.due", "benefit.taken_back")


@dataclass(frozen=True)
class Flow:
    """What is there before, what happens, and what must have come of it."""

    name: str
    before: Callable[[Business], object]
    act: Callable[[Business], object]
    after: Callable[[Business], object] | None = None
    hold_days: int = 0


def quiet(business):
    """Deliver what there is; with the fault of the run, once there is one."""
    business.deliveries.drain()


def nothing(business):
    """Need nothing before."""


def clicked(business):
    business.click(0)


def bound(business):
    business.click(0)
    business.convert("lead", "anna", touch=business.clicks[0])
    business.convert("sale", "anna", 1999)
    quiet(business)


def sold(business):
    return next(sale for sale in business.sales.values() if sale.type == "sale")


def refund_twice(business):
    business.refund(sold(business), 333)
    business.refund(sold(business), 1666)


def restore_both(business):
    """Refund a sale in two parts, take back the first, refund some of it again, and take back all that is left."""
    refund_twice(business)
    sale = sold(business)
    business.restore(sale, sale.refunds[0])
    business.refund(sale, 100)
    for refund in sale.refunds[1:]:
        business.restore(sale, refund)


def restore_after_payout(business):
    sale = sold(business)
    business.refund(sale, 4000)
    business.refund(sale, sale.left)
    quiet(business)
    for refund in sale.refunds:
        business.restore(sale, refund)


def amend_twice(business):
    """Make an order larger, then smaller than it was, and refund some of that."""
    sale = sold(business)
    business.amend(sale, 5000, tax=800)
    business.amend(sale, 777, tax=77)
    business.refund(sale, 333)
    business.amend(sale, 1)


def adjust_both(business):
    """Give one partner a bonus, and take more off the other's account than is due in it."""
    one, other = business.partners
    business.adjust(one, "bonus", 2500)
    business.adjust(other, "deduction", 1200)


def decide_both(business):
    """Have two adjustments wait for a second person, who approves one and refuses the other, and then is paid."""
    business.need_two()
    one, other = business.partners
    bonus, deduction = business.adjust(one, "bonus", 20_000), business.adjust(other, "deduction", 20_000)
    business.decide(bonus, "approve")
    business.decide(deduction, "refuse")
    business.decide(bonus, "refuse")
    quiet(business)
    business.settle(business.prepare().json["id"], "confirm")


def signed_up(business):
    return next(sale for sale in business.sales.values() if sale.type == "lead")


def move_credit(business):
    """Credit a sale to the other partner, refund some, credit nobody, take the refund back, and credit the first."""
    sale, (one, other) = sold(business), business.partners
    business.credit(sale, other)
    business.refund(sale, 333)
    business.credit(sale, None)
    business.restore(sale, sale.refunds[0])
    business.credit(sale, one)
    business.amend(sale, 5000, tax=800)


def move_credit_while_refunded(business):
    sale, (_, other) = sold(business), business.partners
    business.refund(sale, 333)
    business.credit(sale, other)
    business.restore(sale, sale.refunds[0])
    business.refund(sale, sale.left)


def move_sign_up(business):
    """Say that another partner had sent a customer, who then buys; and void what was a test."""
    lead, other = signed_up(business), business.partners[1]
    business.credit(lead, other)
    business.convert("sale", "anna", 500)
    quiet(business)
    assert [sale.partner for sale in business.of("anna")][-1] == other["id"]
    business.void(lead)


def void_sale(business):
    sale = sold(business)
    business.refund(sale, 999)
    business.void(sale)
    business.refund(sale, 1)
    business.credit(sale, business.partners[1])


def credit_direct_sales(business):
    """Say of two direct sales who had sent the customer: of the one, and with it of the other."""
    for _ in range(2):
        business.convert("sale", "anna", 1999)
    quiet(business)
    business.credit(sold(business), business.partners[0])
    business.credit(sold(business), business.partners[1])


def taxed(business):
    business.click(0)
    business.convert("sale", "anna", 11_900, business.clicks[0], tax=1900)
    quiet(business)


def refund_parts(business):
    sale = sold(business)
    business.refund(sale, 1900, tax=1900)
    business.refund(sale, 1000)
    business.refund(sale, 5000, tax=0)
    business.restore(sale, sale.refunds[1])


def owed(business):
    for number in range(2):
        business.click(number)
        business.convert("sale", f"c-{number}", 5000 + number, business.clicks[number])
    quiet(business)


def pay(business):
    """Pay one of two, and return the other's."""
    payout = business.prepare().json["id"]
    one, other = (partner["id"] for partner in business.partners)
    business.settle(payout, "fail", [one])
    business.settle(payout, "confirm", [other])
    business.settle(payout, "confirm")
    return payout


def come_back(business):
    """Pay, and have the bank send it back."""
    payout, owner = pay(business), business.partners[1]["id"]
    assert business.settle(payout, "return", [owner]).json["status"] == "failed"


def paid(business):
    owed(business)
    pay(business)


def mature(business):
    business.shop.wait(days=15)
    business.schedule("mature")


def review(business):
    reward = business.reward_id(sold(business))
    for verb in ("hold", "release", "hold", "refuse"):
        assert business.review(reward, verb).status == 200


def fill(business):
    """Make a partner, a link and an enrollment, each by a call with a key."""
    other = business.call("POST", "/v1/programs", OTHER | {"external_id": "other"})
    new = business.call(
        "POST", "/v1/partners", {"name": "New", "external_id": "new", "programs": [business.program["id"]]}
    )
    business.call("POST", f"/v1/partners/{new.json['id']}/enrollments", {"program": other.json["id"]})
    link = business.call("POST", "/v1/links", {"program": "ext_other", "partner": "ext_new", "code": "new-one"})
    ended = business.call("POST", f"/v1/links/{link.json['id']}/disable")
    assert [one.status for one in (other, new, link, ended)] == [201, 201, 201, 200]


OTHER = {"name": "Other", "landing_url": "https://other.example/", "currency": "EUR", "rules": []}


def filled(business):
    partners = [row for row in table(business.shop, "partners") if row["kind"] == "partner"]
    enrollments = [row for row in table(business.shop, "partners") if row["kind"] == "enrolment"]
    links = [row for row in table(business.shop, "links") if row.get("kind", row.get("row")) == "link"]
    assert (len(partners), len(enrollments)) == (3, 4)
    assert sum(row["pk"].endswith("new-one") or row.get("code") == "new-one" for row in links) == 1


CAPPED = {
    "name": "Capped",
    "external_id": "capped",
    "landing_url": "https://capped.example/",
    "currency": "USD",
    "rules": [{"on": "sale", "to": "referrer", "rate_bp": 1000}],
    "caps": [
        {"per": "program", "amount": 1000},
        {"per": "partner", "period": "day", "amount": 900, "freed_by_refunds": True},
    ],
}


def cap(business):
    shop = business.shop
    shop.post("/v1/programs", CAPPED)
    for number, partner in enumerate(business.partners):
        shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": "ext_capped"})
        shop.post("/v1/links", {"program": "ext_capped", "partner": partner["id"], "code": f"capped-{number}"})


def spend(business):
    for number, amount in enumerate((10, 4000, 8000)):
        _capped_sale(business, number, amount, "capped-0")
        quiet(business)
    _capped_sale(business, 3, 3000, "capped-1")
    sale = _capped_sale(business, 2, 8000, "capped-0")
    body = {"refund_id": "r", "amount": {"amount": 8000, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{sale.json['id']}/refunds", body)


def _capped_sale(business, number, amount, code):
    body = {
        "program": "ext_capped",
        "type": "sale",
        "external_id": f"capped-{number}",
        "customer": {"external_id": f"capped-{number}"},
        "amount": {"amount": amount, "currency": "USD"},
        "code": code,
    }
    return business.call("POST", "/v1/conversions", body, once=False)


def spent(business):
    """1 + 400 + 499 of a partner's 900 a day; then 499 of it back; and the other one's, of what the budget had left."""
    granted = sorted(row["granted"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    remaining = sum(row["remaining"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    used = {row["pk"].split("#")[2]: 0 for row in table(business.shop, "rewards") if row["row"] == "cap"}
    for row in table(business.shop, "rewards"):
        if row["row"] == "cap":
            used[row["pk"].split("#")[2]] += row["used"]
    assert granted == [1, 100, 400, 499], granted
    assert (remaining, used) == (501, {"program_ever": 1000, "partner_day": 501})


def spend_again(business):
    """A partner's 900 a day: used, given back, used by another, and used again by the first, whose refund failed."""
    first = _capped_sale(business, 0, 8000, "capped-0").json["id"]
    quiet(business)
    refund = {"refund_id": "r", "amount": {"amount": 8000, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{first}/refunds", refund)
    quiet(business)
    second = _capped_sale(business, 1, 2000, "capped-0").json["id"]
    quiet(business)
    business.call("POST", f"/v1/conversions/{first}/restores", {"refund_id": "r"})
    quiet(business)
    for number, amount in enumerate((9000, 1500)):
        amendment = {"amendment_id": f"a-{number}", "amount": {"amount": amount, "currency": "USD"}}
        business.call("POST", f"/v1/conversions/{second}/amendments", amendment)
        quiet(business)


def spent_again(business):
    """800 and 200, of which no more was left when it became larger, and 150 once it was smaller."""
    remaining = sorted(row["remaining"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    used = {row["pk"].split("#")[2]: row["used"] for row in table(business.shop, "rewards") if row["row"] == "cap"}
    assert (remaining, used) == ([150, 800], {"program_ever": 950, "partner_day": 950})


def spend_of_others(business):
    """One partner's 400 and 500 of 900 a day; then the first is the other's, nobody's, hers again, and the other's."""
    sales = []
    for number, amount in enumerate((4000, 9000)):
        sales.append(_capped_sale(business, number, amount, "capped-0").json["id"])
        # Which of two sales uses a cap first is up to the order in which their records are delivered.
        quiet(business)
    for partner in (1, None, 0, 1):
        _credit(business, sales[0], partner)
        quiet(business)
    _capped_sale(business, 2, 9000, "capped-1")
    quiet(business)
    business.call("POST", f"/v1/conversions/{sales[1]}/void", {"reason": "test", "note": "a test"})


def _credit(business, sale, partner):
    body = {"partner": None if partner is None else business.partners[partner]["id"], "reason": "other", "note": "so"}
    assert business.call("POST", f"/v1/conversions/{sale}/credit", body).status == 200


def spent_of_others(business):
    """The 400 are the other's, whose sale got the 100 that were left of the budget; what was voided is free again."""
    remaining = sorted(row["remaining"] for row in table(business.shop, "rewards") if row["row"] == "reward")
    used = defaultdict(int)
    for row in table(business.shop, "rewards"):
        if row["row"] == "cap":
            used[row["pk"].split("#")[2]] += row["used"]
    assert ([one for one in remaining if one], used) == ([100, 400], {"program_ever": 500, "partner_day": 500})


GIFTS = {
    "name": "Gifts",
    "external_id": "gifts",
    "landing_url": "https://gifts.example/",
    "currency": "USD",
    "rules": [
        {"on": "sale", "to": "referrer", "benefit": {"kind": "gift", "name": "Tea"}},
        {"on": "sale", "to": "referee", "benefit": {"kind": "coupon", "name": "5 off"}},
    ],
}


def gift(business, webhook=True):
    shop, partner = business.shop, business.partners[0]
    shop.post("/v1/programs", GIFTS)
    if webhook:
        shop.post("/v1/programs/ext_gifts/webhook", {"url": "https://gifts.example/give"})
        shop.wait(minutes=1)
    shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": "ext_gifts"})
    shop.post("/v1/links", {"program": "ext_gifts", "partner": partner["id"], "code": "her-gifts"})


def give(business):
    body = {
        "program": "ext_gifts",
        "type": "sale",
        "external_id": "gift",
        "customer": {"external_id": "gift", "email": "gift@mail.example"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "her-gifts",
    }
    sale = business.call("POST", "/v1/conversions", body, once=False)
    quiet(business)
    back = {"refund_id": "r", "amount": {"amount": 100, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{sale.json['id']}/refunds", back, once=False)


def check_benefits(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [row["state"] for row in rewards] == ["reversed"] * 2
    assert len({(kind, reward) for kind, reward in business.posted}) == 4
    webhooks = [row for row in table(business.shop, "messages") if row["channel"] == "webhook"]
    assert [row["status"] for row in webhooks] == ["sent"] * 4


def give_again(business):
    """Give, take back, and give again, since the refund failed; then by an amendment, which cancels the order."""
    give(business)
    quiet(business)
    sale = next(row["pk"] for row in table(business.shop, "conversions") if row["kind"] == "conversion")
    business.call("POST", f"/v1/conversions/{sale}/restores", {"refund_id": "r"}, once=False)
    quiet(business)
    canceled = {"amendment_id": "a", "amount": {"amount": 0, "currency": "USD"}}
    business.call("POST", f"/v1/conversions/{sale}/amendments", canceled, once=False)


def check_benefits_given_again(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [row["state"] for row in rewards] == ["reversed"] * 2
    calls = Counter(row["sk"] for row in table(business.shop, "rewards") if row["row"] == "fulfilment")
    assert calls == dict.fromkeys(("fulfilment", "revocation", "fulfilment#1", "revocation#1"), 2)
    webhooks = [row for row in table(business.shop, "messages") if row["channel"] == "webhook"]
    assert [row["status"] for row in webhooks] == ["sent"] * 8


def give_to_others(business):
    """Give to a partner and their friend, then to another partner, and void it: the friend's gift is asked for once."""
    other = business.partners[1]
    business.call("POST", f"/v1/partners/{other['id']}/enrollments", {"program": "ext_gifts"})
    body = {
        "program": "ext_gifts",
        "type": "sale",
        "external_id": "gift",
        "customer": {"external_id": "gift", "email": "gift@mail.example"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "her-gifts",
    }
    sale = business.call("POST", "/v1/conversions", body, once=False).json["id"]
    quiet(business)
    _credit(business, sale, 1)
    quiet(business)
    business.call("POST", f"/v1/conversions/{sale}/void", {"reason": "test", "note": "a test"})


def check_benefits_of_others(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [(row["to"], row["state"]) for row in sorted(rewards, key=lambda row: row["to"])] == [
        ("referee", "reversed"),
        *[("referrer", "reversed")] * 2,
    ]
    assert len({(kind, reward) for kind, reward in business.posted}) == 6
    calls = Counter(row["what"] for row in table(business.shop, "rewards") if row["row"] == "fulfilment")
    assert calls == {"fulfilment": 3, "revocation": 3}


def subscribed(business):
    gift(business, webhook=False)
    hook = {"program": "ext_gifts", "url": "https://gifts.example/events", "types": ["conversion.*", "benefit.*"]}
    business.shop.post("/v1/endpoints", hook)
    business.shop.wait(minutes=3)


def check_subscribed(business):
    """Every event that an endpoint asked for was sent to it, under its id, and is marked as sent."""
    events = [row for row in table(business.shop, "events") if row["type"].startswith(("conversion.", "benefit."))]
    assert {row["type"] for row in events} == {"conversion.recorded", "conversion.refunded", *BENEFITS}
    assert set(business.posted) == {(row["type"], row["pk"]) for row in events}
    deliveries = [row for row in table(business.shop, "messages") if "endpoint_id" in row]
    assert sorted(row["sk"] for row in deliveries) == sorted(row["pk"] for row in events)
    assert {row["status"] for row in deliveries} == {"sent"}


def give_by_hand(business):
    body = {
        "program": "ext_gifts",
        "type": "sale",
        "external_id": "gift",
        "customer": {"external_id": "gift"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "her-gifts",
    }
    business.call("POST", "/v1/conversions", body, once=False)
    quiet(business)
    for row in sorted(table(business.shop, "rewards"), key=lambda row: row["pk"]):
        if row["row"] == "reward":
            answer = business.call("POST", f"/v1/rewards/{row['pk']}/fulfill", {"reference": "by hand"})
            assert (answer.status, answer.json["state"]) == (200, "fulfilled"), answer.body


def check_benefits_by_hand(business):
    rewards = [row for row in table(business.shop, "rewards") if row["row"] == "reward"]
    assert [row["state"] for row in rewards] == ["fulfilled"] * 2
    assert business.posted == []


def share_and_add_up(business):
    path = business.partners[1]["enrollments"][0]["share_url"].removeprefix("https://go.example")
    for _ in range(2):
        assert business.call("POST", path, once=False).status < 400
    business.schedule("roll_up")


def batch(business):
    def one(number):
        return {
            "program": business.program["id"],
            "type": "lead",
            "external_id": f"batch-{number}",
            "customer": {"external_id": f"batch-{number}"},
        }

    answer = business.call("POST", "/v1/conversions/batch", {"conversions": [one(n) for n in range(3)]}, once=False)
    assert [one["status"] for one in answer.json["data"]] == [201] * 3


def batched(business):
    assert len([row for row in table(business.shop, "conversions") if row["kind"] == "conversion"]) == 3


def lost(business):
    bound(business)
    business.convert("sale", "anna", 777)
    business.refund(sold(business), 999)
    for mapping in business.deliveries.mappings:
        mapping.offset = len(business.shop.engine.records(mapping.source.table))


def repair(business):
    """Have the day repaired; and once more, as each night does, what a fault kept from being repaired."""
    business.shop.wait(seconds=1)
    while any(not one["repaired"] for one in _repair_day(business)):
        pass


def _repair_day(business):
    cursor = None
    while True:
        body = {"day": "2026-03-10", "grace_minutes": 0} | ({"cursor": cursor} if cursor else {})
        answer = business.call("POST", "/v1/reconciliation", body, once=False)
        yield from answer.json["differences"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            return


TIERS = {
    "name": "Tiers",
    "external_id": "tiers",
    "landing_url": "https://tiers.example/",
    "currency": "USD",
    "rules": [],
    "tiers": [{"name": "first", "minimum_sales": 0, "minimum_revenue": 1}],
}


def tier(business):
    shop, partner = business.shop, business.partners[0]
    shop.post("/v1/programs", TIERS)
    shop.post(f"/v1/partners/{partner['id']}/enrollments", {"program": "ext_tiers"})
    shop.post("/v1/links", {"program": "ext_tiers", "partner": partner["id"], "code": "her-tiers"})
    _capped = {
        "program": "ext_tiers",
        "type": "sale",
        "external_id": "t",
        "customer": {"external_id": "t"},
        "amount": {"amount": 100, "currency": "USD"},
        "code": "her-tiers",
    }
    shop.post("/v1/conversions", _capped)
    quiet(business)


def rise(business):
    business.schedule("promote")
    business.call("POST", f"/v1/partners/{business.partners[1]['id']}/category", {"category": "partner", "note": "x"})


def risen(business):
    changes = Counter(row["what"] for row in table(business.shop, "partners") if row["kind"] == "standing")
    assert changes == {"tier": 1, "category": 1}


def tell_backwards(business):
    """Tell of sales, and of the sign-up with a code that came before them, with the times at which they happened."""
    ago = timedelta(minutes=10)
    business.convert("sale", "anna", 1999, ago=ago)
    business.refund(sold(business), 333)
    quiet(business)
    signed_up = Report("lead", "anna", touch=business.typed(0), ago=2 * ago)
    business.convert_all([Report("sale", "anna", 777, ago=ago), signed_up, Report("sale", "anna", 33, ago=ago)])
    quiet(business)
    business.refund(sold(business), 666)


def check_backward_report(business):
    assert {sale.partner for sale in business.of("anna")} == {business.partners[0]["id"]}


def new_terms(business):
    business.change_terms(2500, 3)
    business.shop.wait(minutes=2)
    business.click(1)
    business.convert("sale", "berta", 1000, business.clicks[-1])


def at_the_till(business):
    """Sign in to the admin pages, with a link of the partner's to credit."""
    browser = Browser(business.shop)
    assert browser.send("/admin/sign-in", key=business.shop.key).status == 303
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    business.signed_in = FORM | {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", "Authorization": ""}


def enter_by_hand(business):
    """Enter a sale on its page, and twice send the form that refunds some of it."""
    program = business.links[0]["program"]
    typed = {"partner": business.links[0]["code"], "customer": "walk-in", "order": "till-1", "amount": "20.00"}
    page = _sent(business, f"/admin/programs/{program}/sale", typed)
    quiet(business)
    refund = {
        "what": "refund",
        "action": "confirm",
        "once": "till",
        "amount": "5.00",
        "reason": "returned",
        "note": "x",
    }
    for _ in range(2):
        _sent(business, f"{page}/correct", refund)


def _sent(business, path, form):
    answer = business.call("POST", path, urlencode(form).encode(), once=False, headers=business.signed_in)
    assert answer.status == 303, answer.body
    return answer.headers["Location"].partition("?")[0]


def check_entered(business):
    shop = business.shop
    rows = [row for row in table(shop, "conversions") if row["kind"] in ("conversion", "refund", "amendment")]
    assert sorted((row["kind"], row["amount"]) for row in rows) == [("conversion", 2000), ("refund", 500)], rows
    entered = Counter(row["action"] for row in table(shop, "audit") if row["sk"] != "head")
    assert (entered["conversion.entered"], entered["conversion.refunded"]) == (1, 1), entered
    assert len([row for row in table(shop, "notes") if row.get("words") == "x"]) == 1


DOORS = {"landing_url": "https://doors.example/", "currency": "USD", "rules": []}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": "en"}


def doors(business):
    """Open a program to everybody, and one to whoever is approved; somebody has both forms before them."""
    business.forms = {}
    for name, joining in (("club", "open"), ("guild", "approval")):
        body = DOORS | {"name": name, "external_id": name, "joining": joining}
        path = "/join/" + business.shop.post("/v1/programs", body).json["id"]
        business.forms[name] = path, re.search(r'name="form" value="([^"]+)"', business.shop.get(path).body)[1]


def come_in(business):
    invitations = [{"email": "dora@mail.example", "name": "Dora"}]
    business.call("POST", "/v1/invitations", {"program": "ext_club", "invitations": invitations}, once=False)
    for name, who in (("club", "bea"), ("guild", "cara")):
        path, form = business.forms[name]
        fields = urlencode({"form": form, "name": who, "email": f"{who}@mail.example", "agree": "1"}).encode()
        answer = business.call("POST", path, fields, once=False, headers=FORM)
        assert answer.status in (200, 202, 303), answer.body
    quiet(business)
    [application] = business.call("GET", "/v1/applications?program=ext_guild", once=False).json["data"]
    assert business.call("POST", f"/v1/applications/{application['id']}/approve").status == 200


def check_joined(business):
    rows = table(business.shop, "partners")
    named = Counter(row["name"] for row in rows if row["kind"] == "partner")
    assert (named["bea"], named["cara"]) == (1, 1), named
    assert len([row for row in rows if row["kind"] == "enrolment" and row.get("agreed_version") == 1]) == 2
    assert len([row for row in rows if row["kind"] == "invitation"]) == 1
    templates = Counter(row["letter"] for row in table(business.shop, "messages") if row["status"] == "sent")
    assert (templates["invitation"], templates["accepted"]) == (1, 1), templates


FLOWS = [
    Flow("click", lambda business: None, lambda business: [business.click(0), business.click(0)]),
    Flow("sign-up", clicked, lambda business: business.convert("lead", "anna", touch=business.clicks[0])),
    Flow("sale", clicked, lambda business: business.convert("sale", "anna", 1999, business.clicks[0])),
    Flow("later sale", bound, lambda business: business.convert("sale", "anna", 33)),
    Flow("told backwards", lambda business: None, tell_backwards, check_backward_report),
    Flow("direct sale", lambda business: None, lambda business: business.convert("sale", "anna", 1999)),
    Flow("refund", bound, refund_twice),
    Flow("refund before its sale is decided", clicked, lambda business: [_sell(business), refund_twice(business)]),
    Flow("refund while held", bound, refund_twice, hold_days=14),
    Flow("refund after payout", paid, lambda business: business.refund(sold(business), 4000)),
    Flow("restore", bound, restore_both),
    Flow("restore before its sale is decided", clicked, lambda business: [_sell(business), restore_both(business)]),
    Flow("restore while held", bound, restore_both, hold_days=14),
    Flow("restore after payout", paid, restore_after_payout),
    Flow("amendments", bound, amend_twice),
    Flow("amendments before their sale is decided", clicked, lambda business: [_sell(business), amend_twice(business)]),
    Flow("amendments after payout", paid, amend_twice),
    Flow("parts of refunds", taxed, refund_parts),
    Flow("credit moved", bound, move_credit),
    Flow("credit moved before its sale is decided", clicked, lambda business: [_sell(business), move_credit(business)]),
    Flow("credit moved while held", bound, move_credit_while_refunded, hold_days=14),
    Flow("credit moved after payout", paid, move_credit_while_refunded),
    Flow("sign-up moved", bound, move_sign_up),
    Flow("direct sales credited", lambda business: None, credit_direct_sales),
    Flow("voided", bound, void_sale),
    Flow("voided after payout", paid, void_sale),
    Flow("caps and corrections", cap, spend_of_others, spent_of_others),
    Flow("benefits and corrections", gift, give_to_others, check_benefits_of_others),
    Flow("sale and refund entered by hand", at_the_till, enter_by_hand, check_entered),
    Flow("suspended and active again", bound, standing_flows.stop_a_while),
    Flow("banned, and what is earned is held", owed, standing_flows.ban_with_earnings, hold_days=14),
    Flow("partners merged", bound, standing_flows.merge_partners),
    Flow("partners merged after payout", paid, standing_flows.merge_partners),
    Flow("a guest merged", standing_flows.guest, standing_flows.merge_guest, standing_flows.check_guest),
    Flow("introductions in line", nothing, introduction_flows.take),
    Flow("introduced, and named by the sale", introduction_flows.accepted, introduction_flows.sell_named),
    Flow("introduced, and known by their address", introduction_flows.in_line, introduction_flows.sell_by_address),
    Flow("introduced, and sent by another", introduction_flows.accepted, introduction_flows.sell_by_click),
    Flow("introduced by a guess", nothing, introduction_flows.sell_to_who_was_guessed),
    Flow("introductions won by hand", introduction_flows.accepted, introduction_flows.say_won),
    Flow("introduced sale refunded", introduction_flows.sold, introduction_flows.refund_and_restore),
    Flow("introduced sale moved", introduction_flows.sold, introduction_flows.move_and_void),
    Flow("introduced sale credited late", nothing, introduction_flows.credit_late),
    Flow("the person's own word", introduction_flows.in_line, introduction_flows.sell_after_the_persons_word),
    Flow("maturing", owed, mature, hold_days=14),
    Flow("review", bound, review, hold_days=14),
    Flow("payout", owed, come_back),
    Flow("adjustments", bound, adjust_both),
    Flow("adjustments after payout", paid, adjust_both),
    Flow("adjustments decided", bound, decide_both),
    Flow("new terms", clicked, new_terms),
    Flow("partners and links", lambda business: None, fill, filled),
    Flow("caps and budgets", cap, spend, spent),
    Flow("caps and restores", cap, spend_again, spent_again),
    Flow("benefits given again", gift, give_again, check_benefits_given_again),
    Flow("benefits and webhooks", gift, give, check_benefits),
    Flow("webhook endpoints", subscribed, give, check_subscribed),
    Flow("benefits by hand", lambda business: gift(business, webhook=False), give_by_hand, check_benefits_by_hand),
    Flow("share page and rollup", clicked, share_and_add_up),
    Flow("batch", lambda business: None, batch, batched),
    Flow("lost stream records", lost, repair),
    Flow("tiers", tier, rise, risen),
    Flow("joining", doors, come_in, check_joined),
    Flow("asking", asking_flows.asks, asking_flows.ask_around, asking_flows.check_asks),
]


def _sell(business):
    business.convert("sale", "anna", 1999, business.clicks[0])
