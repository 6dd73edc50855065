"""A told moment never costs credit: what names its own time, and is told early, late or out of order."""

import itertools
from datetime import timedelta

import pytest

from chalicelib.kit import instants
from tests.faults.sabotage import codes_counted_from_their_report
from tests.faults.sampling import sample
from tests.flows.money.test_proof import reconciled

DAY = "2026-03-10"
# Whether reports come in a batch, by what the partner is named, and in which order they are sent.
WAYS = list(itertools.product([True, False], ["code", "code with a moment", "click"], itertools.permutations(range(3))))


@pytest.fixture
def tea(shop):
    """A program whose partner Ada has a code for an hour."""
    shop.program_ = shop.program()
    shop.ada = shop.partner(shop.program_)
    shop.code = shop.link(shop.program_, shop.ada)["code"]
    shop.wait(hours=1)
    return shop


def ago(shop, **delta):
    return instants.text(shop.at - timedelta(**delta))


def body(shop, type_, external_id, customer="customer-1", **fields):
    money = {"amount": {"amount": 2000, "currency": "USD"}} if type_ == "sale" else {}
    named = {"program": shop.program_["id"], "type": type_, "external_id": external_id}
    return named | {"customer": {"external_id": customer}} | money | fields


def batch(shop, *bodies):
    answer = shop.post("/v1/conversions/batch", {"conversions": list(bodies)})
    assert [one["status"] for one in answer.json["data"]] == [201] * len(bodies)
    return [one["conversion"] for one in answer.json["data"]]


def state(shop, conversion):
    return shop.get(f"/v1/conversions/{conversion['id']}").json


def test_a_sale_with_its_own_time_is_credited_to_the_partner_whose_code_was_typed(tea):
    lead = tea.lead(tea.program_, code=tea.code, occurred_at=ago(tea, seconds=3)).json
    sale = tea.sale(tea.program_, amount=2000, occurred_at=ago(tea, seconds=2)).json
    tea.settle()

    assert (lead["attribution"], sale["attribution"]) == ("last_touch", "already_referred")
    assert (sale["partner"], tea.balance(tea.ada)["due"]) == (tea.ada["id"], 200 + 300)


@pytest.mark.parametrize("late", [{"minutes": 30}, {"days": 3}], ids=str)
def test_a_batch_reported_late_is_credited_as_if_it_had_been_reported_at_once(tea, late):
    signed_up, bought = ago(tea, minutes=2), ago(tea, minutes=1)
    tea.wait(**late)

    _, sale = batch(
        tea,
        body(tea, "lead", "signup", code=tea.code, occurred_at=signed_up),
        body(tea, "sale", "order", occurred_at=bought),
    )
    tea.settle()

    assert (sale["partner"], sale["attribution"]) == (tea.ada["id"], "already_referred")
    assert tea.balance(tea.ada)["due"] == 200 + 300


@pytest.mark.sweep
@pytest.mark.parametrize(("together", "by", "order"), sample(WAYS, 9), ids=str)
def test_in_any_order_of_reports_all_are_credited_to_the_same_partner(tea, together, by, order):
    click_id = tea.click_id({"code": tea.code})
    touch = {
        "code": {"code": tea.code},
        "code with a moment": {"touches": [{"code": tea.code, "at": ago(tea, minutes=1)}]},
        "click": {"click_id": click_id},
    }[by]
    tea.wait(hours=1)
    reports = [
        body(tea, "lead", "signup", occurred_at=ago(tea, minutes=50), **touch),
        body(tea, "sale", "order-1", occurred_at=ago(tea, minutes=40)),
        body(tea, "sale", "order-2", occurred_at=ago(tea, minutes=30)),
    ]
    bodies = [reports[place] for place in order]
    if together:
        answers = batch(tea, *bodies)
    else:
        answers = []
        for one in bodies:
            answers.append(tea.post("/v1/conversions", one).json)
            assert tea.streams.run() == []
            tea.wait(days=1)
    tea.settle()

    states = [state(tea, one) for one in answers]
    assert {one["partner"] for one in states} == {tea.ada["id"]}
    assert sorted(one["number"] for one in states) == [1, 1, 2]
    assert tea.balance(tea.ada)["due"] == 200 + 2 * 300
    # What was answered once is answered for ever.
    assert [tea.post("/v1/conversions", one).json for one in bodies] == answers
    tea.settle()
    assert tea.balance(tea.ada)["due"] == 200 + 2 * 300


