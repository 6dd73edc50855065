"""What the funnel of a business says, held to its reports, its raw rows and to itself."""

from datetime import date, timedelta

from chalicelib.kit import memory
from tests.faults.recount import RecountOfFacts
from tests.faults.reported import report_of, span_of_origins

OF_CLICKS = ("hits", "human_clicks", "unique_visitors")


def check_funnel(business):
    """
    Check, once all days are closed, that no step is larger than the one before, over any days.

    Clicks are those of the report, and whoever took a step did so on one day.
    """
    memory.forget_everything()
    first, last = span_of_origins(business)
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days
    middle = date.fromisoformat(first) + timedelta(days=days // 2)
    whole = _steps(business, first, last)
    parts = [_steps(business, first, middle.isoformat())]
    if middle.isoformat() < last:
        parts.append(_steps(business, (middle + timedelta(days=1)).isoformat(), last))
    for name, step in whole.items():
        if name != "unique_visitors":
            assert step["in_period"] == sum(one[name]["in_period"] for one in parts), name
    totals = report_of(business, (), ("hits", "human_clicks"), first, last, "UTC")["totals"]
    visitors = RecountOfFacts(business, "UTC").visitors(first, last)
    assert {name: whole[name]["count"] for name in OF_CLICKS} == {**totals, "unique_visitors": visitors}


def _steps(business, first, last):
    path = f"/v1/programs/{business.program['id']}/funnel?from={first}&to={last}&timezone=UTC"
    answer = business.shop.get(path)
    assert answer.status == 200, answer.body
    steps = {one["step"]: one for one in answer.json["steps"]}
    for one in steps.values():
        assert one["count"] <= one["in_period"], one
        assert one["before"] is None or one["count"] <= steps[one["before"]]["count"], (first, last, one)
    customers = answer.json["customers"]
    assert customers["customers"] == steps["bought"]["in_period"]
    assert customers["bought_again"]["numerator"] <= customers["customers"] <= customers["orders"]
    return steps
