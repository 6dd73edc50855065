"""Return on investment: every line of the cost, exactly, and what people enter of it for good."""

import csv
import io
from fractions import Fraction

import pytest

from chalicelib.kit.dynamo import wire
from chalicelib.reports.shapes import DIMENSIONS
from chalicelib.roi.service import prices
from tests.faults.world import built_once, world

RULES = [
    {"on": "sale", "to": "referrer", "rate_bp": 1000},
    {"on": "sale", "to": "referee", "flat": {"amount": 300, "currency": "USD"}},
]


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
@built_once
def tea(shop):
    """A program with sales of two partners by three channels, one refund, and a sale that no one is credited with."""
    program = shop.program(external_id="tea", rules=RULES, caps=[])
    ada, bea = (shop.partner(program, external_id=name) for name in ("ada", "bea"))
    for number, (partner, channel, amount) in enumerate(
        [(ada, "Newsletter", 10_001), (ada, "Podcast", 5_000), (bea, None, 3_333), (bea, "Newsletter", 7_777)]
    ):
        more = {"channel": channel} if channel else {}
        click_id = shop.click_id(shop.link(program, partner, **more))
        sale = shop.sale(program, f"order-{number}", f"c-{number}", amount, click_id=click_id).json
    shop.refund(sale, 777)
    shop.sale(program, "order-direct", "c-direct", 20_000)
    shop.settle()
    return program


