"""Terms: what was promised is what is paid, whatever the terms of the day say."""

import pytest

from chalicelib.kit import memory
from chalicelib.partners import find as partners
from chalicelib.partners.table import PartnerRow, StandingChange
from chalicelib.tiers import promote
from tests.forms import Browser

USD = {"currency": "USD"}


def rule(**changes):
    return {"on": "sale", "to": "referrer", "rate_bp": 1000} | changes


def flat(amount, **changes):
    return {"on": "sale", "to": "referrer", "flat": {"amount": amount, **USD}} | changes


def started(shop, rules, **changes):
    program = shop.program(rules=rules, **changes)
    ada = shop.partner(program)
    return program, ada, shop.link(program, ada)["code"]


def test_a_reward_is_held_for_as_long_as_was_promised_and_then_due_once(shop):
    program, ada, code = started(shop, [rule()], hold_days=14)
    sale = shop.sale(program, amount=5000, code=code).json
    shop.settle()
    held = shop.reward(sale)

    shop.wait(days=14, milliseconds=-1)
    shop.settle()
    almost = shop.balance(ada)
    shop.wait(milliseconds=1)
    shop.settle()
    due = shop.balance(ada)
    shop.settle()

    assert (held["state"], held["due_at"]) == ("held", "2026-03-24T12:00:00.000Z")
    assert (almost["held"], almost["due"]) == (500, 0)
    assert (due["held"], due["due"]) == (0, 500)
    assert shop.balance(ada) == due
    assert shop.reward(sale)["state"] == "due"
    subjects = [
        subject for subject, to in shop.emails() if "Ada" in to and "joined" not in subject and "Welcome" not in subject
    ]
    # On which day it is due was told when it was earned.
    assert subjects == ["You earned $5.00 with Tea Shop"]


def test_levels_give_the_highest_whose_criteria_hold_and_say_why(shop):
    program, _, code = started(
        shop,
        [
            rule(),
            rule(rate_bp=1500, level="premium", when={"minimum_amount": 5000}, due_within_days=7),
            rule(
                rate_bp=2000,
                level="strategic",
                when={"minimum_amount": 5000, "metadata": {"plan": ["enterprise"]}, "products": ["suite"]},
            ),
        ],
        hold_days=7,
    )
    small = shop.sale(program, "small", amount=4999, code=code).json
    large = shop.sale(program, "large", amount=5000).json
    huge = shop.sale(program, "huge", amount=5000, metadata={"plan": "enterprise"}, products=["suite", "x"]).json
    shop.settle()

    assert [shop.reward(one)["level"] for one in (small, large, huge)] == ["basic", "premium", "strategic"]
    assert [shop.reward(one)["granted"]["amount"] for one in (small, large, huge)] == [500, 750, 1000]
    assert shop.reward(large)["promised_by"] == "2026-03-17T12:00:00.000Z"
    why = {(one["rule"], one["condition"]): one["holds"] for one in shop.explained(large)["checks"]}
    assert why["sale_referrer_premium", "minimum_amount"] is True
    assert why["sale_referrer_strategic", "metadata.plan"] is False


def test_the_first_sale_only_or_for_some_months(shop):
    program, ada, code = started(
        shop,
        [
            flat(500, name="first", when={"number_to": 1}),
            rule(name="recurring", when={"number_from": 2, "months": 3}),
        ],
    )
    shop.sale(program, "one", amount=1000, code=code)
    shop.wait(days=30)
    shop.sale(program, "two", amount=1000)
    shop.wait(days=62)
    # Whole days: until the one begins on which three months are over.
    last = shop.sale(program, "three", amount=1000, occurred_at="2026-06-09T23:59:59Z").json
    late = shop.sale(program, "four", amount=1000, occurred_at="2026-06-10T00:00:00Z").json
    shop.settle()

    assert shop.balance(ada)["due"] == 500 + 100 + 100
    assert shop.explained(last)["outcome"] == "rewarded"
    assert shop.explained(late)["reason"] == "conditions_not_met"
    assert next(one for one in shop.explained(late)["checks"] if one["condition"] == "months")["holds"] is False


