"""How many calls of the database a page takes, cold: few, however many links its partner has."""

from datetime import timedelta

import pytest

from bench.simulated import MIDNIGHT, metered
from bench.statistics_reads import count_clicks
from tests.forms import Browser

LINKS = 100
RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1500}]
TIERS = [{"name": "gold", "minimum_sales": 50}]
DAYS = 3


@pytest.fixture(scope="module")
def busy():
    """A partner with a hundred links, each with clicks on three days of which the last is open; sales by some."""
    from chalicelib.access.sessions import begin
    from chalicelib.portal.session import COOKIE, LASTING

    with metered(units=False) as (shop, meter):
        tiers = [{"name": "gold", "minimum_sales": 50, "within_days": 90}]
        rules = [
            {"on": "sale", "to": "referrer", "rate_bp": 1500},
            {"on": "lead", "to": "referrer", "benefit": {"kind": "access", "name": "mug"}},
        ]
        program = shop.program(rules=rules, tiers=tiers, timezone="Europe/Berlin")
        partner = shop.partner(program)
        links = [shop.link(program, partner, channel=f"channel-{number}") for number in range(LINKS)]
        for day in range(DAYS):
            shop.at = MIDNIGHT + timedelta(days=day, hours=12)
            for link in links:
                counts = [1] * 60
                count_clicks(
                    program["id"], partner["id"], link["code"], MIDNIGHT + timedelta(days=day, hours=9), counts
                )
            shop.sale(program, f"order-{day}", f"customer-{day}", click_id=shop.click_id(links[day]))
            shop.lead(program, f"lead-{day}", click_id=shop.click_id(links[day]))
            shop.settle()
        goal = {"for": f"partner:{partner['id']}", "metric": "sales", "period": "month", "value": 310}
        for subject in ({}, {"for": "category:client"}, {"for": "program", "period": "year"}):
            assert shop.post(f"/v1/programs/{program['id']}/targets", goal | subject).status == 201
        shop.run_schedule("check_partners")
        shop.run_schedule("trace_sources")
        token = begin(partner["id"], lasting=LASTING, at=shop.at)
        portal, admin = Browser(shop), Browser(shop)
        portal.cookies = {COOKIE: token.cookie}
        admin.send("/admin/sign-in", key=shop.key)
        yield shop, meter, program, partner, {"portal": portal, "admin": admin}


def calls_of(meter, ask):
    """Return how many calls something takes in a function that has just started."""
    from chalicelib.kit import memory

    memory.forget_everything()
    meter.clear()
    answer = ask()
    assert answer.status == 200, answer.body
    return sum(meter.counted.values()), answer


def test_a_share_page_of_a_partner_with_a_hundred_links_takes_thirteen_calls_at_most(busy):
    shop, meter, _, partner, _ = busy
    path = partner["enrollments"][0]["share_url"].removeprefix("https://go.example")

    calls, page = calls_of(meter, lambda: shop.get(path))

    print(f"\n{calls} calls: {dict(meter.counted)}", end=" ")
    assert f"{LINKS * DAYS * 60 + 2 * DAYS:,}" in page.body
    # One for what they must read.
    assert calls <= 13


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        ("portal", "/portal", 16),
        ("portal", "/portal/links", 12),
        ("portal", "/portal/payouts", 8),
        ("portal", "/portal/statement", 12),
        ("admin", "/admin", 27),
        ("admin", "/admin/events?subject={program}", 24),
        ("admin", "/admin/partners/{partner}", 19),
        ("admin", "/admin/partners/{partner}/adjustments", 12),
        ("admin", "/admin/partners/{partner}/statement", 14),
        ("admin", "/admin/adjustments", 8),
        ("admin", "/admin/owed", 24),
        ("admin", "/admin/verification?run=1", 10),
        ("admin", "/admin/reconciliation", 8),
        ("admin", "/admin/programs/{program}/partners", 16),
        ("admin", "/admin/programs/{program}/check-ins", 10),
        ("admin", "/admin/programs/{program}/targets", 14),
        ("admin", "/admin/actions", 10),
        ("admin", "/admin/programs/{program}/sources", 16),
        ("admin", "/admin/partners/{partner}/tree", 14),
        ("portal", "/portal/tree", 10),
        ("api", "/v1/partners/{partner}/stats", 16),
        ("api", "/v1/partners/{partner}/onboarding", 12),
        ("api", "/v1/programs/{program}/check-ins", 14),
    ],
)
def test_whatever_shows_a_partner_with_a_hundred_links_takes_few_calls(busy, who, path, most):
    shop, meter, program, partner, browsers = busy
    path = path.format(partner=partner["id"], program=program["id"])

    calls, _ = calls_of(meter, lambda: browsers.get(who, shop).get(path))

    print(f"\n{path}: {calls} calls: {dict(meter.counted)}", end=" ")
    assert calls <= most


