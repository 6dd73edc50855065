"""A day is closed a stretch of partners at a time, over as many runs as it takes, and comes to the same."""

import json
import time

import pytest

from chalicelib.kit import memory, walk
from chalicelib.kit.dynamo import rows
from chalicelib.stats import close_day, outcome_reader, roll_up, stretches
from chalicelib.stats.table import RollupCursor, program_subject
from tests.deadlines import passing_after

# Time for a stretch a run.
OneStretch = passing_after(1)


@pytest.fixture
def busy(shop, monkeypatch):
    """A program with four partners and eight links, all with clicks of two people and a sale; a day that is over."""
    program = shop.program()
    members = [shop.partner(program, name=f"P{n}", email=f"p{n}@mail.example") for n in range(4)]
    links = [shop.link(program, members[n % 4], channel=f"c{n}") for n in range(8)]
    for n, link in enumerate(links):
        for visitor in range(2):
            shop.click(link, **{"X-Forwarded-For": f"203.0.113.{visitor}"})
        shop.sale(program, f"order-{n}", f"c-{n}", amount=100 + n, click_id=shop.click_id(link))
    shop.sale(program, "nobodys", "nobody", amount=7)
    shop.streams.run()
    monkeypatch.setattr(stretches, "_TOGETHER", 4)
    return program, members, links


def reports(shop, program, members, links):
    memory.forget_everything()
    paths = [f"/v1/programs/{program['id']}/stats", *(f"/v1/partners/{one['id']}/stats" for one in members)]
    paths += [f"/v1/links/{one['id']}/stats" for one in links]
    return [shop.get(f"{path}?from=2026-03-01&to=2026-03-20").json["totals"] for path in paths]


def contents(shop):
    """Return all rows of statistics; what is JSON in them, in whatever order it is."""

    def content(value):
        return json.loads(value["S"]) if str(value.get("S")).startswith(("{", "[")) else value

    return [{name: content(value) for name, value in row.items()} for row in shop.rows("stats")]


def cursor(program):
    return rows.find(RollupCursor, program_subject(program["id"]), "cursor")


def close_by_stretches(shop, program, monkeypatch, most=20):
    """Run rollups that have time for one stretch each, until the day is closed. Returns how many it took."""
    monkeypatch.setattr(roll_up, "Deadline", OneStretch)
    for number in range(1, most):
        roll_up.roll_up(at=shop.at)
        if cursor(program).closing is None:
            return number
    raise AssertionError("the day was never closed")


@pytest.mark.parametrize("most", [0, 1, 5])
@pytest.mark.engine
def test_what_is_kept_in_memory_changes_nothing_that_is_stored(shop, busy, monkeypatch, most):
    sale = shop.sale(busy[0], "given-back", "c-0", amount=500).json
    shop.post(
        f"/v1/conversions/{sale['id']}/refunds", {"refund_id": "one", "amount": {"amount": 200, "currency": "USD"}}
    )
    shop.settle()
    shop.wait(days=1, hours=1)
    before = shop.state()
    shop.run_schedule("roll_up")
    expected = contents(shop)

    shop.put_back(before)
    monkeypatch.setattr(outcome_reader, "_MOST", most)
    monkeypatch.setattr(close_day, "_PARTNERS_TOGETHER", most or 1)
    shop.run_schedule("roll_up")

    assert contents(shop) == expected


def test_a_day_closed_in_many_runs_has_the_same_numbers(shop, busy, monkeypatch):
    program = busy[0]
    shop.run_schedule("roll_up")
    shop.wait(hours=1)
    shop.run_schedule("roll_up")
    before = reports(shop, *busy)
    shop.wait(days=1)

    runs = close_by_stretches(shop, program, monkeypatch)
    monkeypatch.undo()
    shop.run_schedule("roll_up")

    assert runs > 3
    assert cursor(program).hour > "2026-03-11T00"
    after = reports(shop, *busy)
    assert after == before
    assert after[0]["clicks"]["unique"] > 0
    assert after[0]["sales"] == 9


def test_a_day_that_changes_while_it_is_closed_is_begun_again(shop, busy, monkeypatch):
    program, _, links = busy
    shop.wait(days=1)
    monkeypatch.setattr(roll_up, "Deadline", OneStretch)
    roll_up.roll_up(at=shop.at)
    assert cursor(program).closed_of(shop.at.date().replace(day=10)) != ""

    at, shop.at = shop.at, shop.at.replace(day=10, hour=13)
    shop.click(links[0], **{"X-Forwarded-For": "203.0.113.77"})
    shop.at = at
    shop.streams.run()

    assert cursor(program).closed_of(shop.at.date().replace(day=10)) == ""
    close_by_stretches(shop, program, monkeypatch)
    monkeypatch.undo()
    shop.run_schedule("roll_up")
    memory.forget_everything()
    totals = shop.get(f"/v1/links/{links[0]['id']}/stats?from=2026-03-01&to=2026-03-20").json["totals"]
    assert totals["clicks"]["human"] == 4


def test_a_program_with_a_long_day_holds_up_none_of_the_others(shop, busy, monkeypatch):
    other = shop.program()
    link = shop.link(other, shop.partner(other, email="eve@mail.example"))
    shop.click(link)
    shop.streams.run()
    shop.wait(days=1)

    monkeypatch.setattr(roll_up, "Deadline", OneStretch)
    for _ in range(3):
        roll_up.roll_up(at=shop.at)

    assert cursor(busy[0]).closing is not None
    assert cursor(other).hour > "2026-03-11T00"


def test_a_program_has_half_of_the_time_that_is_left_at_most():
    deadline = walk.Deadline(100)

    first = deadline.half()
    second = first.half()

    assert not first.passed
    assert 49 < first._until - time.monotonic() <= 50
    assert 24 < second._until - time.monotonic() <= 25
    assert walk.Deadline(-1).half().passed