def roi_of(shop, program, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    answer = shop.get(f"/v1/programs/{program['id']}/roi?{parameters}")
    assert answer.status == 200, answer.body
    return answer.json


def enter(shop, program, kind="running", amount=31_000, month="2026-03", **options):
    body = {"month": month, "kind": kind, "what": "tools", "amount": {"amount": amount, "currency": "USD"}}
    return shop.post(f"/v1/programs/{program['id']}/costs", body | options.pop("changes", {}), **options)


def take_back(shop, program, cost, note="a typing mistake", **options):
    return shop.post(f"/v1/programs/{program['id']}/costs/reverse", {"cost": cost, "note": note}, **options)


def exactly(amount):
    return Fraction(int(amount["numerator"]), int(amount["denominator"]))


def line_of(view, name):
    return next(line for line in view["lines"] if line["name"] == name)


def by_hand(view):
    """Return the cost and the return, recomputed from the lines alone."""
    lines = [line for line in view["lines"] if line["in_cost"]]
    for line in view["lines"]:
        for part in line["parts"]:
            assert exactly(part["amount"]) == Fraction(part["each"]) * part["count"] / part["of"]
        if line["parts"]:
            assert exactly(line["amount"]) == sum(exactly(part["amount"]) for part in line["parts"])
    cost = sum(exactly(line["amount"]) for line in lines)
    assert sum(line["amount"]["amount"] for line in lines) == view["cost"]["amount"]
    value = Fraction(view["net_revenue"] * view["query"]["margin_bp"], 10_000)
    return cost, (value - cost) / cost


def test_the_return_is_what_its_lines_say_when_recomputed_by_hand(shop, tea):
    enter(shop, tea, "running", 31_000)
    enter(shop, tea, "payout_fees", 250)
    view = roi_of(shop, tea, margin_bp=4000, **{"from": "2026-03-01", "to": "2026-03-12"})

    cost, on_cost = by_hand(view)
    assert (exactly(view["cost"]), exactly(view["roi"])) == (cost, on_cost)
    assert view["net_revenue"] == 10_001 + 5_000 + 3_333 + 7_777 - 777
    assert exactly(view["value"]) == Fraction(25_334 * 4000, 10_000)
    assert exactly(line_of(view, "running")["amount"]) == Fraction(31_000 * 12, 31)
    assert exactly(line_of(view, "payout_fees")["amount"]) == Fraction(250 * 12, 31)
    stats = shop.stats("programs", tea, **{"from": "2026-03-01", "to": "2026-03-12"})["totals"]
    assert line_of(view, "referrer_rewards")["amount"]["amount"] == stats["referrer_rewards"]["net"]
    assert line_of(view, "referee_rewards")["amount"]["amount"] == stats["referee_rewards"]["net"]
    assert view["customers"] == 4
    assert exactly(view["cost_per_customer"]) == cost / 4


def test_revenue_that_no_partner_is_credited_with_is_beside_and_no_part_of_the_value(shop, tea):
    view = roi_of(shop, tea, margin_bp=10_000)

    assert view["unattributed"] == {"revenue": 20_000, "refunded": 0, "net_revenue": 20_000, "sales": 1}
    assert view["value"]["amount"] == view["net_revenue"] == 25_334


def test_a_refund_of_a_sale_without_a_partner_takes_nothing_off_the_value(shop, tea):
    before = roi_of(shop, tea, margin_bp=5000)
    sale = shop.sale(tea, "order-direct-2", "c-direct-2", 900).json
    shop.refund(sale, 400)
    shop.settle()

    after = roi_of(shop, tea, margin_bp=5000)
    assert after["value"] == before["value"]
    assert after["unattributed"]["net_revenue"] == before["unattributed"]["net_revenue"] + 500


@pytest.mark.parametrize("by", ["partner", "channel"])
def test_rows_add_up_to_the_totals_to_the_cent_and_what_is_shared_is_one_row(shop, tea, by):
    enter(shop, tea, "running", 10_007)
    view = roi_of(shop, tea, margin_bp=3333, by=by)
    rows = view["rows"]

    assert [row["shared"] for row in rows] == [False] * (len(rows) - 1) + [True]
    for name in ("revenue", "refunded", "net_revenue", "customers"):
        assert sum(row[name] for row in rows) == view[name]
    for name in ("value", "cost"):
        assert sum(exactly(row[name]) for row in rows) == exactly(view[name])
        assert sum(row[name]["amount"] for row in rows) == view[name]["amount"]
    for side in ("referrer_rewards", "referee_rewards"):
        assert sum(row[side] for row in rows) == line_of(view, side)["amount"]["amount"]
    names = {row["name"] for row in rows if not row["shared"]}
    assert len(names) == len(rows) - 1
    if by == "channel":
        assert names == {"Newsletter", "Podcast", None}
    for row in rows[:-1]:
        cost = row["referrer_rewards"] + row["referee_rewards"]
        assert exactly(row["cost"]) == cost
        assert exactly(row["roi"]) == (exactly(row["value"]) - cost) / cost


@pytest.mark.skipif("tier" not in DIMENSIONS, reason="reports have no tiers")
def test_rows_by_tier_add_up_to_the_totals_of_the_days_that_are_over(shop):
    program = shop.tiered_program(external_id="tiers")
    for name, sales in (("ada", 3), ("bea", 1)):
        code = shop.link(program, shop.partner(program, external_id=name, email=f"{name}@mail.example"))["code"]
        for number in range(sales):
            shop.sale(program, f"{name}-{number}", f"{name}-{number}", 10_000, code=code)
            shop.settle()
            shop.run_schedule("promote")
            shop.wait(minutes=2)
    shop.sale(program, "order-direct", "c-direct", 700)
    shop.settle()
    for _ in range(30):
        shop.wait(hours=1)
        shop.run_schedule("roll_up")
    view = roi_of(shop, program, margin_bp=3333, by="tier", **{"from": "2026-03-10", "to": "2026-03-10"})
    whole = roi_of(shop, program, margin_bp=3333, **{"from": "2026-03-10", "to": "2026-03-10"})

    assert {row["name"] for row in view["rows"]} >= {None, "silver"}
    assert {name: view[name] for name in ("value", "lines", "cost", "roi", "customers")} == {
        name: whole[name] for name in ("value", "lines", "cost", "roi", "customers")
    }
    for name in ("value", "cost"):
        assert sum(exactly(row[name]) for row in view["rows"]) == exactly(view[name])


def test_the_service_costs_its_counted_calls_at_dated_list_prices(shop, tea):
    view = roi_of(shop, tea, margin_bp=4000)
    service = line_of(view, "service")

    assert (service["source"], view["goodword_cost_source"]) == ("model", "model")
    counts = {part["what"]: part["count"] for part in service["parts"]}
    assert counts == {"hits": 4, "new_customers": 4, "other_conversions": 2, "days": 1}
    assert all(Fraction(part["each"]) == prices().cents_each(part["what"]) for part in service["parts"])
    assert view["prices"]["published"] == prices().published


def test_emails_are_counted_once_their_day_is_over_and_never_twice(shop, tea):
    sent = sum(1 for message in shop.get("/v1/messages?status=sent").json["data"] if message["channel"] == "email")
    assert sent > 0
    for _ in range(5):
        shop.wait(hours=7)
        shop.run_schedule("reconcile")

    [part] = line_of(roi_of(shop, tea, margin_bp=4000), "emails")["parts"]
    assert (part["what"], part["count"]) == ("emails", sent)


def test_an_entered_bill_of_the_service_takes_the_place_of_the_model(shop, tea):
    enter(shop, tea, "service", 620, month="2026-03")
    view = roi_of(shop, tea, margin_bp=4000, **{"from": "2026-03-01", "to": "2026-03-31"})

    assert view["goodword_cost_source"] == "entered"
    assert line_of(view, "service")["amount"]["amount"] == 620
    assert "emails" not in [line["name"] for line in view["lines"]]
    assert "service_partly_entered" not in view["warnings"]
    longer = roi_of(shop, tea, margin_bp=4000, **{"from": "2026-02-20", "to": "2026-03-31"})
    assert "service_partly_entered" in longer["warnings"]


def test_dollars_are_shown_apart_from_a_program_in_another_currency(shop):
    program = shop.program(currency="EUR", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    link = shop.link(program, shop.partner(program))
    assert shop.sale(program, click_id=shop.click_id(link)).status == 201
    shop.settle()
    view = roi_of(shop, program, margin_bp=4000)

    service = line_of(view, "service")
    assert (service["currency"], service["in_cost"]) == ("USD", False)
    assert "other_currency" in view["warnings"]
    assert exactly(view["cost"]) == by_hand(view)[0] == 200
    body = {"month": "2026-03", "kind": "service", "what": "AWS", "amount": {"amount": 90, "currency": "EUR"}}
    assert shop.post(f"/v1/programs/{program['id']}/costs", body).status == 201
    view = roi_of(shop, program, margin_bp=4000, **{"from": "2026-03-01", "to": "2026-03-31"})
    assert exactly(view["cost"]) == 290
    assert "other_currency" not in view["warnings"]


def test_closing_the_days_changes_nothing_but_that_they_can_no_longer_grow(shop, tea):
    query = {"margin_bp": 4000, "by": "partner", "from": "2026-03-10", "to": "2026-03-10"}
    before = roi_of(shop, tea, **query)
    for _ in range(30):
        shop.wait(hours=1)
        shop.run_schedule("roll_up")

    after = roi_of(shop, tea, **query)
    assert "still_open_days" in before["warnings"]
    assert after["warnings"] == [one for one in before["warnings"] if one != "still_open_days"]
    assert {**after, "as_of": 0, "warnings": 0} == {**before, "as_of": 0, "warnings": 0}


def test_a_return_takes_the_same_reads_for_few_costs_and_for_many(shop, tea):
    def calls():
        before = wire.calls_made()
        roi_of(shop, tea, margin_bp=4000, by="channel", **{"from": "2026-01-01", "to": "2026-03-10"})
        return wire.calls_made() - before

    calls()
    few = calls()
    for number in range(60):
        cost = enter(shop, tea, month=f"2026-0{number % 3 + 1}").json["id"]
        if number % 2:
            take_back(shop, tea, cost)

    assert calls() == few <= 15


def test_without_a_margin_there_is_no_value_and_no_return_and_the_answer_says_so(shop, tea):
    view = roi_of(shop, tea)

    assert (view["value"], view["roi"]) == (None, None)
    assert "no_margin" in view["warnings"]
    assert view["cost"]["amount"] > 0


def test_without_any_cost_there_is_no_return(shop):
    program = shop.program(currency="EUR", rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}])
    view = roi_of(shop, program, margin_bp=4000)

    assert (view["roi"], view["cost_per_customer"]) == (None, None)
    assert "no_cost" in view["warnings"]