def test_a_sale_that_was_refunded_whole_before_it_was_credited_is_a_sale_and_none_of_nothing(tea):
    bought, signed_up = ago(tea, minutes=1), ago(tea, minutes=2)
    sale = tea.sale(tea.program_, amount=2000, occurred_at=bought).json
    tea.settle()
    assert tea.refund(sale, 2000).status == 201
    tea.settle()

    tea.lead(tea.program_, code=tea.code, occurred_at=signed_up)
    tea.settle()

    totals = tea.stats("partners", tea.ada)["totals"]
    assert state(tea, sale)["partner"] == tea.ada["id"]
    assert (totals["sales"], totals["leads"]) == (1, 1)
    assert tea.balance(tea.ada)["due"] == 200


def test_what_is_credited_late_says_so_and_is_counted_once(tea):
    sale = tea.sale(tea.program_, amount=2000).json
    tea.settle()
    direct = tea.explained(sale)
    tea.wait(days=2)
    lead = tea.lead(tea.program_, code=tea.code, occurred_at="2026-03-10T12:30:00Z").json
    tea.settle()

    explained = tea.explained(sale)
    assert (direct["outcome"], direct["reason"]) == ("nothing_due", "no_touch")
    assert (explained["attribution"], explained["outcome"], explained["partner"]) == (
        "credited_late",
        "rewarded",
        tea.ada["id"],
    )
    assert f"was reported later, by conversion {lead['id']}" in explained["why"]
    assert [reward["amount"] for reward in explained["rewards"]] == [300, 500]
    days = {"from": "2026-03-10", "to": "2026-03-12"}
    ours = tea.stats("partners", tea.ada, **days)["totals"]
    all_ = tea.stats("programs", tea.program_, **days)["totals"]
    assert (ours["sales"], ours["revenue"]["amount"], ours["referrer_rewards"]["net"]) == (1, 2000, 500)
    assert (all_["sales"], all_["revenue"]["amount"], all_["unattributed"]["sales"]) == (1, 2000, 0)
    assert reconciled(tea, DAY)[0] == []
    assert tea.verified() is None


@pytest.mark.parametrize("first", [0, 500, 2000])
@pytest.mark.parametrize("second", [0, 1000])
def test_what_is_refunded_before_or_after_it_is_credited_late_is_taken_off_once(tea, first, second):
    sale = tea.sale(tea.program_, amount=2000).json
    if first:
        tea.refund(sale, first, "before")
    tea.settle()
    tea.lead(tea.program_, code=tea.code, occurred_at="2026-03-10T12:30:00Z")
    tea.settle()
    left = 2000 - first
    if second and second <= left:
        tea.refund(sale, second, "after")
        left -= second
    tea.settle()

    assert tea.balance(tea.ada)["due"] == 200 + left * 15 // 100
    tea.wait(days=1)
    assert reconciled(tea, DAY)[0] == []
    assert state(tea, sale)["refunded"]["amount"] == 2000 - left


def test_purchases_before_the_referral_stay_without_credit(tea):
    before = tea.sale(tea.program_, "order-1", occurred_at=ago(tea, hours=5)).json
    tea.lead(tea.program_, code=tea.code, occurred_at=ago(tea, minutes=20))
    after = tea.sale(tea.program_, "order-2", occurred_at=ago(tea, hours=4)).json
    tea.settle()

    assert [state(tea, one)["partner"] for one in (before, after)] == [None, None]
    assert (after["attribution"], tea.balance(tea.ada)["due"]) == ("before_referral", 200)


