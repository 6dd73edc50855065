"""Targets: set, replaced and ended once each, never two at a time; compared with what really came."""

from fractions import Fraction

import pytest

from tests.faults.world import world
from tests.flows.test_action_items import check

RULES = [{"on": "sale", "to": "referrer", "rate_bp": 1000}]
TIERS = [{"name": "silver", "minimum_sales": 2}]


@pytest.fixture
def shop():
    with world() as shop:
        yield shop


@pytest.fixture
def tea(shop):
    return shop.program(rules=RULES, tiers=TIERS, hold_days=0)


def set_target(shop, program, expected=201, **body):
    usual = {"for": "program", "metric": "sales", "period": "month", "value": 31}
    answer = shop.post(f"/v1/programs/{program['id']}/targets", usual | body)
    assert answer.status == expected, answer.body
    return answer.json


def current(shop, program):
    return shop.get(f"/v1/programs/{program['id']}/targets?period=current").json["data"]


def fraction(ratio):
    return Fraction(ratio["numerator"], ratio["denominator"])


def test_a_programs_target_says_what_came_and_what_was_expected_by_then(shop, tea):
    code = shop.link(tea, shop.partner(tea))["code"]
    target = set_target(shop, tea, value=62)
    for number in range(30):
        shop.sale(tea, f"order-{number}", f"c-{number}", code=code)
    shop.settle()
    shop.wait(days=1)
    shop.settle()

    [one] = current(shop, tea)

    progress = one["progress"]
    gone = fraction(progress["gone"])
    assert (progress["from"], progress["to"]) == ("2026-03-01", "2026-03-31")
    assert progress["actual"] == 30
    # Noon of the eleventh, or the last rollup before.
    assert 10 <= gone * 31 <= Fraction(21, 2)
    assert fraction(progress["expected"]) == 62 * gone
    assert fraction(progress["pace"]) == 30 / (62 * gone)
    assert fraction(progress["projection"]) == 30 / gone
    assert progress["status"] == "ahead"
    assert shop.get(f"/v1/targets/{target['id']}").json == one


@pytest.mark.parametrize(("value", "status"), [(9, "ahead"), (10, "on_track"), (12, "behind")])
def test_money_of_a_category_a_tier_and_a_partner_is_counted_to_the_last_midnight(shop, tea, value, status):
    ada, bob = shop.partner(tea), shop.partner(tea, name="Bob", email="bob@mail.example")
    for partner, sales in ((ada, 3), (bob, 1)):
        code = shop.link(tea, partner)["code"]
        for number in range(sales):
            shop.sale(tea, f"{code}-{number}", f"{code}-{number}", 1000, code=code)
    for subject, share in ((f"partner:{ada['id']}", 3), ("category:client", 4), ("tier:silver", 3)):
        # Twenty days of 31 will be gone.
        set_target(shop, tea, metric="net_revenue", value=value * 155 * share, **{"for": subject})
    before = current(shop, tea)

    check(shop, days=11)
    shop.sale(tea, "today", "today", 1000, code=code)
    shop.settle()
    after = {one["for"]: one["progress"] for one in current(shop, tea)}

    assert {one["progress"]["status"] for one in before} == {None}
    assert [after[one]["actual"] for one in (f"partner:{ada['id']}", "category:client", "tier:silver")] == [
        3000,
        4000,
        3000,
    ]
    for progress in after.values():
        assert fraction(progress["gone"]) == Fraction(20, 31)
        assert progress["as_of"] == "2026-03-21T00:00:00.000Z"
        assert progress["status"] == status


def test_the_first_days_of_a_period_are_too_early_and_a_new_month_begins_anew(shop, tea):
    code = shop.link(tea, shop.partner(tea))["code"]
    set_target(shop, tea)
    shop.sale(tea, code=code)
    check(shop, days=22)

    [one] = current(shop, tea)

    assert one["progress"]["from"] == "2026-04-01"
    assert (one["progress"]["actual"], one["progress"]["status"]) == (0, "too_early")