def test_the_programs_margin_is_a_setting_and_the_query_comes_first(shop, tea):
    path = f"/v1/programs/{tea['id']}"
    etag = shop.get(path).headers["ETag"]
    assert shop.patch(path, {"margin_bp": 2500}, headers={"If-Match": etag}).json["margin_bp"] == 2500
    assert shop.patch(path, {"margin_bp": 3000}, headers={"If-Match": etag}).status == 412

    assert roi_of(shop, tea)["query"]["margin_of"] == "program"
    assert roi_of(shop, tea)["value"]["numerator"] == str(Fraction(25_334, 4).numerator)
    other = roi_of(shop, tea, margin_bp=5000)["query"]
    assert (other["margin_bp"], other["margin_of"]) == (5000, "query")
    assert shop.patch(path, {"margin_bp": None}).json["margin_bp"] is None
    assert shop.program(margin_bp=4000)["margin_bp"] == 4000


@pytest.mark.parametrize("margin", [10_001, 0, -1])
def test_a_margin_is_above_nothing_and_at_most_all(shop, tea, margin):
    assert shop.patch(f"/v1/programs/{tea['id']}", {"margin_bp": margin}).status == 422
    assert shop.get(f"/v1/programs/{tea['id']}/roi?margin_bp={margin}").status == 422


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": {"amount": -1, "currency": "USD"}}, "/amount/amount"),
        ({"amount": {"amount": 0, "currency": "USD"}}, "/amount/amount"),
        ({"amount": {"amount": 5, "currency": "EUR"}}, "/amount/currency"),
        ({"month": "2026-04"}, "/month"),
        ({"month": "2026-13"}, "/month"),
        ({"month": "1999-12"}, "/month"),
        ({"month": "2026-3-"}, "/month"),
        ({"kind": "lunch"}, "/kind"),
        ({"what": " "}, "/what"),
    ],
)
def test_a_cost_that_cannot_be_is_refused_and_nothing_is_stored(shop, tea, changes, pointer):
    answer = enter(shop, tea, changes=changes)

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert shop.get(f"/v1/programs/{tea['id']}/costs").json["data"] == []