def test_an_event_of_the_programs_own_earns_what_its_rule_says(shop):
    demo = {"on": "demo_held", "to": "referrer", "flat": {"amount": 700, **USD}, "when": {"number_to": 1}}
    program, ada, code = started(shop, [demo, rule(on="renewal")])
    body = {"program": program["id"], "type": "demo_held", "customer": {"external_id": "1"}, "code": code}

    first = shop.post("/v1/conversions", body | {"external_id": "a"})
    second = shop.post("/v1/conversions", body | {"external_id": "b"})
    renewal = shop.post(
        "/v1/conversions", body | {"external_id": "c", "type": "renewal", "amount": {"amount": 999, **USD}}
    )
    back = shop.refund(renewal.json, 999)
    shop.settle()

    assert [one.status for one in (first, second, renewal, back)] == [201] * 4
    assert [one.json["number"] for one in (first, second, renewal)] == [1, 2, 1]
    assert shop.balance(ada)["due"] == 700
    assert shop.stats("partners", ada)["totals"]["events"] == 3
    assert shop.explained(second.json)["reason"] == "conditions_not_met"


@pytest.mark.parametrize(
    ("without", "due"), [([], 238), (["tax"], 200), (["tax", "shipping"], 190), (["tax", "shipping", "discount"], 180)]
)
def test_the_base_excludes_the_parts_that_the_terms_leave_out(shop, without, due):
    program, ada, code = started(shop, [rule()], base_without=without)
    parts = {"tax": 380, "shipping": 100, "discount": 100, "net": 1800}

    sale = shop.sale(program, amount=2380, breakdown=parts, code=code)
    shop.settle()
    whole = shop.balance(ada)["due"]
    shop.refund(sale.json, 2380)
    shop.settle()

    assert (whole, shop.balance(ada)["due"]) == (due, 0)


def test_a_base_of_zero_is_explained_where_no_reward_is_given(shop):
    program, _, code = started(shop, [rule()], base_without=["discount"])

    sale = shop.sale(program, amount=1000, breakdown={"discount": 1000}, code=code).json
    shop.settle()

    [check] = [one for one in shop.explained(sale)["checks"] if one["condition"] == "amount_above_zero"]
    assert (check["holds"], check["detail"]) == (False, "base 0 of 1000")


@pytest.mark.parametrize(
    "parts", [{"tax": 1000, "shipping": 1000}, {"tax": 1, "net": 1999}, {"tax": -1}, {"tax": 1.5}, {"vat": 1}], ids=str
)
def test_parts_that_cannot_be_are_refused(shop, parts):
    assert shop.sale(shop.program(), amount=1999, breakdown=parts).status == 422


def test_a_category_counts_as_it_was_when_the_sale_was_received(shop):
    program, ada, code = started(
        shop, [rule(rate_bp=2000, name="star", when={"categories": ["influencer"]}), rule(name="rest")]
    )
    shop.sale(program, "before", amount=1000, code=code)
    changed = shop.post(f"/v1/partners/{ada['id']}/category", {"category": "influencer", "note": "100k followers"})
    shop.sale(program, "same minute", amount=1000)
    shop.wait(minutes=2)
    shop.sale(program, "after", amount=1000)
    shop.settle()

    assert (changed.status, changed.json["effective_from"]) == (201, "2026-03-10T12:01:00.000Z")
    assert shop.balance(ada)["due"] == 100 + 100 + 200
    assert shop.get(f"/v1/partners/{ada['id']}").json["category"] == "influencer"


def test_partners_rise_and_fall_by_dated_rules_and_their_history_says_why(shop):
    tiers = [
        {"name": "silver", "minimum_sales": 1},
        {"name": "gold", "minimum_sales": 2, "minimum_revenue": 3000, "within_days": 30},
    ]
    program, ada, code = started(
        shop, [rule(rate_bp=2000, name="gold", when={"tiers": ["gold"]}), rule(name="rest")], tiers=tiers
    )
    shop.sale(program, "one", "a", amount=1000, code=code)
    shop.settle()
    shop.wait(minutes=2)
    shop.sale(program, "two", "b", amount=2000, code=code)
    shop.settle()
    shop.settle()
    shop.wait(minutes=2)
    golden = shop.sale(program, "three", "c", amount=1000, code=code).json
    shop.settle()
    shop.wait(days=31)
    shop.settle()
    shop.wait(minutes=2)
    fallen = shop.sale(program, "four", "d", amount=1000, code=code).json
    shop.settle()

    assert [shop.explained(one)["tier"] for one in (golden, fallen)] == ["gold", "silver"]
    assert shop.balance(ada)["due"] == 100 + 200 + 200 + 100
    history = shop.get(f"/v1/partners/{ada['id']}/standing").json["data"]
    assert [(one["to"], one["by"]) for one in history] == [("silver", "rules"), ("gold", "rules"), ("silver", "rules")]
    assert history[1]["reached"] == {"sales": 2, "revenue": 3000, "leads": None, "within_days": 30}