def test_a_bound_customer_stays_bound_even_if_an_earlier_touch_is_reported(tea):
    bob = tea.partner(tea.program_, name="Bob", email=None)
    code = tea.link(tea.program_, bob)["code"]
    sale = tea.sale(tea.program_, code=code, occurred_at=ago(tea, minutes=5)).json
    lead = tea.lead(tea.program_, code=tea.code, occurred_at=ago(tea, minutes=50)).json
    tea.settle()

    assert (sale["partner"], lead["partner"], lead["attribution"]) == (bob["id"], None, "before_referral")


@pytest.mark.parametrize("first", ["sale", "sign-up"])
def test_a_correction_that_binds_a_customer_from_earlier_on_credits_what_was_before_in_any_order(tea, first):
    bob = tea.partner(tea.program_, name="Bob", email=None)
    code = tea.link(tea.program_, bob)["code"]

    def buy():
        return tea.sale(tea.program_, amount=2000, occurred_at=ago(tea, minutes=45)).json

    sale = buy() if first == "sale" else None
    tea.lead(tea.program_, "42", code=code, occurred_at=ago(tea, minutes=20))
    sale = sale or buy()
    early = tea.lead(tea.program_, "43", occurred_at=ago(tea, minutes=50)).json
    tea.settle()
    assert (early["attribution"], state(tea, sale)["partner"]) == ("before_referral", None)

    body = {"partner": tea.ada["id"], "reason": "wrong_partner", "note": "She sent them at first."}
    assert tea.post(f"/v1/conversions/{early['id']}/credit", body).status == 200
    tea.settle()

    assert state(tea, sale)["partner"] == tea.ada["id"]
    # The sign-up that came first has had its reward: Bob's.
    assert (tea.balance(tea.ada)["due"], tea.balance(bob)["due"]) == (300, 200)
    tea.wait(days=1)
    assert reconciled(tea, DAY)[0] == []


@pytest.mark.parametrize("seconds", [1, 90, 299])
def test_a_clock_slightly_behind_costs_no_partner_a_sale(tea, seconds):
    click_id = tea.click_id({"code": tea.code})

    first = tea.sale(tea.program_, click_id=click_id, occurred_at=ago(tea, seconds=seconds)).json
    again = tea.sale(tea.program_, "order-2", occurred_at=ago(tea, seconds=seconds + 1)).json

    assert (first["partner"], again["partner"]) == (tea.ada["id"], tea.ada["id"])


@pytest.mark.parametrize(
    ("typed", "happened", "result"),
    [
        pytest.param({"minutes": 30}, {"minutes": 20}, "won", id="before the deed"),
        pytest.param({"minutes": 20}, {"minutes": 30}, "after_conversion", id="after the deed"),
        pytest.param({"minutes": 28}, {"minutes": 30}, "won", id="after the deed by a clock that is behind"),
        pytest.param({"minutes": -90}, {"minutes": 0}, "won", id="by a clock of another zone"),
        pytest.param({"days": -40}, {"minutes": 0}, "after_conversion", id="in the future"),
        pytest.param({"hours": 20}, {"minutes": 0}, "won", id="before the link by a clock of another zone"),
        pytest.param({"days": 40}, {"minutes": 0}, "before_link", id="before there was a link"),
    ],
)
def test_the_moment_a_code_was_typed_is_checked_as_a_clicks_is(tea, typed, happened, result):
    touches = [{"code": tea.code, "at": ago(tea, **typed)}]

    sale = tea.sale(tea.program_, touches=touches, occurred_at=ago(tea, **happened)).json

    assert sale["touches"][0]["result"] == result
    assert sale["partner"] == (tea.ada["id"] if result == "won" else None)