def test_a_cost_is_entered_once_for_each_key(shop, tea):
    first = enter(shop, tea, headers={"Idempotency-Key": "tools-march"})
    again = enter(shop, tea, headers={"Idempotency-Key": "tools-march"})
    other = enter(shop, tea, amount=1, headers={"Idempotency-Key": "tools-march"})

    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert again.json == first.json
    assert [one["id"] for one in shop.get(f"/v1/programs/{tea['id']}/costs").json["data"]] == [first.json["id"]]


def test_costs_are_listed_newest_month_first_page_by_page(shop, tea):
    for month in ("2026-01", "2026-03", "2026-02"):
        enter(shop, tea, month=month)
        shop.wait(seconds=1)
        enter(shop, tea, month=month, amount=7)
    path, entries = f"/v1/programs/{tea['id']}/costs?limit=4", []
    page = shop.get(path).json
    while True:
        entries += [(one["month"], one["amount"]["amount"]) for one in page["data"]]
        if not page["has_more"]:
            break
        page = shop.get(f"{path}&cursor={page['next_cursor']}").json

    assert entries == [(month, amount) for month in ("2026-03", "2026-02", "2026-01") for amount in (7, 31_000)]


def test_a_cost_is_taken_back_by_a_fact_and_counts_no_more(shop, tea):
    before = roi_of(shop, tea, margin_bp=4000)
    cost = enter(shop, tea).json["id"]
    assert roi_of(shop, tea, margin_bp=4000)["cost"] != before["cost"]
    first = take_back(shop, tea, cost).json
    again = take_back(shop, tea, cost, note="another reason").json

    assert again == first
    assert first["reversed"]["note"]["words"] == "a typing mistake"
    assert first["amount"]["amount"] == 31_000
    assert roi_of(shop, tea, margin_bp=4000)["cost"] == before["cost"]
    assert [one["id"] for one in shop.get(f"/v1/programs/{tea['id']}/costs").json["data"]] == [cost]