def test_a_partner_who_changes_tier_every_hour_has_the_last_changes_and_none_is_lost(shop):
    tiers = [{"name": "gold", "minimum_sales": 1}]
    golden = rule(rate_bp=2000, name="gold", when={"tiers": ["gold"]})
    program, ada, code = started(shop, [golden, rule(name="rest")], tiers=tiers)
    moments = []
    for number in range(40):
        tier = ["gold", None][number % 2]
        changed = shop.post(
            f"/v1/partners/{ada['id']}/tier", {"program": program["id"], "tier": tier, "note": f"change {number}"}
        )
        assert changed.status == 201
        shop.wait(hours=1)
        moments.append(shop.at)
    changes = [row for row in PartnerRow.query(ada["id"]) if isinstance(row, StandingChange)]
    assert [one.number for one in changes] == list(range(15, 41))

    # By the rules, which move what is superseded too.
    sale = shop.sale(program, "one", "a", amount=1000, code=code).json
    shop.settle()
    shop.settle()

    history = shop.get(f"/v1/partners/{ada['id']}/standing?limit=100").json
    assert [one["number"] for one in history["data"]] == list(range(41, 0, -1))
    assert [one["note"]["words"] for one in history["data"][1:]] == [f"change {number}" for number in range(39, -1, -1)]
    assert (history["data"][0]["by"], history["has_more"]) == ("rules", False)
    assert shop.explained(sale)["tier"] is None
    browser = Browser(shop)
    browser.send("/admin/sign-in", key=shop.key)
    assert f"/v1/partners/{ada['id']}/standing" in browser.get(f"/admin/partners/{ada['id']}").body
    # How they stood when that was long ago is told by what was moved.
    for place in (0, 1, 2, 20, 39):
        memory.forget_everything()
        stood = partners.recall_standing(ada["id"], program["id"], moments[place])
        assert stood.tier == ["gold", None][place % 2]


def test_a_run_that_had_no_time_for_all_partners_is_gone_on_with_by_the_next(shop, monkeypatch):
    program, ada, code = started(shop, [rule()], tiers=[{"name": "silver", "minimum_sales": 1}])
    bob = shop.partner(program, name="Bob", email="bob@mail.example")
    shop.sale(program, "one", "a", amount=1000, code=code)
    shop.sale(program, "two", "b", amount=1000, code=shop.link(program, bob)["code"])
    assert shop.streams.run() == []

    def silver():
        shop.wait(minutes=2)
        tiers = [shop.get(f"/v1/partners/{one['id']}").json["enrollments"][0]["tier"] for one in (ada, bob)]
        return tiers.count("silver")

    with monkeypatch.context() as short:
        short.setattr(promote, "_PAGE", 1)
        # It looks at one partner, and its time is over.
        short.setattr(promote, "_MOST_SECONDS", -1.0)
        shop.run_schedule("promote")
    after_the_first = silver()
    shop.run_schedule("promote")

    assert (after_the_first, silver()) == (1, 2)
    shop.run_schedule("promote")
    assert silver() == 2


