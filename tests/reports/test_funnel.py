"""A funnel says what the raw rows say, in every zone, never grows, and takes as few calls whatever happened."""

from datetime import timedelta

import pytest

from chalicelib.kit import memory
from tests.faults.sampling import sample
from tests.reports.histories import MARCH, OCTOBER
from tests.reports.journeys import STEPS, Recount, happen

# Days of 23 and of 25 hours, and zones of 45 and of 30 minutes.
HISTORIES = [
    (1, MARCH, "Europe/Berlin"),
    (2, OCTOBER, "Europe/Berlin"),
    (3, MARCH, "Asia/Kathmandu"),
    (4, OCTOBER, "America/St_Johns"),
    (5, MARCH, "UTC"),
]
_A_DAY = timedelta(days=1)


def get(shop, program, **query):
    return shop.get(f"/v1/programs/{program['id']}/funnel?" + "&".join(f"{k}={v}" for k, v in query.items()))


def check(shop, program, recount, first, last, zone):
    answer = get(shop, program, **{"from": first, "to": last, "timezone": zone}).json
    count, in_period, customers = recount.funnel(first, last, zone)
    steps = {one["step"]: one for one in answer["steps"]}
    assert {name: one["count"] for name, one in steps.items()} == count
    assert {name: one["in_period"] for name, one in steps.items()} == in_period
    for one in steps.values():
        assert one["before"] is None or one["count"] <= steps[one["before"]]["count"]
    for step, since in zip(STEPS, ("clicked", "signed_up", "bought", "bought"), strict=True):
        check_days(steps[step]["days"], recount.took(step, since, first, last, zone))
    own = answer["customers"]
    check_days(own["days_to_convert"], recount.took("bought", "clicked", first, last, zone))
    assert {name: own[name] for name in ("customers", "orders", "revenue", "refunded")} == {
        name: customers[name] for name in ("customers", "orders", "revenue", "refunded")
    }
    assert own["net_revenue"] == customers["revenue"] - customers["refunded"]
    assert own["bought_again"]["numerator"] == customers["bought_again"]
    assert own["lifetime_value"] | {"value": None} == {
        "value": None,
        "numerator": own["net_revenue"],
        "denominator": customers["customers"],
    }
    return answer


def check_days(days, took):
    assert days["measured"] == len(took)
    for percent in (50, 90):
        if took:
            exact = took[-(-len(took) * percent // 100) - 1]
            assert exact - 0.0001 <= float(days[f"p{percent}"]) <= exact * 1.1 + 0.0002


@pytest.mark.sweep
@pytest.mark.parametrize(("seed", "begin", "zone"), sample(HISTORIES, 2))
def test_a_funnel_is_what_the_rows_say_and_never_grows(shop, seed, begin, zone):
    history = happen(shop, seed, begin, timezone=zone)
    recount = Recount(shop, history.program)
    days = [begin + number * _A_DAY for number in range(-1, (shop.at - begin).days - 2)]

    memory.forget_everything()
    for number in range(12):
        first, last = sorted(history.draw.sample(days, 2)) if number else (days[0], days[-1])
        for own in (zone, "UTC"):
            check(shop, history.program, recount, f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", own)
    assert sum(len(way) > 2 for way in recount.ways.values()) > 3


def test_a_funnel_of_a_year_takes_as_many_calls_whatever_the_number_of_customers(shop):
    program = shop.program()
    link = shop.link(program, shop.partner(program))

    def calls():
        shop.streams.run()
        shop.wait(days=2)
        shop.settle()
        memory.forget_everything()
        before = len(shop.line.calls)
        assert get(shop, program, **{"from": "2025-06-01", "to": "2026-03-10"}).status == 200
        return len(shop.line.calls) - before

    shop.sale(program, "o", "c", click_id=shop.click_id(link))
    few = calls()
    shop.at = shop.at.replace(day=10, hour=13)
    for number in range(40):
        shop.sale(program, f"o{number}", f"c{number}", click_id=shop.click_id(link))

    assert calls() == few <= 5