def test_entering_a_cost_and_taking_it_back_are_in_the_audit_trail(shop, tea):
    cost = enter(shop, tea).json["id"]
    take_back(shop, tea, cost)
    take_back(shop, tea, cost)

    entries = shop.get(f"/v1/audit?subject={tea['id']}").json["data"]
    assert [(one["action"], one["part"]) for one in entries if one["action"].startswith("cost.")] == [
        ("cost.reversed", cost),
        ("cost.entered", cost),
    ]


def test_a_cost_of_another_program_is_no_cost_of_this_one(shop, tea):
    cost = enter(shop, tea).json["id"]
    other = shop.program(name="Coffee")

    assert take_back(shop, other, cost).json["code"] == "cost_not_found"
    assert take_back(shop, tea, "cos_x").json["code"] == "cost_not_found"


def test_a_month_has_a_bounded_number_of_costs(shop, tea, monkeypatch):
    monkeypatch.setattr("chalicelib.roi.costs.MOST_A_MONTH", 2)
    enter(shop, tea)
    enter(shop, tea)

    assert enter(shop, tea).json["code"] == "too_many_costs"
    assert enter(shop, tea, month="2026-02").status == 201


def test_who_may_only_look_enters_no_cost(shop, tea):
    key = shop.post("/v1/keys", {"name": "viewer", "scopes": ["stats:read"]}).json["secret"]

    assert enter(shop, tea, key=key).status == 403
    assert shop.get(f"/v1/programs/{tea['id']}/roi", key=key).status == 200
    assert shop.get(f"/v1/programs/{tea['id']}/costs", key=key).status == 200
    writer = shop.post("/v1/keys", {"name": "writer", "scopes": ["rewards:write"]}).json["secret"]
    cost = enter(shop, tea, key=writer).json["id"]
    assert take_back(shop, tea, cost, key=key).status == 403
    assert take_back(shop, tea, cost, key=writer).status == 200


def test_a_test_program_has_costs_of_its_own_which_go_with_it(shop):
    program = shop.program(mode="test")
    cost = enter(shop, program).json
    take_back(shop, program, cost["id"])

    assert cost["id"][3:5] == "_t"
    assert roi_of(shop, program, margin_bp=4000)["program"] == program["id"]
    assert shop.call("DELETE", f"/v1/programs/{program['id']}").status == 200
    shop.wait(minutes=11)
    shop.run_schedule("delete_tests")
    assert cost["id"] not in repr(shop.rows("programs"))
    assert "a typing mistake" not in repr(shop.rows("notes"))


def test_csv_has_the_lines_or_the_rows_of_the_same_answer(shop, tea):
    enter(shop, tea)
    view = roi_of(shop, tea, margin_bp=4000, by="channel")
    path = f"/v1/programs/{tea['id']}/roi?margin_bp=4000&format=csv"
    rows = list(csv.DictReader(io.StringIO(shop.get(f"{path}&by=channel").body.lstrip("\ufeff"))))
    lines = list(csv.DictReader(io.StringIO(shop.get(path).body.lstrip("\ufeff"))))

    assert [(row["name"], row["row"], row["cost"]) for row in rows] == [
        (row["name"] or "", "shared" if row["shared"] else "channel", str(row["cost"]["amount"]))
        for row in view["rows"]
    ]
    in_cost = [Fraction(int(one["amount_numerator"]), int(one["amount_denominator"])) for one in lines]
    assert sum(in_cost) == exactly(view["cost"])


@pytest.mark.parametrize(("query", "pointer"), [("by=country", "/by"), ("from=2026-03-05&to=2026-03-01", "/from")])
def test_a_query_that_cannot_be_is_refused(shop, tea, query, pointer):
    answer = shop.get(f"/v1/programs/{tea['id']}/roi?{query}")

    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