def test_the_page_of_a_partner_of_twenty_programs_in_four_currencies_takes_twenty_calls_at_most(busy):
    shop, meter, _, _, _ = busy
    currencies = ("USD", "EUR", "GBP", "CHF")
    several = [
        shop.program(name=f"Program {n}", currency=currencies[n % 4], rules=RULES, tiers=TIERS) for n in range(20)
    ]
    eve = shop.partner(several[0], programs=[one["id"] for one in several], email="eve@mail.example")
    path = f"/v1/partners/{eve['id']}"
    for one in several:
        for number in range(5):
            code = shop.link(one, eve, channel=f"c{number}")["code"]
            shop.sale(one, f"{one['id']}-{number}", f"{one['id']}-{number}", code=code)
        tier = {"program": one["id"], "tier": "gold", "note": "By hand"}
        assert shop.post(f"{path}/tier", tier).status == 201
    shop.settle()
    sale = shop.get(f"/v1/conversions?partner={eve['id']}").json["data"]
    for one in sale[:5]:
        reward = shop.reward(one)["id"]
        assert shop.post(f"/v1/rewards/{reward}/hold", {"note": "Looked at"}).status == 200
    for _ in range(3):
        shop.post(f"{path}/feedback", {"score": 7, "words": "Fine"})
        shop.wait(days=1)
    shop.settle()
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)

    for chosen in ("", f"?program={several[3]['id']}"):
        calls, page = calls_of(meter, lambda chosen=chosen: admin.get(f"/admin/partners/{eve['id']}{chosen}"))
        print(f"\n{calls} calls: {dict(meter.counted)}", end=" ")
        assert page.body.count("/admin/links/lnk_") == 100
        assert page.body.count("Account in ") == 4
        assert calls <= 20


@pytest.mark.parametrize(
    ("who", "path", "most"),
    [
        # One for how they stand; and one for their links, one for their closed days.
        ("admin", "/admin/programs/{program}/partners", 1),
        ("admin", "/admin/programs/{program}/check-ins", 0),
        ("api", "/v1/programs/{program}/check-ins", 2),
    ],
)
def test_each_further_partner_on_a_page_takes_few_calls_and_what_lies_together_is_read_together(busy, who, path, most):
    shop, meter, _, _, browsers = busy
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1500}])
    taken = {}
    for number in range(22):
        partner = shop.partner(program, name=f"P{number}", email=f"p{number}@mail.example")
        link = shop.link(program, partner)
        shop.sale(program, f"further-{number}", f"further-{number}", click_id=shop.click_id(link))
        if number in (1, 21):
            shop.settle()
            shop.wait(days=2)
            shop.settle()
            browser = browsers.get(who, shop)
            if who == "admin":
                browser.send("/admin/sign-in", key=shop.key)
            taken[number + 1], _ = calls_of(
                meter, lambda browser=browser: browser.get(path.format(program=program["id"]))
            )

    print(f"\n{taken} calls", end=" ")
    # Some more for the hundred rows of a batch.
    assert taken[22] - taken[2] <= most * 20 + 2


def test_an_explanation_takes_as_many_calls_whatever_the_number_of_refunds(busy):
    shop, meter, program, _, _ = busy
    taken = []
    for number, refunds in (("few", 1), ("many", 40)):
        sale = shop.sale(program, f"order-{number}", "customer-0", amount=10_000).json
        for refund in range(refunds):
            assert shop.refund(sale, 1, f"refund-{refund}").status == 201
        shop.settle()
        calls, answer = calls_of(meter, lambda sale=sale: shop.get(f"/v1/conversions/{sale['id']}/explanation"))
        assert len(answer.json["refunds"]) == refunds
        taken.append(calls)

    print(f"\n{taken} calls", end=" ")
    assert taken[1] <= taken[0]


@pytest.mark.parametrize("show_earned", [False, True])
def test_a_join_page_takes_few_calls_whatever_partners_earned_and_so_do_the_friend_page_and_a_look(busy, show_earned):
    shop, meter, program, _, browsers = busy
    sharing = {"friend_page": True, "show_earned": show_earned}
    shop.patch(f"/v1/programs/{program['id']}", {"joining": "open", "sharing": sharing})
    link = shop.link(program, shop.partner(program, name="Fay", email=f"fay-{show_earned}@mail.example"))
    for _ in range(12):
        shop.wait(days=1)
        shop.run_schedule("roll_up")

    browsers["admin"].send("/admin/sign-in", key=shop.key)

    joining, _ = calls_of(meter, lambda: shop.get(f"/join/{program['id']}"))
    friend, _ = calls_of(meter, lambda: shop.get(f"/f/{link['code']}"))
    look, _ = calls_of(meter, lambda: browsers["admin"].get(f"/admin/programs/{program['id']}/look"))

    print(f"\n{joining} calls to join, {friend} for a friend, {look} for the look", end=" ")
    assert joining <= (24 if show_earned else 2)
    assert friend <= 3
    assert look <= 8


def test_the_page_of_an_order_takes_few_calls_whatever_happened_to_it(busy):
    shop, meter, program, partner, browsers = busy
    others = [shop.partner(program, name=f"B{number}", email=f"b{number}@mail.example") for number in range(4)]
    code = shop.link(program, others[0])["code"]
    orders = [
        shop.sale(program, f"page-{number}", f"page-{number}", amount=10_000, code=code).json for number in (1, 2)
    ]
    shop.settle()
    for number in range(60):
        credited = {"partner": [*others, partner][number % 5]["id"], "reason": "wrong_partner", "note": f"{number}"}
        assert shop.post(f"/v1/conversions/{orders[1]['id']}/credit", credited).status == 200
        assert shop.refund(orders[1], 1, f"page-refund-{number}").status == 201
    shop.settle()
    payout = shop.pay_out()
    shop.post(f"/v1/payouts/{payout['id']}/confirm", {"note": "sent"})
    shop.settle()

    taken = []
    browsers["admin"].send("/admin/sign-in", key=shop.key)
    for one in orders:
        calls, _ = calls_of(meter, lambda one=one: browsers["admin"].get(f"/admin/conversions/{one['id']}"))
        taken.append(calls)
        print(f"\n{calls} calls: {dict(meter.counted)}", end=" ")
    assert taken[0] <= 18
    assert taken[1] <= 26