def test_a_tier_given_by_hand_stays_until_the_day_it_is_pinned_to(shop):
    tiers = [{"name": "gold", "minimum_sales": 9}]
    program, ada, _ = started(shop, [rule()], tiers=tiers)
    answer = shop.post(
        f"/v1/partners/{ada['id']}/tier",
        {"program": program["id"], "tier": "gold", "note": "a friend", "pinned_until": "2026-03-12T00:00:00Z"},
    )
    shop.wait(minutes=5)
    shop.settle()
    pinned = shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["tier"]
    shop.wait(days=2)
    shop.settle()
    shop.wait(minutes=5)

    assert (answer.status, pinned) == (201, "gold")
    assert shop.get(f"/v1/partners/{ada['id']}").json["enrollments"][0]["tier"] is None
    unknown = shop.post(
        f"/v1/partners/{ada['id']}/tier", {"program": program["id"], "tier": "diamond", "note": "why not"}
    )
    past = {"program": program["id"], "tier": "gold", "note": "why not", "pinned_until": "2020-01-01T00:00:00Z"}
    nothing = past | {"note": "   ", "pinned_until": None}
    pointers = [
        shop.post(f"/v1/partners/{ada['id']}/tier", body).json["errors"][0]["pointer"] for body in (past, nothing)
    ]
    assert (unknown.status, pointers) == (422, ["/pinned_until", "/note"])


def test_terms_do_not_begin_so_late_that_no_others_could(shop):
    program, _, _ = started(shop, [rule()])

    far = {"rules": [rule()], "effective_from": "2999-01-01T00:00:00Z"}

    assert shop.post(f"/v1/programs/{program['id']}/terms", far).status == 422


def test_new_terms_say_who_is_affected_and_what_changes(shop):
    program, _, _ = started(shop, [rule()])
    shop.partner(program, name="Bob", email=None)

    new = shop.post(
        f"/v1/programs/{program['id']}/terms",
        {"rules": [rule(rate_bp=500), flat(100, on="lead")], "hold_days": 30, "introductions": "first_received",
         "effective_from": "2026-04-01T00:00:00Z"},
    )  # fmt: skip

    assert new.status == 201, new.body
    assert new.json["affected"] == {
        "partners": 2,
        "more_partners": False,
        "touches_from": "2026-04-01T00:00:00.000Z",
        "earlier_touches_keep_version": 1,
        "earlier_touches_count_until": "2026-05-01T00:00:00.000Z",
        "changed": [
            *("rule lead_referrer begins", "rule sale_referrer changes", "hold_days: 0 becomes 30"),
            "the introduction received first now counts",
        ],
    }


def test_a_dry_run_says_what_other_terms_would_have_paid_and_writes_nothing(shop):
    program, ada, code = started(shop, [rule()])
    sales = []
    for n in range(1, 5):
        shop.wait(seconds=1)
        sales.append(shop.sale(program, f"order-{n}", f"c-{n}", amount=1000 * n, code=code).json)
    shop.refund(sales[3], 1000)
    shop.wait(days=1)
    shop.sale(program, "later", "c-1", amount=100_000)
    shop.settle()
    before = shop.balance(ada)
    period = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}

    doubled = shop.post(f"/v1/programs/{program['id']}/terms/dry-run", {"rules": [rule(rate_bp=2000)], **period})
    capped = shop.post(
        f"/v1/programs/{program['id']}/terms/dry-run",
        {"rules": [rule(rate_bp=2000)], "caps": [{"per": "program", "amount": 1000}], **period},
    )
    wrong = shop.post(f"/v1/programs/{program['id']}/terms/dry-run", {"rules": [rule(on="lead")], **period})

    assert doubled.status == 200, doubled.body
    assert (doubled.json["conversions"], doubled.json["complete"]) == (4, True)
    assert (doubled.json["paid"]["amount"], doubled.json["would_pay"]["amount"]) == (900, 1800)
    assert doubled.json["partners"] == [{"partner": ada["id"], "paid": 900, "would_pay": 1800}]
    assert (capped.json["would_pay"]["amount"], capped.json["cut_by_caps"]) == (1000, 2)
    assert wrong.status == 422
    assert shop.balance(ada) == before
    assert len(shop.get(f"/v1/programs/{program['id']}/terms").json["data"]) == 1


def test_a_dry_run_of_the_same_terms_equals_what_was_paid_although_refunds_freed_a_budget(shop):
    caps = [{"per": "program", "amount": 1000, "freed_by_refunds": True}]
    program, _, code = started(shop, [rule()], caps=caps)
    first = shop.sale(program, "order-1", "c-1", amount=9000, code=code).json
    shop.settle()
    shop.refund(first, 9000)
    shop.settle()
    shop.sale(program, "order-2", "c-2", amount=9000, code=code)
    shop.settle()
    shop.wait(days=1)
    span = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-11T00:00:00Z"}

    tried = shop.post(f"/v1/programs/{program['id']}/terms/dry-run", {"rules": [rule()], "caps": caps, **span}).json

    assert (tried["paid"]["amount"], tried["would_pay"]["amount"]) == (900, 900)