def test_the_terms_are_those_of_the_report_for_any_reported_time(tea):
    tea.post(f"/v1/programs/{tea.program_['id']}/terms", {"rules": [{"on": "sale", "to": "referrer", "rate_bp": 100}]})
    tea.wait(minutes=2)

    direct = tea.sale(tea.program_, "order-1", occurred_at=ago(tea, minutes=40)).json
    tea.lead(tea.program_, code=tea.code, occurred_at=ago(tea, minutes=50))
    tea.settle()

    assert (state(tea, direct)["terms_version"], tea.balance(tea.ada)["due"]) == (2, 20)


def test_a_page_cannot_credit_what_a_known_customer_has_bought(tea):
    program = tea.program(origins=["https://shop.example"], name="Pages")
    mallory = tea.partner(program, name="Mallory", email="m@mail.example")
    code = tea.link(program, mallory)["code"]
    key = tea.post(f"/v1/programs/{program['id']}/keys", {"name": "website"}).json["secret"]
    sale = tea.sale(program, "o", "42").json
    tea.wait(hours=1)
    lead = {"external_id": "x", "customer": {"external_id": "42"}, "touches": [{"code": code, "at": ago(tea, hours=3)}]}
    tea.post(f"/v1/programs/{program['id']}/leads", lead, key=key, headers={"Origin": "https://shop.example"})
    tea.settle()

    assert state(tea, sale)["partner"] is None


@pytest.mark.parametrize("decided", [True, False])
def test_a_conversion_without_credit_is_found_later_and_credited_once(tea, decided):
    with codes_counted_from_their_report():
        tea.lead(tea.program_, code=tea.code, occurred_at=ago(tea, minutes=40))
        sale = tea.sale(tea.program_, amount=2000, occurred_at=ago(tea, minutes=30)).json
        if decided:
            tea.settle()
    if not decided:
        tea.settle()
        # What was reported, and not dealt with, before this release is credited by it.
        assert state(tea, sale)["partner"] == tea.ada["id"]
        return
    assert (tea.explained(sale)["reason"], tea.balance(tea.ada)["due"]) == ("before_referral", 200)
    tea.wait(days=1)

    differences, _ = reconciled(tea, DAY, repair=True)
    tea.settle()

    # What is credited in a walk is counted by its reactions, or by the walk, whichever comes first.
    differences = [one for one in differences if one["kind"] != "outcomes_miscounted"]
    assert [(one["kind"], one["subject"], one["repaired"]) for one in differences] == [("uncredited", sale["id"], True)]
    assert (state(tea, sale)["partner"], tea.balance(tea.ada)["due"]) == (tea.ada["id"], 200 + 300)
    assert reconciled(tea, DAY, repair=True)[0] == []
    assert tea.balance(tea.ada)["due"] == 200 + 300
    assert tea.verified() is None
    later = tea.sale(tea.program_, "order-2", occurred_at="2026-03-10T12:35:00Z").json
    assert later["attribution"] == "already_referred"


def test_what_is_reported_later_counts_on_the_day_of_its_report_in_statistics_and_caps(shop):
    caps = [{"per": "partner", "period": "day", "amount": 1000}]
    program = shop.program(rules=[{"on": "sale", "to": "referrer", "rate_bp": 1000}], caps=caps)
    ada = shop.partner(program)
    code = shop.link(program, ada)["code"]
    shop.lead(program, code=code)
    days = [shop.at + timedelta(days=number) for number in range(3)]
    shop.wait(days=3)

    for number, day in enumerate(days):
        shop.sale(program, f"order-{number}", amount=10_000, occurred_at=day.isoformat())
    shop.settle()

    assert shop.balance(ada)["due"] == 1000
    today = shop.at.date().isoformat()
    assert shop.stats("programs", program, **{"from": today, "to": today})["totals"]["sales"] == 3