def test_two_targets_of_a_subject_and_a_metric_are_never_in_force_together(shop, tea):
    first = set_target(shop, tea)

    for body in ({}, {"period": "year"}, {"from": "2026-05-01"}, {"from": "2026-01-01"}):
        refused = set_target(shop, tea, 409, **body)
        assert (refused["code"], refused["errors"][0]["pointer"]) == ("target_overlaps", "/from")
    set_target(shop, tea, metric="leads")
    set_target(shop, tea, **{"for": "category:client"})
    shop.post(f"/v1/targets/{first['id']}/end", {"until": "2026-05-01"})
    set_target(shop, tea, 409, **{"from": "2026-04-01"})
    following = set_target(shop, tea, **{"from": "2026-05-01"})

    assert [one["id"] for one in current(shop, tea) if one["for"] == "program" and one["metric"] == "sales"] == [
        first["id"]
    ]
    shop.wait(days=60)
    assert following["id"] in [one["id"] for one in current(shop, tea)]
    assert first["id"] not in [one["id"] for one in current(shop, tea)]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"value": 0}, 422, "invalid_value", "/value"),
        ({"value": -1}, 422, "invalid_value", "/value"),
        ({"metric": "hits"}, 422, "invalid_value", "/metric"),
        ({"period": "week"}, 422, "invalid_value", "/period"),
        ({"for": "everyone"}, 422, "invalid_value", "/for"),
        ({"for": "category:heroes"}, 422, "invalid_value", "/for"),
        ({"for": "tier:platinum"}, 422, "invalid_value", "/for"),
        ({"for": "partner:ptr_nobody"}, 404, "partner_not_found", "/for"),
        ({"from": "2026-03-02"}, 422, "invalid_value", "/from"),
        ({"from": "2026-02-30"}, 422, "invalid_value", "/from"),
        ({"period": "quarter", "from": "2026-02-01"}, 422, "invalid_value", "/from"),
    ],
)
def test_a_target_of_what_there_is_not_is_refused(shop, tea, body, status, code, pointer):
    refused = set_target(shop, tea, status, **body)

    assert (refused["code"], refused["errors"][0]["pointer"]) == (code, pointer)
    assert shop.get(f"/v1/programs/{tea['id']}/targets").json["data"] == []


def test_a_partner_of_another_program_has_no_target_here(shop, tea):
    other = shop.partner(shop.program(name="Coffee"), external_id="cleo")

    refused = set_target(shop, tea, 422, **{"for": "partner:ext_cleo"})

    assert refused["code"] == "partner_not_enrolled"
    assert other["id"]


def test_a_target_is_replaced_by_who_has_read_it_and_its_history_stays(shop, tea):
    target = set_target(shop, tea)
    path = f"/v1/targets/{target['id']}"
    read = {"If-Match": shop.get(path).headers["ETag"]}

    new = shop.post(f"{path}/replace", {"value": 40, "from": "2026-04-01"}, headers=read)
    late = shop.post(f"{path}/replace", {"value": 50}, headers=read)
    again = shop.post(f"{path}/end", {})
    old = shop.get(path).json

    assert new.status == 201
    assert (new.json["value"], new.json["from"], new.json["until"]) == (40, "2026-04-01", None)
    assert (late.status, late.json["code"]) == (412, "precondition_failed")
    assert (again.status, again.json["code"]) == (409, "target_ended")
    assert (old["until"], old["replaced_by"]) == ("2026-04-01", new.json["id"])
    assert [one["value"] for one in current(shop, tea)] == [31]
    shop.wait(days=30)
    assert [one["value"] for one in current(shop, tea)] == [40]
    entries = shop.get(f"/v1/audit?subject={target['id']}").json["data"]
    assert [one["action"] for one in entries] == ["target.replaced", "target.set"]
    assert len(shop.get(f"/v1/programs/{tea['id']}/targets").json["data"]) == 2


def test_ending_twice_is_ending_once_and_a_repeated_call_sets_one_target(shop, tea):
    body = {"for": "program", "metric": "sales", "period": "month", "value": 31}
    path = f"/v1/programs/{tea['id']}/targets"
    answers = [shop.post(path, body, headers={"Idempotency-Key": "once-and-no-more"}) for _ in range(2)]
    target = answers[0].json

    ends = [shop.post(f"/v1/targets/{target['id']}/end", {}) for _ in range(2)]

    assert answers[1].json == target
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert [one.status for one in ends] == [200, 200]
    assert ends[0].json == ends[1].json
    assert current(shop, tea) == []
    assert set_target(shop, tea)["id"] != target["id"]


@pytest.mark.slow
def test_a_hundred_targets_are_read_in_few_calls(shop, tea):
    for number in range(30):
        partner = shop.partner(tea, name=f"P{number}", email=f"p{number}@mail.example")
        for metric in ("sales", "leads", "net_revenue"):
            set_target(shop, tea, metric=metric, **{"for": f"partner:{partner['id']}"})
    for period, metric in (("month", "sales"), ("quarter", "leads"), ("year", "customers")):
        set_target(shop, tea, period=period, metric=metric)
    check(shop)
    before = len(shop.line.calls)

    targets = current(shop, tea)

    assert len(targets) == 93
    assert len(shop.line.calls) - before <= 20


def test_a_program_has_a_hundred_targets_at_most(shop, tea, monkeypatch):
    from chalicelib.targets import set_target as room

    monkeypatch.setattr(room, "MOST_TARGETS", 2)
    first = set_target(shop, tea)
    set_target(shop, tea, metric="leads")

    assert set_target(shop, tea, 422, metric="customers")["code"] == "too_many_targets"
    shop.post(f"/v1/targets/{first['id']}/end", {})
    set_target(shop, tea, metric="customers")