def test_terms_that_have_not_begun_can_be_withdrawn_and_others_take_their_place(shop):
    program, _, code = started(shop, [rule()])
    path = f"/v1/programs/{program['id']}/terms"
    shop.post(path, {"rules": [rule(rate_bp=500)], "effective_from": "2028-04-01T00:00:00Z"})

    withdrawn = [shop.post(f"{path}/withdraw", {"version": 2}) for _ in range(2)]
    meant = shop.post(path, {"rules": [rule(rate_bp=2000)], "effective_from": "2026-04-01T00:00:00Z"})
    shop.wait(days=25)
    sale = shop.sale(program, "order-1", "c-1", amount=1000, code=code).json
    shop.wait(days=900)

    assert [one.json["withdrawn_at"] for one in withdrawn] == ["2026-03-10T12:00:00.000Z"] * 2
    assert (meant.status, meant.json["version"], meant.json["affected"]["earlier_touches_keep_version"]) == (201, 3, 1)
    assert sale["terms_version"] == 3
    assert shop.get(f"/v1/programs/{program['id']}").json["terms"]["version"] == 3
    admin = Browser(shop)
    admin.send("/admin/sign-in", key=shop.key)
    assert "was withdrawn" in admin.get(f"/terms/{program['id']}-2").body
    # Nobody was ever promised these.
    assert Browser(shop).get(f"/terms/{program['id']}-2").status == 404


def test_terms_that_count_or_are_about_to_cannot_be_withdrawn(shop):
    program, _, _ = started(shop, [rule()])
    path = f"/v1/programs/{program['id']}/terms"
    shop.post(path, {"rules": [rule(rate_bp=500)]})
    shop.wait(seconds=1)

    answers = [shop.post(f"{path}/withdraw", {"version": version}) for version in (1, 2, 3)]

    assert [answer.json["code"] for answer in answers] == ["terms_in_force", "terms_in_force", "terms_not_found"]
    assert [one["withdrawn_at"] for one in shop.get(path).json["data"]] == [None, None]


@pytest.mark.parametrize(
    "terms",
    [
        {"rules": [rule(), rule()]},
        {"rules": [rule(flat={"amount": 1, **USD})]},
        {"rules": [{"on": "sale", "to": "referrer"}]},
        {"rules": [rule(on="refund")]},
        {"rules": [rule(on="Sale")]},
        {"rules": [rule(on="lead")]},
        {"rules": [flat(1, on="lead", when={"minimum_amount": 1})]},
        {"rules": [flat(0)]},
        {"rules": [flat(1, flat={"amount": 1, "currency": "EUR"})]},
        {"rules": [rule(when={"number_from": 3, "number_to": 2})]},
        {"rules": [rule(when={"tiers": ["gold"]})]},
        {"rules": [rule(when={"country": ["AT"]})]},
        {"rules": [rule(due_within_days=6)], "hold_days": 7},
        {"rules": [rule(level="royal")]},
        {"rules": [], "caps": [{"per": "conversion", "period": "day", "amount": 1}]},
        {"rules": [], "caps": [{"per": "partner", "amount": 1}, {"per": "partner", "amount": 2}]},
        {"rules": [], "caps": [{"per": "partner", "amount": 0}]},
        {"rules": [], "tiers": [{"name": "gold"}]},
        {"rules": [], "tiers": [{"name": "a", "minimum_sales": 1}, {"name": "a", "minimum_sales": 2}]},
        {"rules": [], "base_without": ["tax", "tax"]},
        {"rules": [], "hold_days": -1},
        {"rules": [], "timezone": "Mars/Olympus"},
    ],
    ids=str,
)
def test_terms_that_cannot_be_are_refused(shop, terms):
    body = {"name": "Tea", "landing_url": "https://tea.example/", **USD}

    answer = shop.post("/v1/programs", body | terms)

    assert (answer.status, answer.json["errors"][0]["pointer"] != "") == (422, True), answer.body
    assert shop.get("/v1/programs").json["data"] == []
